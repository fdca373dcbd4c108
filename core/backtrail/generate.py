"""Writes a service's payload types from its model: the text of `<service>/api.py`.

`generate("iam", ["CreateRole"], TRAIL)` is deterministic: the same model, actions and declaration give the
same text. Only the named actions and what they reach are written. The file is never edited by hand; what
CloudTrail does differently is declared in the plugin's `trail.py` (`backtrail.trail.declare.Trail`), and
`stale` tells when the file no longer is what model and declaration say.

A service of more than `LARGE` types has a package `api/` in place of the file (`files`): a module for each noun
(`backtrail.grouping`), loaded when one of its names is first asked for. Whoever imports `api` sees no difference.
"""

from __future__ import annotations

import difflib
import importlib
import keyword
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

import msgspec

from backtrail import model as models
from backtrail import payload
from backtrail.grouping import SHARED, grouped
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

LARGE = 400
"""Types that one file may hold: a call of a service waits until they are all there."""


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
    return _whole(service, wanted, _checked(service, wanted, trail))


def files(service: str, actions: Iterable[str], trail: Trail) -> dict[str, str]:
    """The source texts of a service's payload types by their place in the plugin's folder: `api.py`, or `api/…`.

    Raises what `generate` raises.
    """
    wanted = sorted(set(actions))
    classes = _checked(service, wanted, trail)
    if len(classes) > LARGE:
        return _package(service, wanted, classes)
    return {"api.py": _whole(service, wanted, classes)}


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
    """What makes a plugin's `api` differ from its model and its `trail.py`: nothing, or one line each.

    `service_package` is the plugin's module name (`backtrail_aws.iam`). A plugin without `api.py` has none
    stale.
    """
    service, actions, trail = declared(service_package)
    there = _there(service_package)
    if not there:
        return []
    try:
        made = files(service, actions, trail)
    except (UnknownAction, UnknownMember, models.UnknownService) as error:
        return [f"{service_package}: {error}"]
    return [
        f"{service_package}/{path}: {line}"
        for path in sorted(there | made)
        for line in _differences(there.get(path, ""), made.get(path, ""))
    ]


def _differences(one: str, other: str) -> list[str]:
    lines = list(difflib.unified_diff(one.splitlines(), other.splitlines(), lineterm="", n=0))
    return [line for line in lines[2:] if not line.startswith("@@")]


def _there(package: str) -> dict[str, str]:
    """The generated files that a plugin has."""
    api = _submodule(package, "api")
    if api is None or api.__file__ is None:
        return {}
    path = Path(api.__file__)
    if path.name == "__init__.py":
        return {f"api/{one.name}": one.read_text() for one in path.parent.glob("*.py")}
    return {"api.py": path.read_text()}


def update(service_package: str, more: Iterable[str] = ()) -> dict[str, str]:
    """The files that a plugin should have (as `files` gives them), with more actions than it has now."""
    service, actions, trail = declared(service_package)
    return files(service, (*actions, *more), trail)


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


def _whole(service: str, actions: list[str], classes: list[_Class]) -> str:
    return _text(_title(service), [*_imports(_body(classes)), "", _told(service, actions)], classes)


def _package(service: str, actions: list[str], classes: list[_Class]) -> dict[str, str]:
    """The files of a package: what is shared, a module for each noun, and the names of all."""
    by_name = {made.name: made for made in classes}
    references = {name: _words([made]) & by_name.keys() for name, made in by_name.items()}
    roots = {action: [name for name in (action, f"{action}Result") if name in by_name] for action in actions}
    groups = grouped(roots, references)
    made = {"api/__init__.py": _index(service, actions, groups)}
    for module, names in groups.items():
        held = [by_name[name] for name in names]
        imports = _imports(_body(held))
        if used := sorted((_words(held) - set(names)) & set(groups.get(SHARED, ()))):
            imports.append(f"from .{SHARED} import {', '.join(used)}")
        made[f"api/{module}.py"] = _text(_title(service, module), imports, held)
    return made


def _index(service: str, actions: list[str], groups: dict[str, list[str]]) -> str:
    """The package's own file. Type checkers see all names; at run time a module is loaded with its first name."""
    lines = [
        _title(service), "", "from __future__ import annotations", "", "from typing import TYPE_CHECKING", "",
        "from backtrail.lazily import names_of", "", "if TYPE_CHECKING:",
    ]  # fmt: skip
    for module, names in groups.items():
        listed = "".join(f"        {name} as {name},\n" for name in sorted(names))
        lines.append(f"    from .{module} import (\n{listed}    )")
    held = [f'    "{module}": "{" ".join(sorted(names))}",' for module, names in groups.items()]
    lines += ["", _told(service, actions), "_NAMES = {", *held, "}", "", "if not TYPE_CHECKING:"]
    return "\n".join([*lines, "    __getattr__ = names_of(__name__, _NAMES)", ""])


def _title(service: str, module: str = "") -> str:
    of = f"{service}: {module}" if module else service
    return f'"""Payload types of {of}. Generated by `backtrail plugins generate {service}`: never edited by hand."""'


def _told(service: str, actions: list[str]) -> str:
    listed = "".join(f'    "{one}",\n' for one in actions)
    return f'SERVICE = "{service}"\nACTIONS: tuple[str, ...] = (\n{listed})'


def _text(title: str, lines: list[str], classes: list[_Class]) -> str:
    top = "\n".join([title, "", "from __future__ import annotations", "", *lines])
    return f"{top}\n\n\n{_body(classes)}\n"


def _body(classes: list[_Class]) -> str:
    return "\n\n\n".join(_class_text(made) for made in classes)


def _words(classes: list[_Class]) -> set[str]:
    return {word for made in classes for field in made.fields for word in _WORD.findall(field.type)}


def _imports(body: str) -> list[str]:
    words = set(_WORD.findall(body))
    lines = ["import builtins", ""] if "builtins" in words else []
    for module, names in _IMPORTS.items():
        if used := sorted(names & (words | {"Params"})):
            lines.append(f"from {module} import {', '.join(used)}")
    if "_field" in words:
        lines.append("from backtrail.payload import field as _field")
    return lines


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


def _checked(service: str, actions: list[str], trail: Trail) -> list[_Class]:
    classes = _classes(service, actions, trail)
    _check(classes, trail)
    return classes


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
