"""What S3 answers beside its API: preflights, websites, and the headers of cross-origin answers."""

from __future__ import annotations

from collections.abc import Awaitable
from urllib.parse import unquote

from backtrail import Refusal, ids
from backtrail.wire import HttpAnswer, HttpRequest, WireError, protocol_of
from backtrail.wire.addressing import Address, Style, read
from backtrail_aws.s3 import cors
from backtrail_aws.s3.http_website import Website
from backtrail_aws.s3.post import Host
from backtrail_aws.s3.state import S3, Bucket, service

_FORMS = ("application/x-www-form-urlencoded", "application/x-amz-")


def answer(host: Host, request: HttpRequest, place: Address, client: str) -> Awaitable[HttpAnswer] | None:
    """The answer to a preflight or to a website's visitor; None where the request is not S3's."""
    if request.method == "OPTIONS":
        return _preflight(host, request) if _is_s3(request) else None
    if place.style is Style.WEBSITE:
        return Website(host, request, place, state_of(host), client).answer()
    return None


def allow_origin(host: Host, request: HttpRequest, answered: HttpAnswer) -> None:
    """Add the headers of the bucket's matching rule to the answer of an actual request."""
    if request.method == "OPTIONS" or not _is_s3(request):
        return
    bucket, _ = _named(host, request)
    if bucket is not None:
        answered.headers += cors.actual(bucket, request.method, request.headers)


def state_of(host: Host) -> S3:
    """All buckets."""
    found = host.machine.state(service.place("", ""))
    assert isinstance(found, S3)
    return found


async def _preflight(host: Host, request: HttpRequest) -> HttpAnswer:
    """https://docs.aws.amazon.com/AmazonS3/latest/developerguide/RESTOPTIONSobject.html. Nothing is recorded: it is no
    call, it only asks whether one may be made."""
    bucket, key = _named(host, request)
    try:
        headers = cors.preflight(bucket, key, request.headers)
    except Refusal as refusal:
        request_id = ids.new_id(request.path, "hex16", request.header("origin")).upper()
        return protocol_of("s3", "rest-xml").refuse(None, WireError.of(refusal), request_id)
    return HttpAnswer(status=200, headers=headers)


def _named(host: Host, request: HttpRequest) -> tuple[Bucket | None, str]:
    """The bucket and the key that a request names, in its path or, of a website, in its Host."""
    found = read(request.header("host"))
    path = unquote(request.path).removeprefix("/")
    name, _, key = (found.bucket or "", "", path) if found.style is Style.WEBSITE else path.partition("/")
    return state_of(host).buckets.get(name), key


def _is_s3(request: HttpRequest) -> bool:
    """Whether a request may be S3's: it names a bucket, and is not in another protocol's form."""
    if "x-amz-target" in request.headers or request.header("content-type").startswith(_FORMS):
        return False
    website = read(request.header("host")).style is Style.WEBSITE
    return website or request.path.strip("/") != ""
