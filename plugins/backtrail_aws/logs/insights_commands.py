"""The commands of a query, each of which makes rows of rows.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec

from backtrail_aws.logs.insights_aggregates import Aggregate
from backtrail_aws.logs.insights_fields import Row, Value
from backtrail_aws.logs.insights_parser import Named, Parser
from backtrail_aws.logs.insights_tokens import BadQuery, Token
from backtrail_aws.logs.insights_values import sort_key, text, truth

Step = Callable[[list[Row]], list[Row]]
MESSAGE = "@message"


class Draft(msgspec.Struct):
    """A query as it is read: its steps, and what they do to the shape of its results.

    `columns` are the fields to show (None: the query named none), `sorted` whether it has an order of its own,
    `grouped` whether its rows are events no longer, `limited` whether it says how many it wants; `before` is how
    many of the steps tell which events match.
    """

    steps: list[Step] = []
    columns: list[str] | None = None
    sorted: bool = False
    grouped: bool = False
    limited: bool = False
    before: int = 0


def fields(parser: Parser, draft: Draft) -> None:
    """`fields a, b + 1 as c`: show them, and make what is not there yet."""
    _show(parser, draft, draft.columns or [])


def display(parser: Parser, draft: Draft) -> None:
    """`display a, b`: show these and no others."""
    _show(parser, draft, [])


def filter_rows(parser: Parser, draft: Draft) -> None:
    """`filter condition`: keep the rows that fulfil it."""
    condition = parser.expression()
    draft.steps.append(lambda rows: [row for row in rows if truth(condition(row))])
    if not draft.grouped:
        draft.before = len(draft.steps)


def sort(parser: Parser, draft: Draft) -> None:
    """`sort a desc, b`: in the order of the first, then of the next."""
    orders: list[tuple[Named, bool]] = []
    while True:
        one, falling = parser.named(), parser.takes("desc")
        if not falling:
            parser.takes("asc")
        orders.append((one, falling))
        if not parser.takes(","):
            break

    def ordered(rows: list[Row]) -> list[Row]:
        for one, falling in reversed(orders):
            rows = sorted(rows, key=lambda row: sort_key(one.value_of(row)), reverse=falling)
        return rows

    draft.steps.append(ordered)
    draft.sorted = True


def limit(parser: Parser, draft: Draft) -> None:
    """`limit 20`: the first rows."""
    count = parser.whole()
    draft.steps.append(lambda rows: rows[:count])
    draft.limited = True


def dedup(parser: Parser, draft: Draft) -> None:
    """`dedup a, b`: of the rows with equal values, the first; rows that lack one stay."""
    names = [parser.name()]
    while parser.takes(","):
        names.append(parser.name())

    def first_of_each(rows: list[Row]) -> list[Row]:
        seen: set[tuple[str, ...]] = set()
        kept: list[Row] = []
        for row in rows:
            values = [row.get(name) for name in names]
            key = tuple(map(text, values))
            if None in values or key not in seen:
                kept.append(row)
                seen.add(key)
        return kept

    draft.steps.append(first_of_each)


def parse(parser: Parser, draft: Draft) -> None:
    """`parse @message "user=*, ms=*" as user, ms`, or with a regular expression that names its groups."""
    name = parser.name() if parser.next.kind in ("name", "field") else MESSAGE
    token = parser.take()
    if token.kind == "regex":
        pattern, names = parser.regex(token), list[str]()
        names = sorted(pattern.groupindex, key=lambda one: pattern.groupindex[one])
    elif token.kind == "string":
        pattern = _glob(token)
    else:
        raise parser.wrong(token)
    names = _aliases(parser) if parser.takes("as") else list(pattern.groupindex)
    if not names or len(names) != pattern.groups:
        raise BadQuery("The number of fields does not match the number of wildcards", token.start, token.end)

    def parsed(rows: list[Row]) -> list[Row]:
        for row in rows:
            value = row.get(name)
            found = pattern.search(text(value)) if value is not None else None
            if found is not None:
                row.values.update(zip(names, found.groups(), strict=True))
        return rows

    draft.steps.append(parsed)


def stats(parser: Parser, draft: Draft) -> None:
    """`stats count(*) as n, avg(ms) by level, bin(5m)`: one row for each group."""
    aggregates: dict[str, Aggregate] = {}
    counted = parser.list_of(lambda: parser.aggregated(aggregates))
    groups = parser.list_of(parser.named) if parser.takes("by") else []

    def grouped(rows: list[Row]) -> list[Row]:
        found: dict[tuple[str, ...], tuple[list[Value], list[Row]]] = {}
        for row in rows:
            values = [group.value_of(row) for group in groups]
            key = tuple("\0" if value is None else text(value) for value in values)
            found.setdefault(key, (values, []))[1].append(row)
        if not groups and not found:
            found[()] = ([], [])
        return [_counted(groups, counted, aggregates, values, members) for values, members in found.values()]

    draft.steps.append(grouped)
    draft.columns = [one.name for one in (*groups, *counted)]
    draft.grouped, draft.sorted = True, True


COMMANDS: dict[str, Callable[[Parser, Draft], None]] = {
    "fields": fields, "display": display, "filter": filter_rows, "where": filter_rows, "sort": sort, "order": sort,
    "limit": limit, "head": limit, "dedup": dedup, "parse": parse, "stats": stats,
}  # fmt: skip
"""`where`, `order` and `head` are older names, which AWS's own error messages list."""


def _counted(
    groups: list[Named],
    counted: list[Named],
    aggregates: dict[str, Aggregate],
    values: list[Value],
    rows: list[Row],
) -> Row:
    inner = Row({key: aggregate(rows) for key, aggregate in aggregates.items()})
    row = Row({group.name: value for group, value in zip(groups, values, strict=True)})
    row.values.update((one.name, one.value_of(inner)) for one in counted)
    return row


def _show(parser: Parser, draft: Draft, before: list[str]) -> None:
    named = parser.list_of(parser.named)
    made = [one for one in named if not one.is_field]
    if made:

        def with_made(rows: list[Row]) -> list[Row]:
            for row in rows:
                for one in made:
                    row.values[one.name] = one.value_of(row)
            return rows

        draft.steps.append(with_made)
    draft.columns = [*before, *(one.name for one in named)]


def _aliases(parser: Parser) -> list[str]:
    names = [parser.name()]
    while parser.takes(","):
        names.append(parser.name())
    return names


def _glob(token: Token) -> re.Pattern[str]:
    """A text with asterisks as a regular expression with a group for each."""
    parts = [re.escape(part) for part in re.sub(r"\\(.)", r"\1", token.text[1:-1]).split("*")]
    if len(parts) == 1:
        raise BadQuery("The parse command needs a wildcard", token.start, token.end)
    body = "(.*?)".join(parts[:-1])
    return re.compile(f"{body}(.*?){parts[-1]}" if parts[-1] else f"{body}(.*)", re.S)
