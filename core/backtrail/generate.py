"""Writes a service's payload types from its model: the text of `<service>/api.py`.

`generate("iam", ["CreateRole"], TRAIL)` is deterministic: the same model, actions and declaration give the
same text. Only the named actions and what they reach are written. The file is never edited by hand; what
CloudTrail does differently is declared in the plugin's `trail.py` (`backtrail.trail.declare.Trail`), and
`stale` tells when the file no longer is what model and declaration say.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
import keyword
import re
from collections.abc import Iterable, Iterator
from types import ModuleType

import msgspec

from backtrail import model as models
from backtrail import payload
from backtrail.model import Member, Model, Shape
from backtrail.trail import times
from backtrail.trail.casing import snake
from backtrail.trail.declare import Trail
from backtrail.trail.naming import KEPT, NESTED, PARAMS, RESULT, mark_of, record_name, streaming

_SCALARS = {
    "string": "str",
    "character": "str",
    "integer": "int",
    "long": "int",
    "short": "int",
    "float": "float",
    "double": "float",
    "boolean": "bool",
    "blob": "bytes",
}
_BUILTIN = frozenset({"str", "int", "float", "bool", "bytes", "list", "dict", "object"})
_TIMES = frozenset(
    name
    for name, held in vars(times).items()
    if isinstance(held, type) and issubclass(held, times.CloudTime) and held is not times.CloudTime
)
_IMPORTS = {
    "backtrail.blob": frozenset({"Blob"}),
    "backtrail.payload": frozenset(payload.__all__),
    "backtrail.trail.times": _TIMES,
}
_TAKEN = frozenset(name for names in _IMPORTS.values() for name in names) | {"ACTIONS", "SERVICE"}
_WORD = re.compile(r"[A-Za-z_]\w*")


class UnknownAction(LookupError):
    """The service's model has no action of that name."""


class UnknownMember(LookupError):
    """A declaration names a class or a member that the generated file does not have."""


class _Field(msgspec.Struct, frozen=True):
    member: str
    attribute: str
    name: str
    type: str
    required: bool
    mark: str | None
    sensitive: bool


class _Class(msgspec.Struct, frozen=True):
    name: str
    fields: tuple[_Field, ...]


def generate(service: str, actions: Iterable[str], trail: Trail) -> str:
    """The source text of a service's payload types.

    Raises `UnknownAction` where the model lacks an action, `UnknownMember` where the declaration names what
    is not there, `backtrail.model.UnknownService` where botocore has no such service.
    """
    wanted = sorted(set(actions))
    classes = _classes(service, wanted, trail)
    _check(classes, trail)
    body = "\n\n\n".join(_class_text(made) for made in classes)
    return f"{_header(service, wanted, body)}\n\n\n{body}\n"


def unsealed(service: str, actions: Iterable[str], trail: Trail) -> list[str]:
    """Members (`Class.Member`) that the model calls sensitive and that would stand open in a record.

    Advice, not a rule: CloudTrail shows some of them (S3's key ids), and hides others that no model marks.
    """
    return [
        f"{made.name}.{field.member}"
        for made in _classes(service, sorted(set(actions)), trail)
        for field in made.fields
        if field.sensitive and field.mark is None and f"{made.name}.{field.member}" not in trail.open
    ]


def stale(service_package: str) -> list[str]:
    """What makes a plugin's `api.py` differ from its model and its `trail.py`: nothing, or one line each.

    `service_package` is the plugin's module name (`backtrail_aws.iam`). A plugin without `api.py` has none
    stale.
    """
    api = _submodule(service_package, "api")
    if api is None:
        return []
    service, actions, trail = declared(service_package)
    try:
        made = generate(service, actions, trail)
    except (UnknownAction, UnknownMember, models.UnknownService) as error:
        return [f"{service_package}: {error}"]
    lines = difflib.unified_diff(inspect.getsource(api).splitlines(), made.splitlines(), lineterm="", n=0)
    return [f"{service_package}.api: {line}" for line in list(lines)[2:] if not line.startswith("@@")]


def update(service_package: str, more: Iterable[str] = ()) -> str:
    """The text that a plugin's `api.py` should have, with more actions than it has now."""
    service, actions, trail = declared(service_package)
    return generate(service, (*actions, *more), trail)


def declared(service_package: str) -> tuple[str, tuple[str, ...], Trail]:
    """The service, the actions and the declaration that a plugin's package holds.

    A package without `api.py` has no actions yet, and its own name is the service's client name (`_` for
    `-`); one without `trail.py` follows the rules.
    """
    api = _submodule(service_package, "api")
    own = _submodule(service_package, "trail")
    trail = getattr(own, "TRAIL", None) or Trail()
    name = service_package.rpartition(".")[2].rstrip("_").replace("_", "-")
    return getattr(api, "SERVICE", name), getattr(api, "ACTIONS", ()), trail


def _submodule(package: str, name: str) -> ModuleType | None:
    full = f"{package}.{name}"
    try:
        return importlib.import_module(full)
    except ModuleNotFoundError as error:
        if error.name in (full, package):
            return None
        raise


def _classes(service: str, actions: list[str], trail: Trail) -> list[_Class]:
    return list(_Writer(models.load(service), actions, trail).classes())


