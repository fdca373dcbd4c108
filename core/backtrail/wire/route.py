"""Which service, which action, in which protocol: all that a request says of it.

In this order: `X-Amz-Target`; Smithy's RPC path; a form's `Action`; a path of the service that the
signature's credential scope names, else the host; and S3 as the last resort, for anonymous calls.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from importlib import import_module
from urllib.parse import unquote

import msgspec

from backtrail import model as models
from backtrail import names
from backtrail.errors import BacktrailError
from backtrail.model import Operation
from backtrail.wire import validate
from backtrail.wire.errors import WireError
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail.wire.paths import PathTable
from backtrail.wire.protocol import Protocol

CBOR = "smithy-rpc-v2-cbor"
_RPC_PATH = re.compile(r"(?:/[^/]+)*/service/([^/]+)/operation/([^/]+)")
_SCOPE_IN_QUERY = re.compile(r"(?:^|&)X-Amz-Credential=([^&]+)")
_ACTION = re.compile(rb"(?:^|&)Action=([^&]*)")
_VERSION = re.compile(rb"(?:^|&)Version=([^&]*)")
_REGION = re.compile(r"(?:[a-z]{2,4}(?:-[a-z]+)+-\d|aws-global)")
_HOST_ENDS = (
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".api.aws",
    ".on.aws",
    ".localhost",
    ".localhost.localstack.cloud",
)
_NAMES_KEPT = 1024  # what clients send is theirs to choose
_FORM = "application/x-www-form-urlencoded"
# Calls that are never signed and whose path alone names the service: the headers and paths of
# https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/ and OIDCAPIReference/.
_BEARER = "x-amz-sso_bearer_token"
_OIDC_PATHS = ("/token", "/client/register", "/device_authorization")
# What alone tells `GET /` for directory buckets from that for all others, the name that it is signed for:
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListDirectoryBuckets.html
_DIRECTORIES = "s3express"


class Route(msgspec.Struct, frozen=True):
    """What a request calls: a service (its client name), an operation of its model, a protocol."""

    service: str
    operation: Operation
    protocol: Protocol

    @property
    def streaming(self) -> bool:
        """Whether the request's body is a stream, to be kept before the call is parsed."""
        return _streams(self.service, self.operation.name)


