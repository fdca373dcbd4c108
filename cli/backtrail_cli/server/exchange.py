"""One request, from its head to its answer.

head -> claim -> address -> route -> body -> identity -> signature -> parse -> validate -> engine -> answer
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

import msgspec

from backtrail import foreseeing, ids
from backtrail.blob import INLINE_BYTES, Blob
from backtrail.call import Caller
from backtrail.engine import Chance, Engine
from backtrail.errors import Refusal
from backtrail.facts import Answered, Facts, Incoming
from backtrail.identity import ExpiredKey, Known, UnknownKey, default_account, resolve
from backtrail.lines import Lines
from backtrail.record import partition_of
from backtrail.service import Service
from backtrail.trail.forms import HttpFacts
from backtrail.wire import (
    Protocol,
    Route,
    Unroutable,
    WireError,
    checksums,
    protocol_of,
    route,
    route_head,
    validate,
)
from backtrail.wire.addressing import Address, Style, address
from backtrail.wire.bodies import BodyReader, settled
from backtrail.wire.claims import Claim, credential
from backtrail.wire.faults import Fault, SignatureFault, family
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail.wire.sigv4 import SIGNED_CHUNKS, SIGNED_CHUNKS_TRAILER, chunk_signer, hoist, verify
from backtrail_cli.server.bodies import (
    FORM_MAX_BYTES,
    XML_MAX_BYTES,
    Disconnected,
    Receive,
    gone,
    kept,
    limit_of,
    whole,
)

DEFAULT_REGION = "us-east-1"
GLOBAL = frozenset({"iam", "organizations", "cloudfront", "route53"})
"""Services that stand, and are recorded, in one region, from wherever they are called: docs.aws.amazon.com/
awscloudtrail/latest/userguide/cloudtrail-concepts.html#cloudtrail-concepts-global-service-events"""
HOMES = {"aws": "us-east-1", "aws-cn": "cn-north-1", "aws-us-gov": "us-gov-west-1"}
"""Where that is: https://docs.aws.amazon.com/general/latest/gr/iam-service.html"""

FORESEEN_BYTES = INLINE_BYTES
NO_BODY = Blob(size=0, md5="d41d8cd98f00b204e9800998ecf8427e", data=b"")

UNSIGNED = frozenset({("sns", "ConfirmSubscription"), ("sns", "Unsubscribe")})
"""Actions that the links in SNS's messages call: https://docs.aws.amazon.com/sns/latest/api/API_ConfirmSubscription.html"""
CERTIFICATE = "/SimpleNotificationService-"
METADATA = "/_imds/"
"""Where the metadata services of EC2's instances stand; no bucket can be called so."""
"""What the path of a certificate begins with: https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html"""

log = Lines("backtrail.server")


class Exchange:
    """Answers AWS requests for an engine."""

    def __init__(self, engine: Engine, chance: Chance, *, region: str = DEFAULT_REGION) -> None:
        self.engine, self._chance, self._region = engine, chance, region

    async def answer(self, head: HttpRequest, receive: Receive, client: str) -> HttpAnswer:
        """The answer to a request whose body is still to come. Never raises for anything a client can send."""
        request_id = ids.random_uuid(self._chance() << 62 | self._chance())
        try:
            claim = credential(head)
            fault = None
        except SignatureFault as error:
            claim, fault = None, error
        # a signature of version 2 names no service: it is S3's alone
        place = address(head, service=(claim.service or "s3") if claim else None)
        try:
            answer = await self._special(head, receive, place, client)
            if answer is None:
                answer = await self._api(head, place, claim, fault, receive, client, request_id)
        except Unroutable as unroutable:
            answer = unroutable.answer(request_id, host_id=host_id(request_id))
        except (Refusal, WireError) as error:  # of a body or a query that was to tell what is called
            refused = WireError.of(error) if isinstance(error, Refusal) else error
            answer = guessed(head).refuse(None, refused, request_id, host_id=host_id(request_id))
        if "origin" in head.headers:
            self.engine.machine.registry.hook("answered_http")(
                engine=self.engine, request=place.request, answer=answer
            )
        return answer

    async def _special(
        self, head: HttpRequest, receive: Receive, place: Address, client: str
    ) -> HttpAnswer | None:
        """What is no API call: websites, preflights, forms, SNS's certificate, EC2's metadata services."""
        form = (
            head.headers.get("content-type", "").startswith("multipart/form-data") and head.method == "POST"
        )
        certificate = head.method == "GET" and head.path.startswith(CERTIFICATE)
        metadata = head.path.startswith(METADATA)
        if not (form or certificate or metadata or head.method == "OPTIONS" or place.style is Style.WEBSITE):
            return None
        hook = self.engine.machine.registry.hook("answer_http")
        request = msgspec.structs.replace(
            place.request, body=await whole(receive, head, FORM_MAX_BYTES) if form else b""
        )
        answering = hook(engine=self.engine, request=request, address=place, client=client)
        if answering is None:
            return HttpAnswer(status=403 if head.method == "OPTIONS" else 404, headers=[])
        answer: HttpAnswer = await answering
        return answer

    async def _api(
        self, head: HttpRequest, place: Address, claim: Claim | None, fault: SignatureFault | None,
        receive: Receive, client: str, request_id: str,
    ) -> HttpAnswer:  # fmt: skip
        request = place.request
        found = route_head(request)
        if found is None:
            limit = limit_of(claim.service if claim is not None else "")
            request = msgspec.structs.replace(request, body=await whole(receive, head, limit))
            head = msgspec.structs.replace(head, body=request.body)
            found = route(request)
        call = _Call(self, head, request, place, found, claim, fault, client, request_id)
        return await call.run(receive)

    def region_of(self, claim: Claim | None, place: Address, service: str = "") -> str:
        """The region that a call is made in: its signature's, its host's, the default; a global service's own."""
        signed = claim.region if claim is not None and claim.region != "aws-global" else ""
        region = signed or place.region or self._region
        return HOMES[partition_of(region)] if service in GLOBAL else region


