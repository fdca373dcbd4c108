"""A browser's upload form: read, proven, held against its policy, and made the call that it means.

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html. The wire knows forms and policies; here
they become `PostObject` calls. Like any call, one that is refused after its caller is known is recorded.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Protocol
from urllib.parse import quote, unquote

import msgspec

from backtrail import Blob, Refusal
from backtrail.blob import INLINE_BYTES
from backtrail.call import Caller
from backtrail.facts import Answered, Facts, Incoming
from backtrail.identity import ExpiredKey, Known, UnknownKey, default_account, resolve
from backtrail.machine import Machine
from backtrail.store import BlobWriter
from backtrail.trail.forms import HttpFacts
from backtrail.wire import HttpAnswer, HttpRequest, WireError, checksums, post_policy, protocol_of
from backtrail.wire.addressing import Address
from backtrail.wire.claims import Claim
from backtrail.wire.faults import Family, Fault, SignatureFault
from backtrail.wire.multipart import FormReader, PostForm
from backtrail_aws.s3 import api
from backtrail_aws.s3.objects_put import PostObject

_REGION = "us-east-1"  # of a form that says nothing of its region


class Clock(Protocol):
    """The engine's clock."""

    def peek(self) -> datetime: ...


class Bodies(Protocol):
    """The store of bodies."""

    def blob_writer(self) -> BlobWriter: ...


class Host(Protocol):
    """The engine, as far as a form needs it."""

    @property
    def machine(self) -> Machine: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def store(self) -> Bodies: ...
    def call(self, incoming: Incoming) -> Awaitable[Answered]: ...


def is_form(request: HttpRequest) -> bool:
    """Whether a request is a browser's form for a bucket."""
    content_type = request.header("content-type").lower()
    return request.method == "POST" and content_type.startswith("multipart/form-data") and not request.query


async def answer_form(host: Host, request: HttpRequest, place: Address, client: str) -> HttpAnswer:
    """What a form's sender gets: S3's answer to a POST, or its refusal."""
    bucket = unquote(request.path.strip("/").partition("/")[0])
    try:
        form, content = read(request)
        claim = post_policy.post_credential(form)
        known = _known(host, claim, place)
    except SignatureFault as fault:
        return _refuse(fault.refusal(Family.S3), "")
    except Refusal as refusal:
        return _refuse(refusal, "")
    refused = _against_policy(host, form, bucket, claim, known, len(content))
    put = _put(
        request, form, bucket, await _kept(host, request, content) if refused is None else _gone(content)
    )
    if isinstance(put, Refusal):
        refused = refused or put
    params = PostObject(bucket=bucket, key=form.fields.get("key", "")) if isinstance(put, Refusal) else put
    answered = await host.call(
        Incoming(
            service="s3",
            action="PostObject",
            params=params,
            caller=known.caller,
            account=_account(host, known.caller),
            region=_region(claim, place),
            facts=_facts(request, claim, len(content), client),
            refused=refused,
        )
    )
    if answered.error is not None:
        return _refuse(answered.error, answered.request_id)
    return _answer(form, bucket, answered.result, request)


def read(request: HttpRequest) -> tuple[PostForm, bytes]:
    """A form's fields and its file. Raises `Refusal` for what is no form."""
    reader = FormReader(request.header("content-type"))
    content = reader.feed(request.content)
    reader.close()
    assert reader.form is not None
    return reader.form, content


def _known(host: Host, claim: Claim | None, place: Address) -> Known:
    try:
        key = claim.access_key if claim is not None else None
        return resolve(host.machine, key, _region(claim, place), host.clock.peek())
    except ExpiredKey as error:
        raise SignatureFault(Fault.EXPIRED_TOKEN) from error
    except UnknownKey as error:
        raise SignatureFault(Fault.UNKNOWN_KEY) from error


def _against_policy(
    host: Host, form: PostForm, bucket: str, claim: Claim | None, known: Known, size: int
) -> Refusal | None:
    """Why the form must not be carried out, None when it may: its signature, its policy, its file's size."""
    try:
        if claim is not None and known.secret is not None:
            if known.token is not None and claim.token != known.token:
                raise SignatureFault(Fault.TOKEN)
            post_policy.verify_post(form, claim, known.secret)
        if "policy" in form.fields:
            policy = post_policy.read_policy(form.fields["policy"])
            policy.check(form, bucket, host.clock.peek())
            policy.check_size(size)
        form.key()
    except SignatureFault as fault:
        return fault.refusal(Family.S3)
    except Refusal as refusal:
        return refusal
    return None


def _put(request: HttpRequest, form: PostForm, bucket: str, body: Blob) -> PostObject | Refusal:
    """The call that a form means."""
    try:
        meant = msgspec.structs.replace(post_policy.put_request(request, form, bucket), body=body)
        protocol = protocol_of("s3", "rest-xml")
        return protocol.parse(protocol.model.operations["PutObject"], meant, PostObject)
    except WireError as error:
        # evidence: page ErrorResponses; words: guess
        return Refusal(error.code, error.message, status=error.status, **dict(error.members))
    except Refusal as refusal:
        return refusal


async def _kept(host: Host, request: HttpRequest, content: bytes) -> Blob:
    """The file's handle, inline or in the store, with every checksum that S3 might compare."""
    sums = {name: checksums.of(name, content) for name in checksums.LENGTHS}
    handle = _gone(content)
    if len(content) <= INLINE_BYTES:
        return msgspec.structs.replace(handle, data=content)
    writer = host.store.blob_writer()
    await writer.write(content)
    return msgspec.structs.replace(handle, name=await writer.finish(), checksums=sums)


def _gone(content: bytes) -> Blob:
    """The handle of a file that is not kept."""
    return Blob(size=len(content), md5=hashlib.md5(content, usedforsecurity=False).hexdigest())


def _answer(form: PostForm, bucket: str, result: object, request: HttpRequest) -> HttpAnswer:
    e_tag = result.e_tag if isinstance(result, api.PutObjectResult) and isinstance(result.e_tag, str) else ""
    location = f"http://{request.header('host')}/{bucket}/{quote(form.key(), safe='')}"
    answered = post_policy.answer(form, bucket, e_tag, location)
    if isinstance(result, api.PutObjectResult) and isinstance(result.version_id, str):
        answered.headers.append(("x-amz-version-id", result.version_id))
    return answered


def _refuse(refusal: Refusal, request_id: str) -> HttpAnswer:
    return protocol_of("s3", "rest-xml").refuse(None, WireError.of(refusal), request_id)


def _account(host: Host, caller: Caller) -> str:
    return caller.account or default_account(host.machine)


def _region(claim: Claim | None, place: Address) -> str:
    if claim is not None and claim.region:
        return claim.region
    return place.region or _REGION


def _facts(request: HttpRequest, claim: Claim | None, size: int, client: str) -> Facts:
    headers: Mapping[str, str] = request.headers
    http = HttpFacts(
        method="POST",
        host=request.header("host"),
        headers=headers,
        bytes_in=size,
        signature=f"SigV{claim.version}" if claim is not None else "",
    )
    return Facts(
        source_ip=client,
        user_agent=request.header("user-agent"),
        http=http,
        authentication="QueryString" if claim else "",
    )
