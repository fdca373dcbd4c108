"""SelectObjectContent: SQL over one object in CSV or JSON.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_SelectObjectContent.html. Bytes in hand are queried at once; those
in the store by an effect, since deciding opens no body. Parquet is not here.
"""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Iterator

import msgspec

from backtrail import UNSET, Call, Effect, NotInTrail, Refusal
from backtrail.blob import BlobPart, pieces
from backtrail.errors import NotImplementedAction
from backtrail_aws.s3 import api, errors, object_encryption, object_keys, versions
from backtrail_aws.s3.addressing import bucket_of
from backtrail_aws.s3.select_parser import Query, parse
from backtrail_aws.s3.select_rows import Named, Row, rows, written
from backtrail_aws.s3.select_values import boolean
from backtrail_aws.s3.select_words import refused
from backtrail_aws.s3.state import S3, service

EFFECT = "select"
_RECORDS_BYTES = 128 * 1024  # of one event: less than a megabyte, as S3's own are


class Selecting(msgspec.Struct, frozen=True):
    """A query and the bytes it is about."""

    parts: list[BlobPart]
    params: api.SelectObjectContent


class Selected(msgspec.Struct, frozen=True):
    """What a query gave, or how it failed."""

    data: bytes = b""
    scanned: int = 0
    processed: int = 0
    code: str = ""
    message: str = ""


@service.read
def select_object_content(
    state: S3, call: Call[api.SelectObjectContent]
) -> api.SelectObjectContentResult | Effect:
    """The rows of an object that an expression selects."""
    params = call.params
    bucket = bucket_of(state, call, "s3:GetObject", params.key)
    version = versions.object_of(state, call, bucket, params.key, UNSET, method="POST")
    object_encryption.check_read(object_encryption.customer_md5(params), version)
    if refusal := versions.refuse_archived(version, call.time):
        raise refusal
    _check(params)
    parse(params.expression)
    if version.body is UNSET:
        raise NotInTrail(f"No record holds the content of {bucket.name}/{params.key}.")
    object_keys.check_read(call, version, bucket.name)
    found = _outcome(call, list(pieces(version.body)))
    return found if isinstance(found, Effect) else _events(params, found)


def _outcome(call: Call[api.SelectObjectContent], parts: list[BlobPart]) -> Selected | Effect:
    if all(part.blob.data is not UNSET for part in parts):
        return run(call.params, b"".join(_bytes(part) for part in parts))
    if call.outcome is None:
        return Effect(name=EFFECT, args=Selecting(parts, call.params))
    result = call.outcome.result
    if call.outcome.error is not None or not isinstance(result, Selected):
        # evidence: page ErrorResponses
        raise errors.refused("InternalError", "We encountered an internal error. Please try again.", 500)
    if result.code:
        raise refused(result.code, result.message)
    return result


def _bytes(part: BlobPart) -> bytes:
    return b"" if part.blob.data is UNSET else part.blob.data[part.start : part.end]


def attempt(params: api.SelectObjectContent, data: bytes) -> Selected:
    """The same as `run`, with a refusal as a value: an effect's outcome."""
    try:
        return run(params, data)
    except Refusal as refusal:
        return Selected(code=refusal.code, message=refusal.message)


def run(params: api.SelectObjectContent, data: bytes) -> Selected:
    """The query's rows, written. Raises `Refusal` for what cannot be read or computed."""
    content = _ranged(params, _decompressed(params, data))
    query = parse(params.expression)
    source = rows(content, params.input_serialization, query.path)
    out = written(_selected(query, source), params.output_serialization)
    return Selected(out, len(data), len(content))


def _selected(query: Query, source: Iterator[Row]) -> Iterator[Named]:
    count = 0
    for row in source:
        if not query.aggregates and query.limit is not None and count >= query.limit:
            return
        if query.where is not None and boolean(query.where(row)) is not True:
            continue
        count += 1
        if query.aggregates:
            for seen, argument in query.aggregates:
                seen.add(argument(row))
        elif query.items:
            yield [(item.name, item.compute(row)) for item in query.items]
        else:
            yield row.plain()
    if query.aggregates:
        nothing = Row([], [])
        yield [(item.name, item.compute(nothing)) for item in query.items]


def _decompressed(params: api.SelectObjectContent, data: bytes) -> bytes:
    kind = params.input_serialization.compression_type
    try:
        if kind == "GZIP":
            return zlib.decompress(data, wbits=zlib.MAX_WBITS | 16)
        return bz2.decompress(data) if kind == "BZIP2" else data
    except (zlib.error, OSError, ValueError) as error:
        name = "GZIP" if kind == "GZIP" else "BZIP2"
        raise refused(f"{name}InvalidFormat", f"{name} is not applicable to the queried object.") from error


def _ranged(params: api.SelectObjectContent, data: bytes) -> bytes:
    """The lines that begin within a scan range. https://docs.aws.amazon.com/AmazonS3/latest/API/API_ScanRange.html"""
    wanted = params.scan_range
    if wanted is UNSET:
        return data
    size = len(data)
    start, end = wanted.start, wanted.end
    if start is UNSET:
        start, end = (0, size) if end is UNSET else (max(size - end, 0), size)
    last = size if end is UNSET else min(end, size)
    if start > 0:
        line = data.find(b"\n", start - 1)
        start = size if line < 0 else line + 1
    if start >= last:
        return b""
    line = data.find(b"\n", last - 1)
    return data[start : size if line < 0 else line + 1]


def _check(params: api.SelectObjectContent) -> None:
    if params.expression_type.upper() != "SQL":
        raise refused(
            "InvalidExpressionType", "The ExpressionType is invalid. Only SQL expressions are supported."
        )
    wanted = params.input_serialization
    if wanted.parquet is not UNSET:
        raise NotImplementedAction("s3:SelectObjectContent of Parquet")
    if wanted.compression_type not in (UNSET, "NONE", "GZIP", "BZIP2"):
        raise refused(
            "InvalidCompressionFormat",
            "The file is not in a supported compression format. Only GZIP and BZIP2 are supported.",
        )
    if wanted.csv is UNSET and wanted.json is UNSET:
        raise refused("MissingRequiredParameter", "The SelectRequest entity is missing a required parameter.")
    if params.output_serialization.csv is UNSET and params.output_serialization.json is UNSET:
        raise refused("MissingRequiredParameter", "The SelectRequest entity is missing a required parameter.")


def _events(params: api.SelectObjectContent, found: Selected) -> api.SelectObjectContentResult:
    """The stream: records, progress where it was asked for, statistics, the end."""
    kind = api.SelectObjectContentEventStream
    data = found.data
    events = [
        kind(records=api.RecordsEvent(payload=data[at : at + _RECORDS_BYTES]))
        for at in range(0, len(data), _RECORDS_BYTES)
    ]
    numbers = {
        "bytes_scanned": found.scanned,
        "bytes_processed": found.processed,
        "bytes_returned": len(data),
    }
    if params.request_progress is not UNSET and params.request_progress.enabled is True:
        events.append(kind(progress=api.ProgressEvent(details=api.Progress(**numbers))))
    events.append(kind(stats=api.StatsEvent(details=api.Stats(**numbers))))
    events.append(kind(end=api.EndEvent()))
    return api.SelectObjectContentResult(payload=events)