class _Call:
    """One API call on its way through."""

    request: HttpRequest

    def __init__(
        self, exchange: Exchange, head: HttpRequest, request: HttpRequest, place: Address, found: Route,
        claim: Claim | None, fault: SignatureFault | None, client: str, request_id: str,
    ) -> None:  # fmt: skip
        self.exchange, self.engine = exchange, exchange.engine
        self.head, self.request, self.place, self.route = head, request, place, found
        self.claim, self.fault, self.client = claim, fault, client
        self.s3 = found.service.startswith("s3")
        self.request_id = request_id[:18].replace("-", "").upper() if self.s3 else request_id
        self.host_id = host_id(self.request_id) if self.s3 else ""
        self.region = exchange.region_of(claim, place, found.service)
        self.unreadable: Refusal | None = None
        self.service: Service[Any] | None = self.engine.machine.registry.services.get(found.service)

    async def run(self, receive: Receive) -> HttpAnswer:
        """Read, prove, decide, answer."""
        try:
            known = self._known()
            if self.s3:
                self._verify(known)
                if self.claim is not None and self.claim.presigned:
                    self.request = hoist(self.request)
                self.unreadable = self._foreseen(known)
                if self.unreadable is None:
                    await self._try_s3(receive, known)
            else:
                await self._read(receive)
                self._verify(known)
        except SignatureFault as fault:
            return self._refuse(fault.refusal(family(self.route.service, self.route.protocol.name)))
        except Refusal as refusal:
            return self._refuse(refusal)
        return self._answer(await self._decided(self._incoming(known.caller), receive))

    async def _decided(self, incoming: Incoming, receive: Receive) -> Answered:
        """The engine's answer. A call that waits is given up when its client hangs up."""
        pending = await self.engine.begin(incoming)
        if pending.deadline is None or pending.future.done():
            return await pending.future
        hung_up = asyncio.ensure_future(gone(receive))
        try:
            await asyncio.wait((pending.future, hung_up), return_when=asyncio.FIRST_COMPLETED)
        finally:
            hung_up.cancel()
        if not pending.future.done():
            pending.future.cancel()
            raise Disconnected
        return pending.future.result()

    def _known(self) -> Known:
        """Who calls. Raises `SignatureFault`."""
        if self.fault is not None:
            raise self.fault
        if self.claim is None and not self._may_be_anonymous():
            raise SignatureFault(Fault.MISSING)
        key = self.claim.access_key if self.claim is not None else None
        try:
            return resolve(self.engine.machine, key, self.region, self.engine.clock.peek())
        except ExpiredKey as error:
            raise SignatureFault(Fault.EXPIRED_TOKEN) from error
        except UnknownKey as error:
            raise SignatureFault(Fault.UNKNOWN_KEY) from error

    def _may_be_anonymous(self) -> bool:
        """S3, SQS, and actions that need no authentication: by their model (sts:AssumeRoleWithSAML), or `UNSIGNED`."""
        called = (self.route.service, self.route.operation.name)
        return (
            self.s3
            or self.route.operation.authtype == "none"
            or self.route.service == "sqs"
            or called in UNSIGNED
        )

    def _verify(self, known: Known) -> None:
        if self.claim is None or known.secret is None:
            return
        if known.token is not None and self.claim.token != known.token:
            raise SignatureFault(Fault.TOKEN)
        clock = self.engine.clock
        wall = clock.wall()
        moment = wall + clock.advanced if self.claim.presigned else None
        if self.claim.version == 2:
            from backtrail.wire import sigv2

            bucket = self.place.bucket or ""
            sigv2.verify(self.head, self.claim, known.secret, wall=wall, moment=moment, bucket=bucket)
        else:
            verify(self.head, self.claim, known.secret, wall=wall, moment=moment)

    async def _read(self, receive: Receive) -> None:
        if not self.request.body:
            body = await whole(receive, self.head, limit_of(self.route.service))
            self.request = msgspec.structs.replace(self.request, body=body)
            self.head = msgspec.structs.replace(self.head, body=body)

    def _foreseen(self, known: Known) -> Refusal | None:
        """The refusal of an upload whose client waits for leave to send it, where no body could turn that.

        A small body is sooner read than its call decided twice.
        """
        waiting = self.route.streaming and "expect" in self.head.headers and self.engine.past is None
        if not waiting or int(self.head.header("content-length") or FORESEEN_BYTES) < FORESEEN_BYTES:
            return None
        sent = self.request
        self.request = msgspec.structs.replace(sent, body=NO_BODY)
        incoming = self._incoming(known.caller)
        self.request = sent
        if incoming.refused is not None:
            return None  # told with the body, in its own time
        return foreseeing.refusal(self.engine.machine, incoming, self.engine.clock.peek())

    async def _try_s3(self, receive: Receive, known: Known) -> None:
        """Read a body; one that is not what its head says is a call that was refused, and is recorded as such."""
        try:
            await self._read_s3(receive, known)
        except Refusal as refusal:
            self.unreadable = refusal

    async def _read_s3(self, receive: Receive, known: Known) -> None:
        """S3's bodies: decoded and proven as they arrive; objects are kept, XML is read."""
        headers = self.head.headers
        mode = headers.get("x-amz-content-sha256", "")
        signed = mode in (SIGNED_CHUNKS, SIGNED_CHUNKS_TRAILER)
        signer = None
        if signed and self.claim is not None and known.secret is not None:
            signer = chunk_signer(self.claim, known.secret)
        if self.route.streaming:
            reader = BodyReader(self.head, signer=signer, default=checksums.DEFAULT)
            body, blob = await kept(receive, reader, self.engine.store)
            self.request = settled(self.request, body, blob)
            return
        reader = BodyReader(self.head, signer=signer, required=False)
        data = reader.feed(await self._document(receive))
        self.request = settled(self.request, reader.finish(), data)

    async def _document(self, receive: Receive) -> bytes:
        try:
            return await whole(receive, self.head, XML_MAX_BYTES)
        except Refusal as refusal:
            if refusal.status != 413:
                raise
            # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
            raise Refusal("MaxMessageLengthExceeded", "Your request was too big.") from refusal

    def _incoming(self, caller: Caller) -> Incoming:
        found = self.route
        handler = self.engine.machine.registry.handler(found.service, found.operation.name)
        params: Any = None
        refused = self.unreadable
        try:
            params = found.protocol.parse(found.operation, self.request, handler.params if handler else None)
            # what nobody serves is a 501, whatever is asked of it
            if handler is not None and self.service is not None and self.service.validate:
                wrong = validate.error_of(
                    found.service, found.operation, params, protocol=found.protocol.name
                )
                if wrong is not None:
                    raise wrong
        except WireError as error:
            refused = refused or Refusal(
                error.code, error.message, status=error.status, **dict(error.members)
            )
        return Incoming(
            service=found.service, action=found.operation.name, params=params, caller=caller,
            account=caller.account or default_account(self.engine.machine), region=self.region,
            facts=self._facts(), refused=refused, request_id=self.request_id,
            trace=self.head.headers.get("x-amzn-trace-id", ""),
        )  # fmt: skip

    def _facts(self) -> Facts:
        headers = self.head.headers
        request = self.request
        body = request.body
        size = len(body) if isinstance(body, bytes) else body.size
        http = HttpFacts(
            method=self.head.method, host=headers.get("host", ""),
            query=_query(self.head.query) if self.s3 else {}, headers=headers,
            bytes_in=size, host_id=self.host_id,
            signature=f"SigV{self.claim.version}" if self.claim is not None else "",
        )  # fmt: skip
        presigned = self.claim is not None and self.claim.presigned
        authentication = "QueryString" if presigned else "AuthHeader" if self.claim is not None else ""
        return Facts(
            source_ip=self.client,
            user_agent=headers.get("user-agent", ""),
            http=http,
            authentication=authentication,
        )

    def _answer(self, answered: Answered) -> HttpAnswer:
        if answered.error is not None:
            return self._refuse(answered.error)
        return self.route.protocol.answer(
            self.route.operation, answered.result, self.request_id, host_id=self.host_id
        )

    def _refuse(self, refusal: Refusal) -> HttpAnswer:
        return self.route.protocol.refuse(
            self.route.operation, WireError.of(refusal), self.request_id,
            host_id=self.host_id, resource=self.request.path,
        )  # fmt: skip


def guessed(head: HttpRequest) -> Protocol:
    """The protocol in which to refuse a request that was never routed."""
    if head.header("content-type").startswith("application/x-www-form-urlencoded"):
        return protocol_of("sts", "query")
    return protocol_of("s3", "rest-xml")


def host_id(request_id: str) -> str:
    """S3's second request id."""
    return base64.b64encode(ids.digest(request_id, "host")[:57]).decode()


def _query(raw: str) -> Mapping[str, str]:
    return dict(parse_qsl(raw, keep_blank_values=True)) if raw else {}
