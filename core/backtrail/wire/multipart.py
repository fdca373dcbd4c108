"""S3's upload form: multipart/form-data whose last part is the file, taken in pieces (RFC 7578, RFC 2046).

https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html. The fields come first and are
kept; the file streams through; what follows the file is ignored, but a second file is refused.
"""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import Final
from urllib.parse import unquote

import msgspec

from backtrail.errors import Refusal

FIELDS_MAX_BYTES: Final = 20_480  # all that precedes the file, the same page

_PARAMETER = re.compile(r""";\s*([A-Za-z0-9!#$%&'*+\-.^_`|~]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]*))""")


class PostForm(msgspec.Struct, frozen=True):
    """The fields of a form, by their lower-cased names, and what its file part says of itself."""

    fields: dict[str, str]
    filename: str = ""
    content_type: str = ""

    def key(self) -> str:
        """The object's key, `${filename}` replaced. Raises `Refusal` where there is none."""
        key = self.fields.get("key")
        if key is None:
            raise missing_field("key")
        key = key.replace("${filename}", self.filename)
        if not key:
            raise Refusal(
                "InvalidArgument",
                "User key must have a length greater than 0.",
                ArgumentName="key",
                ArgumentValue="",
            )
        return key


class _At(Enum):
    PREAMBLE = auto()
    HEADERS = auto()
    FIELD = auto()
    FILE = auto()
    IGNORED = auto()
    END = auto()


class FormReader:
    """Takes a form in pieces of any size: `form` is there once the file has begun, `feed` gives its bytes."""

    __slots__ = ("_at", "_buffer", "_delimiter", "_fields", "_name", "_seen", "form")

    def __init__(self, content_type: str) -> None:
        self._delimiter = b"\r\n--" + _boundary(content_type)
        self._buffer = b"\r\n"  # so that the first delimiter looks like all others
        self._at = _At.PREAMBLE
        self._fields: dict[str, str] = {}
        self._name = ""
        self._seen = 0
        self.form: PostForm | None = None

    def feed(self, data: bytes) -> bytes:
        """The file's content among these bytes. Raises `Refusal` for a form that cannot be right."""
        self._buffer += data
        out: list[bytes] = []
        while self._headers() if self._at is _At.HEADERS else self._content(out):
            pass
        self._limit(len(self._buffer))
        return b"".join(out)

    def close(self) -> None:
        """Say that the body has ended. Raises `Refusal` unless the form was whole and had its file."""
        if self._at is not _At.END:
            raise malformed()
        if self.form is None:
            raise _one_file(0)

    def _content(self, out: list[bytes]) -> bool:
        """Take a part's content off the buffer; False when more bytes are needed."""
        if self._at is _At.END:
            self._buffer = b""
            return False
        found = self._buffer.find(self._delimiter)
        after = found + len(self._delimiter)
        if found < 0 or len(self._buffer) < after + 2:
            if self._at in (_At.FILE, _At.IGNORED):
                self._emit(out, found if found >= 0 else len(self._buffer) - len(self._delimiter) + 1)
            return False
        closing = self._buffer[after : after + 2]
        if closing not in (b"--", b"\r\n"):
            if self._at in (_At.PREAMBLE, _At.FIELD):
                raise malformed()
            self._emit(out, after)  # a line that only begins like the boundary is content
            return True
        if self._at is _At.FIELD:
            self._fields[self._name] = self._buffer[:found].decode("utf-8", "replace")
        elif self._at is not _At.PREAMBLE:
            self._emit(out, found)
            after -= found
        self._drop(after + 2)
        self._at = _At.END if closing == b"--" else _At.HEADERS
        return True

    def _headers(self) -> bool:
        """Take a part's headers off the buffer; False when more bytes are needed."""
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            if len(self._buffer) > FIELDS_MAX_BYTES:
                raise malformed()
            return False
        name, filename, content_type = _part(self._buffer[:end])
        self._drop(end + 4)
        if name == "file":
            if self.form is not None:
                raise _one_file(2)
            self.form = PostForm(self._fields, filename, content_type)
            self._at = _At.FILE
        elif self.form is not None:
            self._at = _At.IGNORED
        elif name in self._fields:
            raise malformed()
        else:
            self._name, self._at = name, _At.FIELD
        return True

    def _emit(self, out: list[bytes], size: int) -> None:
        """Let the buffer's first bytes go, which cannot be part of a delimiter any more."""
        if size <= 0:
            return
        if self._at is _At.FILE:
            out.append(self._buffer[:size])
        self._buffer = self._buffer[size:]

    def _drop(self, size: int) -> None:
        if self.form is None:
            self._seen += size
            self._limit(0)
        self._buffer = self._buffer[size:]

    def _limit(self, waiting: int) -> None:
        if self.form is None and self._seen + waiting > FIELDS_MAX_BYTES:
            raise Refusal(
                "MaxPostPreDataLengthExceeded",
                "Your POST request fields preceeding the upload file was too large.",
                MaxPostPreDataLengthBytes=str(FIELDS_MAX_BYTES),
            )


