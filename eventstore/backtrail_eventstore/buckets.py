"""Reading an S3 bucket, on AWS or at any other endpoint: list and get, signed, over the standard library's HTTP.

https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
"""

from __future__ import annotations

import hmac
import http.client
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import SplitResult, quote, unquote_plus, urlsplit
from xml.etree import ElementTree

import msgspec

from backtrail.errors import BacktrailError
from backtrail.wire import canonical
from backtrail.wire.sigv4 import signing_key

TIMEOUT_S = 60
ATTEMPTS = 5
PAGE_KEYS = 1000  # S3 gives no more
_WAIT_S = 0.2  # before the second attempt; doubled from then on
_NOTHING = sha256(b"").hexdigest()
_AGAIN = (500, 502, 503, 504)
_XMLNS = "{http://s3.amazonaws.com/doc/2006-03-01/}"
_SIGNATURE = "x-amz-meta-signature"
"""Where a digest file's object holds the digest's signature:
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html"""


class BucketFailed(BacktrailError):
    """A bucket cannot be read: not there, not allowed, or its endpoint does not answer."""


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """Where S3 is, and who asks. Without a key requests are not signed. `endpoint` is a URL, None for AWS."""

    endpoint: str | None = None
    region: str = "us-east-1"
    key: str = ""
    secret: str = ""
    token: str = ""


class Listed(msgspec.Struct, frozen=True):
    """An object of a listing."""

    key: str
    size: int
    etag: str


class Got(msgspec.Struct, frozen=True):
    """An object's bytes, and the signature that its metadata holds (of a digest file)."""

    data: bytes
    signature: str | None


