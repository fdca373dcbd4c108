"""The canonical spelling of a request's parts, which a signature covers.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html. Every function
first looks whether the part is spelt canonically already, which it nearly always is.
"""

from __future__ import annotations

import re
from urllib.parse import quote_from_bytes, unquote_to_bytes

# A character that must be percent-encoded and is not, a stray %, lower-case hexadecimal digits, or an encoded
# unreserved character (RFC 3986, 2.3).
_UNUSUAL = re.compile(
    r"[^A-Za-z0-9\-._~%]|%(?![0-9A-F]{2})|%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])"
)
_UNUSUAL_PATH = re.compile(
    r"[^A-Za-z0-9\-._~%/]|%(?![0-9A-F]{2})|%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])"
)
_ENCODED_ONCE_MORE = re.compile(r"[^A-Za-z0-9\-._~/]")
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")
_MESSY = re.compile(r"//|/\.")


def octets(text: str) -> bytes:
    """The bytes that a header or a request line held: HTTP text is Latin-1; anything wider was decoded as
    UTF-8.
    """
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")


def component(text: str) -> str:
    """One part of a path or a query, percent-encoded once, whatever its spelling was."""
    if _UNUSUAL.search(text) is None:
        return text
    return quote_from_bytes(unquote_to_bytes(octets(text)), safe="-._~")


def decoded(text: str) -> str:
    """A percent-encoded part as text; bytes that are not UTF-8 become replacement characters."""
    return unquote_to_bytes(octets(text)).decode("utf-8", "replace") if "%" in text else text


def field_value(text: str) -> str:
    """Text as a header's value: what could end the header or begin another becomes a space."""
    return _CONTROLS.sub(" ", text).strip() if _CONTROLS.search(text) is not None else text


def path_once(path: str) -> str:
    """S3's canonical path: encoded once, never normalised; an encoded slash stays one."""
    if not path:
        return "/"
    if _UNUSUAL_PATH.search(path) is None:
        return path
    return "/".join(map(component, path.split("/")))


def path_twice(path: str) -> str:
    """Everybody else's canonical path: dot segments and double slashes removed, then encoded once more."""
    if not path:
        return "/"
    if _MESSY.search(path) is not None:
        path = _without_dots(path)
    if _ENCODED_ONCE_MORE.search(path) is None:
        return path
    return quote_from_bytes(octets(path), safe="/-._~")


def query(raw: str, without: str = "") -> str:
    """The canonical query string: each part encoded once, sorted by name and value; `without` one
    parameter.
    """
    if not raw:
        return ""
    pairs: list[tuple[str, str]] = []
    for part in raw.split("&"):
        if not part:
            continue
        if "+" in part:
            part = part.replace("+", "%20")
        name, _, value = part.partition("=")
        name = component(name)
        if name != without:
            pairs.append((name, component(value)))
    pairs.sort()
    return "&".join([f"{name}={value}" for name, value in pairs])


def header(value: str) -> str:
    """A header's canonical value: trimmed, runs of spaces collapsed."""
    return " ".join(value.split()) if "  " in value else value.strip()


def _without_dots(path: str) -> str:
    """RFC 3986, 5.2.4, and single slashes."""
    kept: list[str] = []
    for segment in path.split("/"):
        if segment == "..":
            if kept:
                kept.pop()
        elif segment and segment != ".":
            kept.append(segment)
    slash = "/" if kept and path.endswith(("/", "/.", "/..")) else ""
    return "/" + "/".join(kept) + slash