def malformed() -> Refusal:
    """S3's answer to a body that is no form."""
    message = "The body of your POST request is not well-formed multipart/form-data."
    return Refusal("MalformedPOSTRequest", message)


def missing_field(name: str) -> Refusal:
    """S3's answer to a form without a field that it needs, or with it after the file."""
    return Refusal(
        "InvalidArgument",
        f"Bucket POST must contain a field named '{name}'.  "
        "If it is specified, please check the order of the fields.",
        ArgumentName=name,
        ArgumentValue="",
    )


def _one_file(files: int) -> Refusal:
    message = "POST requires exactly one file upload per request."
    return Refusal("InvalidArgument", message, ArgumentName="file", ArgumentValue=str(files))


def _boundary(content_type: str) -> bytes:
    """The boundary that a Content-Type names. Raises `Refusal` (412, as S3) for anything but a form."""
    kind, _, _ = content_type.partition(";")
    if kind.strip().lower() != "multipart/form-data":
        raise Refusal(
            "PreconditionFailed",
            "At least one of the pre-conditions you specified did not hold",
            status=412,
            Condition="Bucket POST must be of the enclosure-type multipart/form-data",
        )
    boundary = _parameters(content_type).get("boundary", "")
    if not 0 < len(boundary) <= 70 or not boundary.isascii() or "\r" in boundary or "\n" in boundary:
        raise malformed()
    return boundary.encode()


def _part(block: bytes) -> tuple[str, str, str]:
    """A part's lower-cased field name, the last segment of its file name, and its type."""
    headers: dict[str, str] = {}
    for line in block.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        if not colon:
            raise malformed()
        headers[name.strip().lower()] = value.strip()
    disposition = headers.get("content-disposition", "")
    parameters = _parameters(disposition)
    if not disposition.lower().startswith("form-data") or not parameters.get("name"):
        raise malformed()
    # Browsers that send a whole path mean its last segment (the documentation of ${filename}).
    filename = re.split(r"[/\\]", parameters.get("filename", ""))[-1]
    return parameters["name"].lower(), filename, headers.get("content-type", "")


def _parameters(header: str) -> dict[str, str]:
    """A header's parameters: quoted, bare, or extended (`filename*=UTF-8''...`, RFC 5987), which win."""
    found: dict[str, str] = {}
    extended: dict[str, str] = {}
    for match in _PARAMETER.finditer(header):
        name, quoted, bare = match[1].lower(), match[2], match[3]
        value = re.sub(r'\\(["\\])', r"\1", quoted) if quoted is not None else bare
        if name.endswith("*"):
            extended[name[:-1]] = unquote(value.split("'")[-1])
        else:
            found.setdefault(name, value)
    return found | extended
