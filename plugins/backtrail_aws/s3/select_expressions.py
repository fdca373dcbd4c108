"""Expressions of S3 Select, compiled by descent: OR, AND, NOT, comparisons, sums, products, signs, terms."""

from __future__ import annotations

from collections.abc import Callable

from backtrail_aws.s3.select_functions import AGGREGATES, FUNCTIONS, Aggregate, trim
from backtrail_aws.s3.select_rows import Row
from backtrail_aws.s3.select_values import Value, arithmetic, boolean, cast, compare, like, text
from backtrail_aws.s3.select_words import Kind, Reader, refused

Compute = Callable[[Row], Value]

_COMPARISONS: dict[str, Callable[[int], bool]] = {
    "=": lambda order: order == 0,
    "<>": lambda order: order != 0,
    "!=": lambda order: order != 0,
    "<": lambda order: order < 0,
    "<=": lambda order: order <= 0,
    ">": lambda order: order > 0,
    ">=": lambda order: order >= 0,
}
_RESERVED = {"AND", "AS", "BETWEEN", "FROM", "IN", "IS", "LIKE", "LIMIT", "OR", "SELECT", "WHERE"}
_TYPES = {"BOOL", "BOOLEAN", "DECIMAL", "FLOAT", "INT", "INTEGER", "NUMERIC", "STRING"}


