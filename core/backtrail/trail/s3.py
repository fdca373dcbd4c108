"""S3's form: the request as HTTP saw it.

`bucketName`, `key` and `Host`; the query string's members and flags (`"policy": ""`); the `x-amz-` headers
under their own names; a body under its XML root in the API's spelling; a bucket policy parsed. The types
carry these names (`backtrail.trail.naming`), so that object calls are written and read as they stand; bodies
go through `_Body`.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from backtrail import model
from backtrail.model import Member, Model, Operation, Shape
from backtrail.payload import UNSET, Params
from backtrail.trail.casing import snake
from backtrail.trail.codec import convert, decoder, encode
from backtrail.trail.forms import Form, HttpFacts, ResultWriter, Writer, reader
from backtrail.trail.jsons import is_list, is_object
from backtrail.trail.parts import hints, plain
from backtrail.trail.repair import bend, listed, unwrapped
from backtrail.trail.times import CloudTime
from backtrail.trail.xml_json import coerced, repeated

P = TypeVar("P", bound=Params)
_Write = Callable[[Any], object]

XMLNS = "http://s3.amazonaws.com/doc/2006-03-01/"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

# Of a presigned request's query string; the credential, the token and the signature stay out.
_PRESIGNED = ("X-Amz-Algorithm", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders")

_loads = msgspec.json.Decoder().decode


class S3Form(Form):
    """S3's way of writing parameters; results are their headers."""

    def params_writer(self, action: str, kind: type[Params]) -> Writer:
        """Names from the type, then flags and Host; bodies as XML looks in JSON."""
        call = _Call(self.service, action, kind)
        return call.write

    def result_writer(self, action: str, kind: type[Params]) -> ResultWriter:
        """The headers of the answer that records show; null where there are none."""
        flat = _Flat(kind)

        def write(result: Any, request_id: str) -> bytes:
            written = flat.write(result)
            return b"null" if written == b"{}" else written

        return write

    def params_reader(self, action: str, kind: type[P]) -> Callable[[bytes], P]:
        """Straight where the record is as the type; else bodies come back from XML's ways."""
        call = _Call(self.service, action, kind)
        straight = decoder(kind).decode

        def read(raw: bytes) -> P:
            try:
                return straight(raw)
            except msgspec.ValidationError:
                return convert(call.read(_loads(raw)), kind)

        return read

    def result_reader(self, action: str, kind: type[P]) -> Callable[[bytes], P]:
        """The shown headers; what a record does not tell is UNSET."""
        return reader(kind)


def policy_text(policy: object) -> str:
    """A policy of a record as text: parsed policies without spaces, text as it is."""
    return policy if isinstance(policy, str) else msgspec.json.encode(policy).decode()