class Unroutable(BacktrailError):
    """No call: the service or the action is not known. `answer` is what AWS would say."""

    def __init__(
        self, reason: str, error: WireError, protocol: Protocol | None, service: str | None = None
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.error = error
        self.protocol = protocol
        self.service = service

    def answer(self, request_id: str, *, host_id: str = "") -> HttpAnswer:
        """The refusal in the protocol that the request seems to speak."""
        protocol = self.protocol or protocol_of("s3", "rest-xml")
        return protocol.refuse(None, self.error, request_id, host_id=host_id)


def route(request: HttpRequest) -> Route:
    """Find service, operation and protocol. Raises `Unroutable`. S3's virtual hosts must be undone before."""
    found = route_head(request)
    return _by_form(request, request.content) if found is None else found


def route_head(request: HttpRequest) -> Route | None:
    """As `route`, from the head alone; None where a form in the body must tell."""
    headers = request.headers
    target = headers.get("x-amz-target")
    if target:
        return _by_target(request, target)
    if "smithy-protocol" in headers:
        return _by_rpc_path(request)
    if "Action=" in request.query:
        query = request.query.encode()
        if _ACTION.search(query) and (request.path == "/" or _VERSION.search(query)):
            return _by_form(request, query)
    if (
        headers.get("content-type", "").startswith(_FORM)
        and request.method == "POST"
        and _may_be_query(request)
    ):
        return None
    return _by_path(request)


def protocol_of(service: str, name: str, version: str = "") -> Protocol:
    """The protocol object of a service, one for each protocol, and for each version of JSON.

    `name` is the model's: `query`, `ec2`, `json`, `rest-json`, `rest-xml` or `smithy-rpc-v2-cbor`.
    """
    if name == "json" and not version:
        version = models.load(service).metadata.json_version or "1.1"
    return _protocol(service, name, version)


@cache
def _protocol(service: str, name: str, version: str) -> Protocol:
    """Makes a protocol object. Their modules load on first use: most servers speak two or three of them."""
    model = models.load(service)
    if name == "json":
        from backtrail.wire.json import JsonProtocol

        return JsonProtocol(service, model, version)
    module, kind = _PROTOCOLS["s3" if service == "s3" else name]
    made: Protocol = getattr(import_module(f"backtrail.wire.{module}"), kind)(service, model)
    return made


def served(service: str) -> frozenset[str]:
    """The protocols that a service is served in."""
    metadata = models.load(service).metadata
    query = ("query",) if metadata.aws_query_compatible is not None else ()
    return frozenset([*(metadata.protocols or [metadata.protocol]), *query])


def adopt(service: str, model: models.Model) -> None:
    """Serve a user's own service, as its model says: its names, paths and protocols."""
    models.adopt(service, model)
    names.adopt(service, model.metadata)
    _forget()


def disown(service: str) -> None:
    """Forget a service that was adopted."""
    models.disown(service)
    names.disown(service)
    _forget()


def _forget() -> None:
    for kept in (_protocol, _served, _paths, _streams, _targeted, _hinted_by, _form_services):
        kept.cache_clear()
    validate.forget()


_PROTOCOLS = {
    "ec2": ("ec2", "Ec2Protocol"),
    "query": ("query", "QueryProtocol"),
    "rest-json": ("rest_json", "RestJsonProtocol"),
    "rest-xml": ("rest_xml", "RestXmlProtocol"),
    "s3": ("s3", "S3Protocol"),
    CBOR: ("cbor", "CborProtocol"),
}


@cache
def _served(service: str) -> frozenset[str]:
    return served(service)


@cache
def _paths(service: str) -> PathTable:
    return PathTable(service, models.load(service))


@cache
def _streams(service: str, action: str) -> bool:
    model = models.load(service)
    operation = model.operations[action]
    shape: models.Shape | None = model.shapes[operation.input.shape] if operation.input else None
    if shape is None or shape.payload is None:
        return False
    member = shape.members[shape.payload]
    return model.shapes[member.shape].type == "blob" and (
        member.streaming or model.shapes[member.shape].streaming
    )


def _by_target(request: HttpRequest, target: str) -> Route:
    prefix, _, action = target.rpartition(".")
    content_type = request.headers.get("content-type", "")
    version = "1.0" if "json-1.0" in content_type else "1.1" if "json-1.1" in content_type else ""
    candidates = [service for service in _targeted(prefix) if "json" in _served(service)]
    for service in candidates:
        operation = models.load(service).operations.get(action)
        if operation is not None:
            return Route(service, operation, protocol_of(service, "json", version))
    service = candidates[0] if candidates else "dynamodb"
    protocol = protocol_of(service, "json", version)
    error = WireError("UnknownOperationException", "" if candidates else "The target names no service")
    raise Unroutable(f"no operation {target}", error, protocol, candidates[0] if candidates else None)


@lru_cache(_NAMES_KEPT)
def _targeted(prefix: str) -> list[str]:
    return names.targeted(prefix)


def _by_rpc_path(request: HttpRequest) -> Route:
    spoken = request.headers["smithy-protocol"]
    found = _RPC_PATH.fullmatch(request.path)
    if found is None or spoken != "rpc-v2-cbor":
        error = WireError(
            "UnknownOperationException", f"No operation at {request.path} in {spoken}", status=404
        )
        raise Unroutable("not an RPC path", error, guess(request))
    for service in _targeted(unquote(found[1])):
        operation = models.load(service).operations.get(found[2])
        if operation is not None and CBOR in _served(service):
            return Route(service, operation, protocol_of(service, CBOR))
    error = WireError("UnknownOperationException", f"No operation {found[2]} of {found[1]}", status=404)
    raise Unroutable(f"no operation {request.path}", error, protocol_of("cloudwatch", CBOR))


def _by_form(request: HttpRequest, body: bytes) -> Route:
    action, version = _named(_ACTION, body), _named(_VERSION, body)
    candidates = _form_services(_hinted(request), version)
    for service, name in candidates:
        operation = models.load(service).operations.get(action)
        if operation is not None:
            return Route(service, operation, protocol_of(service, name))
    service, name = next(iter(candidates), ("sts", "query"))
    if not action:
        error = WireError("MissingAction", "The request must contain the parameter Action")
    else:
        wanted = version or "NO_VERSION_SPECIFIED"
        error = WireError("InvalidAction", f"Could not find operation {action} for version {wanted}")
    known = service if candidates else None
    raise Unroutable(f"no operation {action} {version}", error, protocol_of(service, name), known)


@lru_cache(_NAMES_KEPT)
def _form_services(hinted: tuple[str, ...], version: str) -> list[tuple[str, str]]:
    """The services of the query protocols that a form may be for, those of its version first."""
    likely = [service for service in hinted if _form_protocol(service)] or names.versioned(version)
    candidates = sorted(likely, key=lambda service: names.table()[service].version != version)
    return [(service, _form_protocol(service)) for service in candidates]


def _named(pattern: re.Pattern[bytes], body: bytes) -> str:
    found = pattern.search(body)
    return unquote(found[1].decode("latin-1")).strip() if found is not None else ""


def _form_protocol(service: str) -> str:
    protocols = _served(service)
    return "query" if "query" in protocols else "ec2" if "ec2" in protocols else ""


def _may_be_query(request: HttpRequest) -> bool:
    """A form posted to S3 or to a REST service is not the query protocol's."""
    hinted = _hinted(request)
    return not hinted or any(_form_protocol(service) for service in hinted)


def _by_path(request: HttpRequest) -> Route:
    hinted = _hinted(request) or _unsigned(request)
    for service in hinted:
        name = _rest_protocol(service)
        if name and not (service == "s3" and "s3control" in hinted and _is_control(request)):
            operation = _paths(service).find(request.method, request.path, request.query, request.headers)
            if operation is not None:
                if operation.name == "ListBuckets" and scope_of(request) == _DIRECTORIES:
                    operation = models.load(service).operations["ListDirectoryBuckets"]
                return Route(service, operation, protocol_of(service, name))
    raise _no_path(request, hinted)


def _is_control(request: HttpRequest) -> bool:
    headers = request.headers
    return request.path.startswith("/v20180820/") and (
        "x-amz-account-id" in headers or "x-amz-outpost-id" in headers
    )


def _rest_protocol(service: str) -> str:
    protocols = _served(service)
    return "rest-json" if "rest-json" in protocols else "rest-xml" if "rest-xml" in protocols else ""


def _no_path(request: HttpRequest, hinted: tuple[str, ...]) -> Unroutable:
    protocol = guess(request)
    where = f"{request.method} {request.path}"
    service = hinted[0] if hinted else None
    if protocol.service == "s3":
        error = WireError(
            "MethodNotAllowed",
            "The specified method is not allowed against this resource.",
            status=405,
            members={
                "Method": request.method,
                "ResourceType": "OBJECT" if request.path.count("/") > 1 else "BUCKET",
            },
        )
    else:
        error = WireError("UnknownOperationException", f"No operation at {where}", status=404)
    return Unroutable(f"no operation at {where}", error, protocol, service)


def guess(request: HttpRequest) -> Protocol:
    """The protocol that a request most likely speaks."""
    hinted = _hinted(request)
    if not hinted:
        return protocol_of("s3", "rest-xml")
    service = hinted[0]
    protocols = models.load(service).metadata.protocols or [models.load(service).metadata.protocol]
    return protocol_of(service, protocols[0])


def _unsigned(request: HttpRequest) -> tuple[str, ...]:
    if _BEARER in request.headers:
        return ("sso",)
    if request.path in _OIDC_PATHS and request.header("content-type").startswith("application/json"):
        return ("sso-oidc",)
    return ("s3",)


def _hinted(request: HttpRequest) -> tuple[str, ...]:
    """The services that the signature's scope names, else the host."""
    return _hinted_by(scope_of(request), request.headers.get("host", ""))


@lru_cache(_NAMES_KEPT)
def _hinted_by(scope: str, host: str) -> tuple[str, ...]:
    here = _of_host(host)
    signed = names.signed(scope) if scope else []
    if len(signed) > 1:
        signed = list(dict.fromkeys([service for service in here if service in signed] + signed))
    return tuple(signed or here)


def scope_of(request: HttpRequest) -> str:
    """The service in the credential scope of a signed request, header or query; empty for unsigned ones."""
    authorization = request.headers.get("authorization")
    if authorization:
        start = authorization.find("Credential=")
        if start >= 0:
            return _service_in(authorization[start + 11 :].partition(",")[0])
        # SigV2 in a header is S3's alone.
        return "s3" if authorization.startswith("AWS ") else ""
    query = request.query
    if "X-Amz-Credential" in query:
        found = _SCOPE_IN_QUERY.search(query)
        return _service_in(unquote(found[1])) if found is not None else ""
    return "s3" if "AWSAccessKeyId=" in query and "Signature=" in query else ""


def _service_in(credential: str) -> str:
    """The service in a credential: key, date, region (SigV4A has none), service, `aws4_request`."""
    parts = credential.rstrip().split("/")
    return parts[-2] if len(parts) >= 4 and parts[-1] == "aws4_request" else ""


def _of_host(host: str) -> list[str]:
    host = host.partition(":")[0].lower()
    end = next((end for end in _HOST_ENDS if host.endswith(end)), None)
    if end is None:
        return []
    labels = host[: -len(end)].split(".")
    labels = [label for label in labels if not _REGION.fullmatch(label) and label != "dualstack"]
    for start in range(len(labels)):
        prefix = ".".join(labels[start:])
        found = names.served_at(prefix) or names.served_at(prefix.removesuffix("-fips"))
        if found:
            return found
    return []