class Expressions:
    """Compiles the expressions of one query. `alias` is known once FROM was read, and looked at with each row."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.alias = "s3object"
        self.aggregates: list[tuple[Aggregate, Compute]] = []
        self.constant: set[Compute] = set()
        self.named: dict[Compute, str] = {}
        self.columns = 0
        self.aggregated = False

    def began(self) -> None:
        """A new item of the SELECT list begins."""
        self.columns, self.aggregated = 0, False

    def expression(self) -> Compute:
        """The expression that comes next."""
        left = self._conjunction()
        while self.reader.accept("OR"):
            left = _either(left, self._conjunction())
        return left

    def _conjunction(self) -> Compute:
        left = self._negation()
        while self.reader.accept("AND"):
            left = _both(left, self._negation())
        return left

    def _negation(self) -> Compute:
        return _not(self._negation()) if self.reader.accept("NOT") else self._comparison()

    def _comparison(self) -> Compute:
        left, reader = self._sum(), self.reader
        if (holds := _COMPARISONS.get(reader.now.upper)) is not None:
            reader.take()
            return _ordered(left, self._sum(), holds)
        if reader.accept("IS"):
            negated = reader.accept("NOT")
            if not (reader.accept("NULL") or reader.accept("MISSING")):
                raise reader.unexpected("ParseExpectedKeyword")
            return lambda row: (left(row) is None) != negated
        negated = reader.accept("NOT")
        found = self._membership(left)
        if found is None:
            if negated:
                raise reader.unexpected("ParseExpectedKeyword")
            return left
        return _not(found) if negated else found

    def _membership(self, left: Compute) -> Compute | None:
        reader = self.reader
        if reader.accept("BETWEEN"):
            low = self._sum()
            reader.expect("AND")
            high = self._sum()
            return _both(_ordered(left, low, _COMPARISONS[">="]), _ordered(left, high, _COMPARISONS["<="]))
        if reader.accept("IN"):
            reader.expect("(", "ParseExpectedLeftParenValueConstructor")
            choices = self._arguments()
            return lambda row: _is_in(left(row), [choice(row) for choice in choices])
        if reader.accept("LIKE"):
            pattern = self._sum()
            escape = self._sum() if reader.accept("ESCAPE") else None
            return lambda row: _matches(left(row), pattern(row), escape(row) if escape is not None else "")
        return None

    def _sum(self) -> Compute:
        left = self._product()
        while (sign := self.reader.now.upper) in ("+", "-", "||"):
            self.reader.take()
            left = _joined(left, self._product()) if sign == "||" else _counted(sign, left, self._product())
        return left

    def _product(self) -> Compute:
        left = self._signed()
        while (sign := self.reader.now.upper) in ("*", "/", "%"):
            self.reader.take()
            left = _counted(sign, left, self._signed())
        return left

    def _signed(self) -> Compute:
        if self.reader.accept("-"):
            inner = self._signed()
            return lambda row: arithmetic("-", 0, inner(row))
        return self._signed() if self.reader.accept("+") else self._primary()

    def _primary(self) -> Compute:
        reader = self.reader
        if reader.accept("("):
            inner = self.expression()
            reader.expect(")")
            return inner
        token = reader.take()
        if token.kind is Kind.NUMBER:
            value: Value = int(token.text) if token.text.isdecimal() else float(token.text)
            return lambda row: value
        if token.kind is Kind.STRING:
            return lambda row: token.text
        if token.kind is Kind.QUOTED:
            return self._column([token.text])
        if token.kind is not Kind.WORD or token.upper in _RESERVED:
            raise refused("ParseUnexpectedTerm", f"Unexpected term at line 1, column {token.at + 1}.")
        if token.upper in ("TRUE", "FALSE", "NULL", "MISSING"):
            known: Value = {"TRUE": True, "FALSE": False}.get(token.upper)
            return lambda row: known
        if token.upper == "CASE":
            return self._case()
        if reader.accept("("):
            return self._call(token.upper)
        return self._column([token.text])

    def _column(self, path: list[str | int]) -> Compute:
        reader = self.reader
        self.columns += 1
        while True:
            if reader.accept("."):
                path.append(reader.name())
            elif reader.accept("["):
                path.append(reader.take().text if reader.now.kind is Kind.STRING else reader.whole())
                reader.expect("]")
            else:
                break
        compute: Compute = lambda row: row.at(path, self.alias)  # noqa: E731
        self.named[compute] = str(path[-1])
        return compute

    def _call(self, name: str) -> Compute:
        reader = self.reader
        if name in AGGREGATES:
            return self._aggregate(name)
        if name == "CAST":
            inner = self.expression()
            reader.expect("AS")
            kind = reader.take().upper
            if kind not in _TYPES:
                raise refused("InvalidDataType", "The SQL expression contains an invalid data type.")
            reader.expect(")", "ParseExpectedRightParenBuiltinFunctionCall")
            return lambda row: cast(inner(row), kind)
        if name == "TRIM":
            return self._trim()
        arguments = self._arguments(substring=name == "SUBSTRING")
        if name not in FUNCTIONS:
            raise refused("UnsupportedFunction", f"Encountered an unsupported SQL function: {name}.")
        least, most, apply = FUNCTIONS[name]
        if not least <= len(arguments) <= most:
            raise refused(
                "EvaluatorInvalidArguments", f"Incorrect number of arguments in the function call {name}."
            )
        return lambda row: apply([argument(row) for argument in arguments])

    def _aggregate(self, name: str) -> Compute:
        reader = self.reader
        if name == "COUNT" and reader.accept("*"):
            argument: Compute = _one
        else:
            argument = self.expression()
        reader.expect(")", "ParseExpectedRightParenBuiltinFunctionCall")
        seen = Aggregate(name)
        self.aggregates.append((seen, argument))
        self.aggregated = True
        return lambda row: seen.result()

    def _trim(self) -> Compute:
        reader = self.reader
        side = next((side for side in ("LEADING", "TRAILING", "BOTH") if reader.accept(side)), "")
        if reader.accept("FROM"):
            letters: Compute = _space
            source = self.expression()
        else:
            source, letters = self.expression(), _space
            if reader.accept("FROM"):
                source, letters = self.expression(), source
        reader.expect(")", "ParseExpectedRightParenBuiltinFunctionCall")
        return lambda row: trim(side or "BOTH", source(row), letters(row))

    def _arguments(self, *, substring: bool = False) -> list[Compute]:
        found: list[Compute] = []
        while not self.reader.accept(")"):
            if found and not (
                self.reader.accept(",")
                or (substring and (self.reader.accept("FROM") or self.reader.accept("FOR")))
            ):
                raise self.reader.unexpected("ParseExpectedArgumentDelimiter")
            found.append(self.expression())
        return found

    def _case(self) -> Compute:
        reader = self.reader
        subject = None if reader.now.upper == "WHEN" else self.expression()
        arms: list[tuple[Compute, Compute]] = []
        while reader.accept("WHEN"):
            wanted = self.expression()
            reader.expect("THEN")
            condition = wanted if subject is None else _ordered(subject, wanted, _COMPARISONS["="])
            arms.append((condition, self.expression()))
        if not arms:
            raise reader.unexpected("ParseExpectedWhenClause")
        otherwise = self.expression() if reader.accept("ELSE") else _nothing
        reader.expect("END")
        return lambda row: next((then(row) for holds, then in arms if holds(row) is True), otherwise(row))


def _one(row: Row) -> Value:
    return 1


def _space(row: Row) -> Value:
    return " "


def _nothing(row: Row) -> Value:
    return None


def _either(left: Compute, right: Compute) -> Compute:
    def compute(row: Row) -> Value:
        one = boolean(left(row))
        if one is True:
            return True
        two = boolean(right(row))
        return True if two is True else None if one is None or two is None else False

    return compute


def _both(left: Compute, right: Compute) -> Compute:
    def compute(row: Row) -> Value:
        one = boolean(left(row))
        if one is False:
            return False
        two = boolean(right(row))
        return False if two is False else None if one is None or two is None else True

    return compute


def _not(inner: Compute) -> Compute:
    def compute(row: Row) -> Value:
        found = boolean(inner(row))
        return None if found is None else not found

    return compute


def _ordered(left: Compute, right: Compute, holds: Callable[[int], bool]) -> Compute:
    def compute(row: Row) -> Value:
        order = compare(left(row), right(row))
        return None if order is None else holds(order)

    return compute


def _counted(sign: str, left: Compute, right: Compute) -> Compute:
    return lambda row: arithmetic(sign, left(row), right(row))


def _joined(left: Compute, right: Compute) -> Compute:
    def compute(row: Row) -> Value:
        one, two = left(row), right(row)
        return None if one is None or two is None else text(one) + text(two)

    return compute


def _is_in(value: Value, choices: list[Value]) -> Value:
    if value is None:
        return None
    return any(compare(value, choice) == 0 for choice in choices)


def _matches(value: Value, pattern: Value, escape: Value) -> Value:
    if value is None or pattern is None:
        return None
    if not isinstance(value, str) or not isinstance(pattern, str):
        raise refused("LikeInvalidInputs", "Invalid argument given to the LIKE clause in the SQL expression.")
    return like(pattern, escape if isinstance(escape, str) else "").fullmatch(value) is not None