class _Call:
    """One action's request: what the model says of each member of its type."""

    def __init__(self, service: str, action: str, kind: type[Params]) -> None:
        source = model.load(service or "s3")
        # PostObject is S3's, and in no SDK's model: what the type says is all there is.
        operation = source.operations.get(action) or Operation(name=action)
        shape = source.shape(operation.input) if operation.input else Shape(type="structure")
        names = {field.name: field.encode_name for field in msgspec.structs.fields(kind)}
        self.flat = _Flat(kind)
        self.flags = _flags(operation.http.request_uri)
        self.bodies: list[tuple[str, str, _Body, str | None]] = []
        self.policy: tuple[str, str] | None = None
        self.wrapper = operation.input.location_name if operation.input and shape.payload is None else None
        for member, ref in shape.members.items():
            attribute = snake(member)
            if ref.location is not None or attribute not in names:
                continue
            target = source.shape(ref)
            if target.type == "string" and shape.payload == member:
                self.policy = (attribute, names[attribute])
            elif target.type in ("structure", "list") or self.wrapper:
                body = _body(source, ref.shape)
                self.bodies.append((attribute, names[attribute], body, _namespace(ref)))
        self.kind = kind

    def write(self, params: Any, http: HttpFacts | None) -> bytes:
        """The record's requestParameters."""
        inner: dict[str, object] = {}
        for attribute, name, body, namespace in self.bodies:
            if (held := getattr(params, attribute)) is not UNSET and held is not None:
                inner[name] = body.root(held, namespace)
        if self.policy is not None and isinstance(held := getattr(params, self.policy[0]), str):
            inner[self.policy[1]] = _parsed(held)
        extra: dict[str, object] = {self.wrapper: inner} if self.wrapper and inner else inner
        extra.update(self.flags)
        if http is not None:
            extra.update(_seen(http))
        return self.flat.write(params, extra, skip=self._structured())

    def read(self, value: object) -> dict[str, object]:
        """Parsed requestParameters as the type names things."""
        found: dict[str, object] = dict(value) if is_object(value) else {}
        if self.wrapper and is_object(inner := found.pop(self.wrapper, None)):
            found.update(inner)
        out = self.flat.read(found)
        for _, name, body, _ in self.bodies:
            if name in found:
                out[name] = bend(self.flat.members[name])(body.read(found[name]))
        if self.policy is not None and self.policy[1] in found:
            out[self.policy[1]] = policy_text(unwrapped(found[self.policy[1]]))
        return out

    def _structured(self) -> tuple[str, ...]:
        policy = (self.policy[0],) if self.policy is not None else ()
        return (*(attribute for attribute, *_ in self.bodies), *policy)


class _Flat:
    """The members that are text in HTTP (path, query string, headers), numbers and booleans, too."""

    def __init__(self, kind: type[Params]) -> None:
        self.texts: list[tuple[str, str]] = []  # need turning into text
        self.members: dict[str, Any] = {}
        for field in msgspec.structs.fields(kind):
            annotation = hints(kind)[field.name]
            bare = plain(annotation)
            self.members[field.encode_name] = annotation
            if bare is not str and not (isinstance(bare, type) and issubclass(bare, msgspec.Struct)):
                self.texts.append((field.name, field.encode_name))

    def write(self, params: Any, extra: dict[str, object] | None = None, skip: tuple[str, ...] = ()) -> bytes:
        """JSON of the flat members that are set, and of what comes beside them."""
        unset: dict[str, Any] = dict.fromkeys(skip, UNSET)
        turned: dict[str, object] = {}
        for attribute, name in self.texts:
            held = getattr(params, attribute)
            if held is not UNSET and held is not None and attribute not in unset:
                turned[name] = _text(held)
                unset[attribute] = UNSET
        written = encode(msgspec.structs.replace(params, **unset) if unset else params)
        beside = {**turned, **(extra or {})}
        if not beside:
            return written
        if written == b"{}":
            return encode(beside)
        return written[:-1] + b"," + encode(beside)[1:]

    def read(self, found: dict[str, object]) -> dict[str, object]:
        """The flat members of a parsed record, version 1.05's one-element lists undone."""
        return {
            name: _flat_value(annotation, found[name])
            for name, annotation in self.members.items()
            if name in found
        }