class Bucket:
    """One bucket. Threads may use it at once: each has its own connection."""

    def __init__(self, name: str, access: Access) -> None:
        self.name = name
        self._access = access
        self._region = access.region
        self._own = threading.local()
        self._open: list[http.client.HTTPConnection] = []

    def close(self) -> None:
        """Close all connections; nobody may be asking."""
        for connection in self._open:
            connection.close()
        self._open.clear()

    def pages(self, prefix: str) -> Iterator[tuple[list[str], list[Listed]]]:
        """What lies directly under a prefix, page by page: folders (each ends in a slash), and objects.

        Raises `BucketFailed`.
        """
        token = ""
        while True:
            query = {"list-type": "2", "delimiter": "/", "encoding-type": "url", "prefix": prefix}
            query["max-keys"] = str(PAGE_KEYS)
            if token:
                query["continuation-token"] = token
            root = self._listing(query)
            folders = [unquote_plus(_text(one, "Prefix")) for one in root.iterfind(f"{_XMLNS}CommonPrefixes")]
            objects = [
                Listed(
                    unquote_plus(_text(one, "Key")), int(_text(one, "Size")), _text(one, "ETag").strip('"')
                )
                for one in root.iterfind(f"{_XMLNS}Contents")
            ]
            yield folders, objects
            token = _text(root, "NextContinuationToken")
            if not token:
                return

    def get(self, key: str) -> Got:
        """An object. Raises `BucketFailed`."""
        status, headers, data = self._ask(quote(key, safe="-._~/"), {})
        if status != 200:
            raise BucketFailed(f"s3://{self.name}/{key}: {_fault(status, data)}")
        return Got(data, headers.get(_SIGNATURE))

    def _listing(self, query: dict[str, str]) -> ElementTree.Element:
        status, _, data = self._ask("", query)
        if status != 200:
            raise BucketFailed(f"s3://{self.name}/{query['prefix']} cannot be listed: {_fault(status, data)}")
        try:
            return ElementTree.fromstring(data)
        except ElementTree.ParseError as error:
            raise BucketFailed(f"what answers for s3://{self.name} is no S3: {error}") from error

    def _ask(self, path: str, query: dict[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        """One request, again where the fault may pass, and at the bucket's own region where S3 names it."""
        wait = _WAIT_S
        for left in reversed(range(ATTEMPTS)):
            try:
                status, headers, data = self._once(path, query)
            except (OSError, http.client.HTTPException) as error:
                self._own.connection = None
                if not left:
                    raise BucketFailed(
                        f"{self._url().geturl()} does not answer: {error or 'it hung up'}"
                    ) from error
            else:
                region = headers.get("x-amz-bucket-region")
                if status in (301, 307, 400) and region and region != self._region:
                    self._region, self._own.connection = region, None
                    continue
                if status not in _AGAIN or not left:
                    return status, headers, data
            time.sleep(wait)
            wait *= 2
        raise BucketFailed(f"s3://{self.name}: its region cannot be found")

    def _once(self, path: str, query: dict[str, str]) -> tuple[int, Mapping[str, str], bytes]:
        url = self._url()
        raw = "&".join(f"{name}={quote(value, safe='-._~')}" for name, value in sorted(query.items()))
        target = f"{url.path}/{path}" if path or not url.path else url.path
        connection = self._connected(url.scheme, url.netloc)
        connection.request(
            "GET", target + (f"?{raw}" if raw else ""), headers=self._headers(url.netloc, target, raw)
        )
        answer = connection.getresponse()
        data = answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, data

    def _connected(self, scheme: str, host: str) -> http.client.HTTPConnection:
        connection: http.client.HTTPConnection | None = getattr(self._own, "connection", None)
        if connection is None or getattr(self._own, "host", "") != host:
            if scheme == "https":
                connection = http.client.HTTPSConnection(
                    host, timeout=TIMEOUT_S, context=ssl.create_default_context()
                )
            else:
                connection = http.client.HTTPConnection(host, timeout=TIMEOUT_S)
            self._own.connection, self._own.host = connection, host
            self._open.append(connection)
        return connection

    def _url(self) -> SplitResult:
        """The bucket's URL: in the path at other endpoints, and where no certificate covers the dots of its name."""
        endpoint = self._access.endpoint
        if endpoint is not None:
            return urlsplit(f"{endpoint.rstrip('/')}/{self.name}")
        suffix = "amazonaws.com.cn" if self._region.startswith("cn-") else "amazonaws.com"
        if "." in self.name:
            return urlsplit(f"https://s3.{self._region}.{suffix}/{self.name}")
        return urlsplit(f"https://{self.name}.s3.{self._region}.{suffix}")

    def _headers(self, host: str, path: str, query: str) -> dict[str, str]:
        """Signed headers: https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html"""
        access = self._access
        if not access.key:
            return {}
        moment = f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        signed = {"host": host, "x-amz-content-sha256": _NOTHING, "x-amz-date": moment}
        if access.token:
            signed["x-amz-security-token"] = access.token
        names = ";".join(signed)
        lines = "".join(f"{name}:{value}\n" for name, value in signed.items())
        request = f"GET\n{canonical.path_once(path)}\n{canonical.query(query)}\n{lines}\n{names}\n{_NOTHING}"
        scope = f"{moment[:8]}/{self._region}/s3/aws4_request"
        to_sign = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{sha256(request.encode()).hexdigest()}"
        key = signing_key(access.secret, moment[:8], self._region, "s3")
        signature = hmac.digest(key, to_sign.encode(), "sha256").hex()
        del signed["host"]
        who = f"Credential={access.key}/{scope}"
        return signed | {
            "authorization": f"AWS4-HMAC-SHA256 {who},SignedHeaders={names},Signature={signature}"
        }


def parse(url: str) -> tuple[str, str]:
    """Bucket and prefix of `s3://bucket/prefix`. Raises `BucketFailed`."""
    bucket, _, prefix = url.removeprefix("s3://").partition("/")
    if not bucket:
        raise BucketFailed(f"{url} names no bucket: s3://BUCKET/PREFIX")
    return bucket, prefix


def _text(element: ElementTree.Element, name: str) -> str:
    return element.findtext(f"{_XMLNS}{name}") or ""


def _fault(status: int, data: bytes) -> str:
    """What S3 says of a failure."""
    try:
        root = ElementTree.fromstring(data)
    except ElementTree.ParseError:
        return f"HTTP {status}"
    code, message = root.findtext("Code") or f"HTTP {status}", root.findtext("Message") or ""
    return f"{code}: {message}" if message else code