class _Writer:
    """Walks the model from the named actions to all they reach."""

    def __init__(self, model: Model, actions: list[str], trail: Trail) -> None:
        if unknown := [action for action in actions if action not in model.operations]:
            raise UnknownAction(f"no such action: {', '.join(unknown)}")
        self.model = model
        self.actions = actions
        self.trail = trail
        self.nested: dict[str, None] = {}
        results = {f"{action}Result" for action in actions}
        self.taken = _TAKEN | set(actions) | results

    def classes(self) -> Iterator[_Class]:
        for action in self.actions:
            operation = self.model.operations[action]
            yield self._class(action, operation.input, PARAMS)
            if operation.output is not None and self.model.shape(operation.output).members:
                yield self._class(f"{action}Result", operation.output, RESULT)
        written: set[str] = set()
        while fresh := [shape for shape in self.nested if shape not in written]:
            for shape in fresh:
                written.add(shape)
                yield self._class(self._class_name(shape), Member(shape=shape), NESTED)

    def _class(self, name: str, ref: Member | None, where: str) -> _Class:
        shape = self.model.shape(ref) if ref is not None else Shape(type="structure")
        fields = [self._field(name, member, inner, shape, where) for member, inner in shape.members.items()]
        added = [
            _Field(
                path.partition(".")[2],
                snake(path.partition(".")[2]),
                _added_name(self.trail, path),
                kind,
                *_OPEN,
            )
            for path, kind in self.trail.added.items()
            if path.startswith(f"{name}.")
        ]
        return _Class(name, _told_apart(fields + added))

    def _field(self, owner: str, member: str, ref: Member, holder: Shape, where: str) -> _Field:
        shape = self.model.shape(ref)
        path = f"{owner}.{member}"
        mark = mark_of(self.trail, self.model, where, owner, member, ref)
        free = {path, f"{owner}.*"} & self.trail.optional
        return _Field(
            member=member,
            attribute=snake(member),
            name=record_name(self.trail, where, owner, member, ref, shape),
            type=self.trail.typed.get(path) or self._type(ref),
            required=member in holder.required and mark in (None, KEPT) and not free,
            mark=mark,
            sensitive=shape.sensitive,
        )

    def _type(self, ref: Member) -> str:
        shape = self.model.shape(ref)
        if shape.document:
            return "object"
        if streaming(self.model, ref):
            return "Blob"
        if shape.type == "timestamp":
            return self.trail.time.__name__
        if shape.type == "list":
            assert shape.member is not None
            return f"list[{self._type(shape.member)}]"
        if shape.type == "map":
            assert shape.value is not None
            return f"dict[str, {self._type(shape.value)}]"
        if shape.type == "structure":
            self.nested[ref.shape] = None
            name = self._class_name(ref.shape)
            return f"list[{name}]" if shape.eventstream else name
        return _SCALARS[shape.type]

    def _class_name(self, shape: str) -> str:
        return f"{shape}Shape" if shape in self.taken or keyword.iskeyword(shape) else shape


def _told_apart(fields: list[_Field]) -> tuple[_Field, ...]:
    """Two members of one record name (S3's deprecated `Event` and `Events`) keep the API's names."""
    names = [field.name for field in fields]
    return tuple(
        field if names.count(field.name) == 1 else msgspec.structs.replace(field, name=field.member)
        for field in fields
    )


_OPEN = (False, None, False)  # an added member: optional, unmarked, not sensitive


def _added_name(trail: Trail, path: str) -> str:
    member = path.partition(".")[2]
    return trail.renamed.get(path, member[:1].lower() + member[1:])


def _header(service: str, actions: list[str], body: str) -> str:
    words = set(_WORD.findall(body))
    command = f"backtrail plugins generate {service}"
    lines = [
        f'"""Payload types of {service}. Generated by `{command}`: never edited by hand."""',
        "",
        "from __future__ import annotations",
        "",
    ]
    if "builtins" in words:
        lines += ["import builtins", ""]
    for module, names in _IMPORTS.items():
        if used := sorted(names & (words | {"Params"})):
            lines.append(f"from {module} import {', '.join(used)}")
    if "_field" in words:
        lines.append("from backtrail.payload import field as _field")
    listed = "".join(f'    "{action}",\n' for action in actions)
    return "\n".join([*lines, "", f'SERVICE = "{service}"', f"ACTIONS: tuple[str, ...] = (\n{listed})"])


def _class_text(made: _Class) -> str:
    attributes = {field.attribute for field in made.fields}
    if len(attributes) != len(made.fields):
        raise ValueError(f"{made.name}: two members have one attribute")
    maker = "_field" if "field" in attributes else "field"
    hidden = _BUILTIN & attributes
    lines = [_field_text(field, maker, hidden) for field in made.fields] or ["    pass"]
    return "\n".join([f"class {made.name}(Params):", *lines])


def _field_text(field: _Field, maker: str, hidden: frozenset[str]) -> str:
    kind = _WORD.sub(lambda word: ("builtins." if word[0] in hidden else "") + word[0], field.type)
    if field.mark is not None:
        kind = f"{field.mark}[{kind}]"
    same = field.name == field.attribute
    if field.required:
        return f"    {field.attribute}: {kind}" + ("" if same else f' = {maker}(name="{field.name}")')
    default = "UNSET" if same else f'{maker}(name="{field.name}", default=UNSET)'
    return f"    {field.attribute}: {kind} | UnsetType = {default}"


def _check(classes: list[_Class], trail: Trail) -> None:
    """Every `Class.Member` that is declared must be there, or a typing mistake would leave a secret open."""
    there = {f"{made.name}.{field.member}" for made in classes for field in made.fields}
    names = {made.name for made in classes}
    hidden = (trail.sealed, trail.masked, trail.starred, trail.removed, trail.named, trail.noted)
    for paths in (*hidden, trail.open, trail.optional):
        for path in sorted(paths):
            _known(path, there, names)
    for path in (*trail.renamed, *trail.typed):
        _known(path, there, names)


def _known(path: str, there: set[str], names: set[str]) -> None:
    owner, _, member = path.partition(".")
    if path not in there and not (member == "*" and owner in names):
        raise UnknownMember(f"trail.py declares {path}, which api.py does not have")