class _Body:
    """One shape of a body, both ways. Compiled on first use: S3's `And` filters hold what holds them."""

    def __init__(self, source: Model, name: str) -> None:
        self.source = source
        self.shape = source.shapes[name]
        self._members: list[tuple[str, str, Member, Shape]] | None = None

    @property
    def members(self) -> list[tuple[str, str, Member, Shape]]:
        """Attribute, record's name, reference, shape."""
        if self._members is None:
            self._members = [
                (snake(member), ref.location_name or member, ref, self.source.shape(ref))
                for member, ref in self.shape.members.items()
            ]
        return self._members

    def root(self, value: Any, namespace: str | None) -> object:
        """The body as its root element holds it."""
        written = self.write(value)
        if namespace is None:
            return written
        return {"xmlns": namespace, **written} if is_object(written) else {"xmlns": namespace}

    def write(self, value: Any) -> object:
        """A structure's children; `""` where it has none."""
        if self.shape.type != "structure":
            return _scalar(value)
        out: dict[str, object] = {}
        for attribute, name, ref, shape in self.members:
            held = getattr(value, attribute, UNSET)
            if held is UNSET or held is None:
                continue
            if shape.type == "list":
                self._write_list(out, name, ref, shape, held)
                continue
            out[name] = _body(self.source, ref.shape).write(held)
            if ref.xml_attribute and name == "xsi:type":
                out["xmlns:xsi"] = XSI
        return out or ""

    def _write_list(self, out: dict[str, object], name: str, ref: Member, shape: Shape, values: Any) -> None:
        assert shape.member is not None
        item = _body(self.source, shape.member.shape)
        written = [item.write(value) for value in values]
        if shape.flattened or ref.flattened:
            if written:
                out[name] = repeated(written)
            return
        element = shape.member.location_name or "member"
        out[name] = {element: repeated(written)} if written else ""

    def read(self, value: Any) -> object:
        """What the type holds: lists as lists, and an absent list that must be there as an empty one."""
        value = unwrapped(value)
        if self.shape.type != "structure" or not is_object(value):
            return value
        out: dict[str, object] = {}
        for member, (_, name, ref, shape) in zip(self.shape.members, self.members, strict=True):
            if name in value:
                held = value[name]
                out[name] = (
                    self._read_list(ref, shape, held)
                    if shape.type == "list"
                    else _body(self.source, ref.shape).read(held)
                )
            elif shape.type == "list" and member in self.shape.required:
                out[name] = []
        return out

    def _read_list(self, ref: Member, shape: Shape, value: Any) -> list[object]:
        assert shape.member is not None
        if not (shape.flattened or ref.flattened):
            element = shape.member.location_name or "member"
            if is_object(value) and element in value:
                value = value[element]
        item = _body(self.source, shape.member.shape)
        return [item.read(one) for one in listed(value)]


@cache
def _named_body(name: str) -> _Body:
    return _Body(model.load("s3"), name)


def _body(source: Model, name: str) -> _Body:
    return _named_body(name)


def _namespace(ref: Member) -> str | None:
    held = ref.xml_namespace
    return held.get("uri") if isinstance(held, dict) else held


@cache
def _flags(request_uri: str) -> dict[str, str]:
    """The query string that an action's address has of itself: `?policy`, `?list-type=2`."""
    query = request_uri.partition("?")[2]
    return {name: value for name, value in parse_qsl(query, keep_blank_values=True) if name != "x-id"}


def _seen(http: HttpFacts) -> dict[str, str]:
    """What only a live request tells: its host, and what clients add to the query string."""
    out = {"Host": http.host} if http.host else {}
    if (hint := http.query.get("x-id")) is not None:
        out["x-id"] = hint
    for name in _PRESIGNED:
        if (held := http.query.get(name)) is not None:
            out[name] = held
    return out


def _parsed(policy: str) -> object:
    """A policy as an object; what is no JSON object stays text."""
    try:
        held = _loads(policy)
    except msgspec.DecodeError:
        return policy
    return held if is_object(held) else policy


def _scalar(value: Any) -> object:
    """The text of an element, turned as XML's way into JSON turns it."""
    if isinstance(value, CloudTime):
        return value.written()
    if isinstance(value, str):
        return coerced(value)
    return value


def _text(value: Any) -> str:
    """A header's or a query member's text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if is_list(value):
        return ",".join(_text(one) for one in value)
    return str(value.written() if isinstance(value, CloudTime) else value)


def _flat_value(annotation: Any, value: object) -> object:
    value = unwrapped(value)
    if isinstance(value, str) and plain(annotation) == list[str]:
        return [part.strip() for part in value.split(",") if part.strip()]
    return bend(annotation)(value)
