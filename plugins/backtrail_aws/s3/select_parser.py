"""S3 Select's SQL, compiled: an expression becomes functions over rows.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/s3-select-sql-reference-select.html
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from backtrail_aws.s3.select_expressions import Expressions
from backtrail_aws.s3.select_functions import Aggregate
from backtrail_aws.s3.select_rows import Row
from backtrail_aws.s3.select_values import Value
from backtrail_aws.s3.select_words import Kind, Reader, refused

Compute = Callable[[Row], Value]


class Item(msgspec.Struct, frozen=True):
    """One expression of the SELECT list, with the name that JSON gives it."""

    name: str
    compute: Compute


class Query(msgspec.Struct, frozen=True):
    """A compiled SELECT. `items` is empty for `*`; `path` are the steps into a document behind S3Object."""

    items: list[Item]
    path: list[str | int | None]
    where: Compute | None
    limit: int | None
    aggregates: list[tuple[Aggregate, Compute]]


def parse(text: str) -> Query:
    """Compile an expression. Refuses what S3 Select does not have."""
    reader = Reader(text)
    if not reader.accept("SELECT"):
        raise reader.unexpected("ParseExpectedKeyword")
    expressions = Expressions(reader)
    items = _items(reader, expressions)
    if not reader.accept("FROM"):
        raise refused("ParseSelectMissingFrom", "The SQL expression is missing a FROM after the SELECT list.")
    path, alias = _source(reader)
    expressions.alias = alias
    aggregates = list(expressions.aggregates)
    where = expressions.expression() if reader.accept("WHERE") else None
    limit = reader.whole() if reader.accept("LIMIT") else None
    reader.accept(";")
    if reader.now.kind is not Kind.END:
        raise reader.unexpected(
            "UnsupportedSqlStructure" if reader.now.kind is Kind.WORD else "ParseUnexpectedToken"
        )
    if len(expressions.aggregates) != len(aggregates):
        raise refused("UnsupportedSqlStructure", "An aggregate may stand in the SELECT list alone.")
    if aggregates and any(item.compute not in expressions.constant for item in items):
        raise refused("UnsupportedSqlStructure", "Aggregates and columns cannot stand side by side.")
    return Query(items, path, where, limit, aggregates)


def _items(reader: Reader, expressions: Expressions) -> list[Item]:
    if reader.now.kind is Kind.WORD and reader.ahead(1).upper == "." and reader.ahead(2).upper == "*":
        reader.take()
        reader.take()
    if reader.accept("*"):
        return []
    items: list[Item] = []
    while True:
        expressions.began()
        compute = expressions.expression()
        if expressions.aggregated or not expressions.columns:
            expressions.constant.add(compute)
        name = expressions.named.get(compute, f"_{len(items) + 1}")
        if reader.accept("AS") or reader.now.kind is Kind.QUOTED or _is_name(reader):
            name = reader.name()
        items.append(Item(name, compute))
        if not reader.accept(","):
            return items


def _is_name(reader: Reader) -> bool:
    return reader.now.kind is Kind.WORD and reader.now.upper != "FROM"


def _source(reader: Reader) -> tuple[list[str | int | None], str]:
    """The path behind S3Object and the alias."""
    if not reader.accept("S3OBJECT"):
        message = "The SQL expression contains an invalid table: FROM S3Object is all there is."
        raise refused("InvalidTableAlias", message)
    path: list[str | int | None] = []
    while True:
        if reader.accept("["):
            path.append(None if reader.accept("*") else reader.whole())
            reader.expect("]")
        elif reader.accept("."):
            path.append(reader.name())
        else:
            break
    token = reader.now
    if reader.accept("AS") or (token.kind is Kind.WORD and token.upper not in ("WHERE", "LIMIT")):
        return path, reader.name().lower()
    return path, "s3object"
