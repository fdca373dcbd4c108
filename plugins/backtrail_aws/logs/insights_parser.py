"""Reading a query's expressions: `(a + 1) * 2 > b and c like /x/`, with the functions and aggregates in them.

`or` binds least, then `and`, `not`, comparisons, `+ -`, `* / %`, `^`, a sign.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import msgspec

from backtrail_aws.logs import insights_aggregates, insights_values
from backtrail_aws.logs.insights_aggregates import AGGREGATES, Aggregate, Expression
from backtrail_aws.logs.insights_fields import Row, Value
from backtrail_aws.logs.insights_functions import FUNCTIONS, calculated
from backtrail_aws.logs.insights_tokens import BadQuery, Token, tokens, unexpected
from backtrail_aws.logs.insights_values import same, text, truth

DEPTH_MAX = 50
"""Expressions within expressions; more is refused."""
_TIMESTAMP = "@timestamp"
_ESCAPE = re.compile(r"\\(.)", re.S)
_GROUP = re.compile(r"\(\?<(?=[A-Za-z])")  # Java's named groups
_FLAGS = re.compile(r"\(\?([imsx]+)\)")
_KEYWORDS = frozenset({"and", "or", "not", "like", "in", "as", "by", "asc", "desc"})


class Named(msgspec.Struct, frozen=True):
    """An expression with the name of its column: its alias, or as it is written."""

    name: str
    value_of: Expression
    is_field: bool = False


class Parser:
    """A query that is read from left to right."""

    def __init__(self, query: str) -> None:
        self.query, self._tokens, self._at, self._depth = query, tokens(query), 0, 0
        self._aggregates: dict[str, Aggregate] | None = None

    # words

    @property
    def next(self) -> Token:
        """The word ahead."""
        return self._tokens[self._at]

    def take(self) -> Token:
        """The word ahead, and go on."""
        token = self._tokens[self._at]
        if token.kind != "end":
            self._at += 1
        return token

    def takes(self, *words: str) -> bool:
        """Go on over words, in any case of letters, if they are ahead."""
        ahead = self._tokens[self._at : self._at + len(words)]
        plain = [one.text.lower() for one in ahead if one.kind in ("name", "mark")]
        if plain != list(words):
            return False
        self._at += len(words)
        return True

    def expect(self, word: str) -> None:
        """Go on over a word. Raises `BadQuery` where it is missing."""
        if not self.takes(word):
            raise self.wrong()

    def wrong(self, token: Token | None = None) -> BadQuery:
        """What is wrong: the word ahead, unless another is given."""
        token = token or self.next
        return unexpected(self.query, token.start, self.query[token.start : token.end])

    def name(self) -> str:
        """The name of a field."""
        token = self.take()
        if token.kind not in ("name", "field"):
            raise self.wrong(token)
        return token.text.strip("`")

    def whole(self) -> int:
        """A whole number."""
        token = self.take()
        if token.kind != "number" or not token.text.isdecimal():
            raise self.wrong(token)
        return int(token.text)

    def string(self) -> str:
        """A text in quotes."""
        token = self.take()
        if token.kind != "string":
            raise self.wrong(token)
        return _unquoted(token)

    def list_of(self, read: Callable[[], Named]) -> list[Named]:
        """One or more of something, with commas between them."""
        found = [read()]
        while self.takes(","):
            found.append(read())
        return found

    # expressions

    def named(self) -> Named:
        """`expression [as name]`."""
        start = self.next
        value_of = self.expression()
        end = self._tokens[self._at - 1].end
        written = self.query[start.start : end].strip()
        if self.takes("as"):
            return Named(self.name(), value_of)
        is_field = start.kind in ("name", "field") and end == start.end
        return Named(written.strip("`"), value_of if is_field else _or_made(written, value_of), is_field)

    def aggregated(self, aggregates: dict[str, Aggregate]) -> Named:
        """The same, with aggregates in it, which are put down under the names that the expression reads."""
        self._aggregates = aggregates
        found = self.named()
        self._aggregates = None
        return found

    def expression(self) -> Expression:
        """An expression. Raises `BadQuery`."""
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self.wrong()
        either = [self._both()]
        while self.takes("or"):
            either.append(self._both())
        self._depth -= 1
        return either[0] if len(either) == 1 else lambda row: any(truth(one(row)) for one in either)

    def _both(self) -> Expression:
        every = [self._negation()]
        while self.takes("and"):
            every.append(self._negation())
        return every[0] if len(every) == 1 else lambda row: all(truth(one(row)) for one in every)

    def _negation(self) -> Expression:
        times = 0
        while self.takes("not"):
            times += 1
        value_of = self._comparison()
        return value_of if times % 2 == 0 else lambda row: not truth(value_of(row))

    def _comparison(self) -> Expression:
        left = self._sum()
        inverted = self.takes("not")
        if self.takes("like") or self.takes("=~"):
            return _inverted(self._like(left), inverted)
        if self.takes("in"):
            return _inverted(self._among(left), inverted)
        if inverted:
            raise self.wrong()
        for mark, holds in _COMPARISONS.items():
            if self.takes(mark):
                right = self._sum()
                return lambda row: holds(left(row), right(row))
        return left

    def _like(self, left: Expression) -> Expression:
        token = self.take()
        if token.kind == "regex":
            pattern = self.regex(token)
            return lambda row: (it := left(row)) is not None and pattern.search(text(it)) is not None
        if token.kind != "string":
            raise self.wrong(token)
        part = _unquoted(token)
        return lambda row: (it := left(row)) is not None and part in text(it)

    def _among(self, left: Expression) -> Expression:
        self.expect("[")
        found = [] if self.next.text == "]" else [self.expression()]
        while self.takes(","):
            found.append(self.expression())
        self.expect("]")
        return lambda row: any(same(left(row), one(row)) for one in found)

    def _sum(self) -> Expression:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/", "%"), self._power))

    def _chain(self, marks: tuple[str, ...], read: Callable[[], Expression]) -> Expression:
        left = read()
        while self.next.kind == "mark" and self.next.text in marks:
            mark = self.take().text
            left = partial(_calculate, mark, left, read())
        return left

    def _power(self) -> Expression:
        base = self._signed()
        return partial(_calculate, "^", base, self._power_of()) if self.takes("^") else base

    def _power_of(self) -> Expression:
        self._depth += 1
        if self._depth > DEPTH_MAX:
            raise self.wrong()
        found = self._power()
        self._depth -= 1
        return found

    def _signed(self) -> Expression:
        negative = False
        while self.next.kind == "mark" and self.next.text in ("-", "+"):
            negative ^= self.take().text == "-"
        found = self._primary()
        return partial(_calculate, "-", lambda row: 0, found) if negative else found

    def _primary(self) -> Expression:
        token = self.take()
        match token.kind:
            case "number":
                return _constant(int(token.text) if token.text.isdecimal() else float(token.text))
            case "string":
                return _constant(_unquoted(token))
            case "duration":
                return _constant(token.text)
            case "field":
                return _field(token.text.strip("`"))
            case "name" if self.next.text == "(" and token.text.lower() not in _KEYWORDS:
                return self._called(token)
            case "name" if token.text.lower() not in _KEYWORDS:
                return _field(token.text)
            case "mark" if token.text == "(":
                found = self.expression()
                self.expect(")")
                return found
            case _:
                raise self.wrong(token)

    # functions

    def _called(self, token: Token) -> Expression:
        name = token.text.lower()
        self.expect("(")
        if name in AGGREGATES or name == "pct":
            return self._aggregate(token, name)
        if name == "now" and self.takes(")"):  # the time of asking would change what is answered
            raise BadQuery("now() is not supported", token.start, token.end)
        known = FUNCTIONS.get(name)
        if known is None:
            raise BadQuery(f"Unknown function {token.text}", token.start, token.end)
        function, least, most = known
        given = [] if self.next.text == ")" else [self._argument()]
        while self.takes(","):
            given.append(self._argument())
        self.expect(")")
        if not least <= len(given) <= most:
            raise BadQuery(f"Wrong number of arguments for function {token.text}", token.start, token.end)
        if name in ("bin", "datefloor", "dateceil"):
            self._check_period(token)
        if name == "bin":
            given.insert(0, _field(_TIMESTAMP))
        return lambda row: function([one(row) for one in given])

    def _argument(self) -> Expression:
        return self.expression()

    def _check_period(self, called: Token) -> None:
        period = self._tokens[self._at - 2]
        if not insights_values.is_period(period.text):
            raise BadQuery(f"Invalid period for function {called.text}", period.start, period.end)

    def _aggregate(self, token: Token, name: str) -> Expression:
        aggregates, self._aggregates = self._aggregates, None  # none within another
        if aggregates is None:
            raise BadQuery(f"{token.text} may only be used in stats", token.start, token.end)
        if name == "count" and (self.takes("*") or self.next.text == ")"):
            made: Aggregate = len
        elif name == "pct":
            value_of = self.expression()
            self.expect(",")
            share = self.take()
            if share.kind != "number":
                raise self.wrong(share)
            made = partial(_percentile, value_of, float(share.text))
        else:
            made = partial(_applied, AGGREGATES[name], self.expression())
        self.expect(")")
        self._aggregates = aggregates
        key = f"\0{len(aggregates)}"
        aggregates[key] = made
        return _field(key)

    def regex(self, token: Token) -> re.Pattern[str]:
        """The regular expression between two slashes, as Java has it. Raises `BadQuery`."""
        body, flags = _GROUP.sub("(?P<", token.text.replace(r"\/", "/")), re.RegexFlag(0)
        for found in _FLAGS.finditer(body):
            for letter in found[1]:
                flags |= re.RegexFlag[letter.upper()]
        try:
            return re.compile(_FLAGS.sub("", body), flags)
        except (re.error, OverflowError, RecursionError) as error:
            raise BadQuery(f"Invalid regular expression: {error}", token.start, token.end) from error


def _or_made(name: str, value_of: Expression) -> Expression:
    """A column of that name, where an earlier command made one (`stats … by bin(5m) | sort bin(5m)`)."""
    return lambda row: row.values[name] if name in row.values else value_of(row)


def _constant(value: Value) -> Expression:
    return lambda row: value


def _field(name: str) -> Expression:
    return lambda row: row.get(name)


def _calculate(mark: str, left: Expression, right: Expression, row: Row) -> Value:
    return calculated(mark, left(row), right(row))


def _applied(
    aggregate: Callable[[list[Row], Expression], Value], value_of: Expression, rows: list[Row]
) -> Value:
    return aggregate(rows, value_of)


def _percentile(value_of: Expression, share: float, rows: list[Row]) -> Value:
    return insights_aggregates.percentile(rows, value_of, share)


def _inverted(value_of: Expression, inverted: bool) -> Expression:
    return (lambda row: not truth(value_of(row))) if inverted else value_of


def _holds(test: Callable[[int], bool]) -> Callable[[Value, Value], bool]:
    def holds(one: Value, other: Value) -> bool:
        found = insights_values.order(one, other)
        return found is not None and test(found)

    return holds


_COMPARISONS: dict[str, Callable[[Value, Value], bool]] = {
    "=": same,
    "!=": lambda one, other: not same(one, other),
    "<=": _holds(lambda found: found <= 0),
    ">=": _holds(lambda found: found >= 0),
    "<": _holds(lambda found: found < 0),
    ">": _holds(lambda found: found > 0),
}


def _unquoted(token: Token) -> str:
    return _ESCAPE.sub(r"\1", token.text[1:-1])
