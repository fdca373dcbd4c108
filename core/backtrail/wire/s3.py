"""S3's own ways with REST and XML. https://docs.aws.amazon.com/AmazonS3/latest/API/"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from backtrail.blob import Blob
from backtrail.model import Model, Operation, Shape
from backtrail.trail.casing import lower_first
from backtrail.wire import binding, times, validate, xml_in
from backtrail.wire.binding import Field, Kind
from backtrail.wire.errors import WireError
from backtrail.wire.http import BlobSlice, HttpAnswer
from backtrail.wire.protocol import Answerer, Generic
from backtrail.wire.query import put_members
from backtrail.wire.rest import Headers, WriteBody
from backtrail.wire.rest_xml import RestXmlProtocol
from backtrail.wire.xml_out import HEADER, XmlWriters, element

NAMESPACE = "http://s3.amazonaws.com/doc/2006-03-01/"

# Root elements by the API's reference (the responses' syntax); models name them for requests alone.
_ROOTS = {
    "CompleteMultipartUpload": "CompleteMultipartUploadResult",
    "CreateMultipartUpload": "InitiateMultipartUploadResult",
    "CreateSession": "CreateSessionResult",
    "DeleteObjects": "DeleteResult",
    "GetBucketAccelerateConfiguration": "AccelerateConfiguration",
    "GetBucketAcl": "AccessControlPolicy",
    "GetBucketCors": "CORSConfiguration",
    "GetBucketLifecycle": "LifecycleConfiguration",
    "GetBucketLifecycleConfiguration": "LifecycleConfiguration",
    "GetBucketLogging": "BucketLoggingStatus",
    "GetBucketNotification": "NotificationConfiguration",
    "GetBucketNotificationConfiguration": "NotificationConfiguration",
    "GetBucketRequestPayment": "RequestPaymentConfiguration",
    "GetBucketTagging": "Tagging",
    "GetBucketVersioning": "VersioningConfiguration",
    "GetBucketWebsite": "WebsiteConfiguration",
    "GetObjectAcl": "AccessControlPolicy",
    "GetObjectAttributes": "GetObjectAttributesResponse",
    "GetObjectTagging": "Tagging",
    "ListBucketAnalyticsConfigurations": "ListBucketAnalyticsConfigurationResult",
    "ListBucketIntelligentTieringConfigurations": "ListBucketIntelligentTieringConfigurationsOutput",
    "ListBucketInventoryConfigurations": "ListInventoryConfigurationsResult",
    "ListBucketMetricsConfigurations": "ListMetricsConfigurationsResult",
    "ListBuckets": "ListAllMyBucketsResult",
    "ListDirectoryBuckets": "ListAllMyDirectoryBucketsResult",
    "ListMultipartUploads": "ListMultipartUploadsResult",
    "ListObjectVersions": "ListVersionsResult",
    "ListObjects": "ListBucketResult",
    "ListObjectsV2": "ListBucketResult",
    "ListParts": "ListPartsResult",
}
_KEYS = frozenset(
    {"Delimiter", "Key", "KeyMarker", "Marker", "NextKeyMarker", "NextMarker", "Prefix", "StartAfter"}
)
"""What `encoding-type=url` encodes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html"""

# Where the model says no status and the API's reference one that is not 200. Of RestoreObject: 202 begins a restore,
# 200 prolongs one (the result's type says so by `STATUS`).
_STATUS = {"PutBucketPolicy": 204, "RestoreObject": 202}

_RANGE = re.compile(r"bytes (\d+)-(\d+)/(?:\d+|\*)")


class S3Protocol(RestXmlProtocol):
    """S3."""

    content_type = "application/xml"
    ignores_bad_dates = True

    def __init__(self, service: str, model: Model) -> None:
        super().__init__(service, model, iso=times.iso_millis)
        self.encoding_writers = XmlWriters(model, iso=times.iso_millis, encoded=_KEYS, encode=_url)
        self.namespace = NAMESPACE

    def root_name(self, field: Field) -> str:
        """S3 holds bodies against its schema."""
        return field.member.location_name or ""

    def output_root(self, operation: Operation) -> str:
        """The root of S3's reference."""
        return _ROOTS.get(operation.name) or super().output_root(operation)

    def request_ids(self, request_id: str) -> Headers:
        """S3's own header."""
        return [("x-amz-request-id", request_id)]

    def compile_answerer(self, operation: Operation, kind: Kind) -> Answerer:
        """As REST has it; a body with a `Content-Range` is that part of it, and 206."""
        answer = super().compile_answerer(operation, kind)
        if operation.name in _STATUS:
            return _with_status(answer, _STATUS[operation.name])
        shape = self.output_shape(operation)
        if shape is None or "ContentRange" not in shape.members:
            return answer
        has_body = shape.payload is not None  # HEAD tells a range, too

        def answer_range(result: Any, request_id: str) -> HttpAnswer:
            answered = answer(result, request_id)
            content_range = next((value for name, value in answered.headers if name == "Content-Range"), None)
            found = _RANGE.fullmatch(content_range) if content_range else None
            if found is not None:
                answered.status = 206
                if has_body:
                    answered.body = _cut(answered.body, int(found[1]), int(found[2]) + 1)
            return answered

        return answer_range

    def body_writer(self, operation: Operation, shape: Shape, kind: Kind) -> WriteBody | None:
        """GetBucketLocation's root is its value; lists encode their keys when asked to."""
        if operation.name == "GetBucketLocation":
            return self._location_writer(shape, kind)
        plain = super().body_writer(operation, shape, kind)
        if plain is None or "EncodingType" not in shape.members:
            return plain
        inside = [field for field in binding.fields(self.model, shape, kind) if field.member.location is None]
        encoding = self._root_writer(self.output_root(operation), self.encoding_writers.members(inside, kind))
        get = next(
            (binding.getter(kind, field.key) for field in inside if field.member_name == "EncodingType"), None
        )
        return plain if get is None else _by_encoding(get, plain, encoding)

    def refuse(
        self,
        operation: Operation | None,
        error: WireError,
        request_id: str,
        *,
        host_id: str = "",
        resource: str = "",
    ) -> HttpAnswer:
        """`<Error><Code>…`, without namespace; no body for HEAD and 304."""
        spelling = self.spelling(error)
        status = spelling.status or error.status
        headers = [*self.request_ids(request_id), *error.headers]
        if host_id:
            headers.append(("x-amz-id-2", host_id))
        if status == 304 or (operation is not None and operation.http.method == "HEAD"):
            return HttpAnswer(status=status, headers=headers)
        out = [f"{HEADER}<Error>", element("Code", spelling.code), element("Message", error.message)]
        put_members(self.writers, spelling.members, error, out)
        if resource and not error.members:
            out.append(element("Resource", resource))
        out += [element("RequestId", request_id), element("HostId", host_id), "</Error>"]
        headers.append(("Content-Type", self.content_type))
        return HttpAnswer(status=status, headers=headers, body="".join(out).encode())

    def invalid(self, name: str, value: str, wanted: str) -> WireError:
        """`InvalidArgument`, which names the argument and its value."""
        if wanted in ("integer", "long"):
            message = f"Provided {name} not an integer or within integer range"
        else:
            message = f"Invalid Argument: {name}"
        return WireError(
            "InvalidArgument", message, members={"ArgumentName": name, "ArgumentValue": value[:1000]}
        )

    def incomplete(self, operation: Operation, params: Generic) -> WireError | None:
        """No body where one must be; a body that its schema does not allow; or a header or parameter."""
        shape = self.input_shape(operation)
        payload = lower_first(shape.payload) if shape is not None and shape.payload else ""
        for violation in validate.violations(self.service, operation, params):
            if violation.missing and violation.path == payload:
                return WireError("MissingRequestBodyError", "Request Body is empty")
            if violation.missing and payload and violation.path.startswith(f"{payload}."):
                return xml_in.malformed()
        return super().incomplete(operation, params)

    def malformed(self, message: str) -> WireError:
        """`MalformedXML`."""
        return xml_in.malformed()

    def _location_writer(self, shape: Shape, kind: Kind) -> WriteBody:
        field = next(iter(binding.fields(self.model, shape, kind)), None)
        get = binding.getter(kind, field.key) if field is not None else None

        def write(result: Any) -> tuple[bytes, str]:
            value = get(result) if get is not None else None
            begin = f'{HEADER}<LocationConstraint xmlns="{NAMESPACE}"'
            # The default region has no name here.
            text = (
                f"{begin}>{value}</LocationConstraint>" if isinstance(value, str) and value else f"{begin}/>"
            )
            return text.encode(), self.content_type

        return write


def _by_encoding(get: Callable[[Any], object], plain: WriteBody, encoding: WriteBody) -> WriteBody:
    return lambda result: (encoding if get(result) == "url" else plain)(result)


def _url(value: str) -> str:
    return quote_plus(value, safe="/-_.*", errors="replace")


def _cut(body: bytes | BlobSlice, start: int, end: int) -> bytes | BlobSlice:
    """The part of a body that its `Content-Range` tells; a part that was cut already stays."""
    if len(body) == end - start:
        return body
    if isinstance(body, BlobSlice):
        blob: Blob = body.blob
        return BlobSlice(blob, start, end)
    return body[start:end]


def _with_status(answer: Answerer, status: int) -> Answerer:
    """The same answer with another status: the result's own, or this."""

    def answer_so(result: Any, request_id: str) -> HttpAnswer:
        answered = answer(result, request_id)
        answered.status = getattr(result, "STATUS", status)
        return answered

    return answer_so
