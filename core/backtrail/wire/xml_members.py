"""Writers of a Struct's members as Python that is made for it: large answers are made of little else.

A loop over members spends most of its time on those that are not there, and a call on each text that is. The code
that is made here has the members' names and the elements' tags in it, as literals; how a member that is no plain
text is written is found out when one is first there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from msgspec import UNSET

Put = Callable[[list[str], Any], None]

# A carriage return would be read back as a line feed; other control characters have no better form than the
# reference that S3 writes, which is why its lists offer `encoding-type=url`.
_SPECIAL = re.compile(r'[&<>"\r\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]')
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
find_special = _SPECIAL.search


def escape(value: str) -> str:
    """Text as it stands in an element or an attribute."""
    if find_special(value) is None:
        return value
    return _SPECIAL.sub(_entity, value)


def _entity(found: re.Match[str]) -> str:
    character = found.group()
    if "\ud800" <= character <= "\udfff" or character == "\x00":  # XML has no word for these
        return "\ufffd"
    return _ENTITIES.get(character) or f"&#x{ord(character):x};"


class Slot(NamedTuple):
    """One member: its attribute, and the tags around its text, or what makes its writer."""

    attribute: str
    tags: tuple[str, str] | None
    make: Callable[[], Put]


def compiled(slots: Iterable[Slot]) -> Put:
    """Writes those of a Struct's members that are there, in order. Raises `ValueError` for what is no attribute."""
    names: dict[str, Any] = {"UNSET": UNSET, "find_special": find_special, "escape": escape}
    lines = ["def put(out, value):", "    append = out.append"]
    for number, (attribute, tags, make) in enumerate(slots):
        if not attribute.isidentifier():
            raise ValueError(f"no attribute is called {attribute!r}")
        lines += [f"    inner = value.{attribute}", "    if inner is not UNSET and inner is not None:"]
        if tags is not None:
            text = "(inner if find_special(inner) is None else escape(inner))"
            lines.append(f"        append({tags[0]!r} + {text} + {tags[1]!r})")
        else:
            lines.append(f"        write_{number}(out, inner)")
            names[f"write_{number}"] = _later(names, f"write_{number}", make)
    exec("\n".join(lines), names)
    put: Put = names["put"]
    return put


def _later(names: dict[str, Any], name: str, make: Callable[[], Put]) -> Put:
    """A writer that puts the one that is made in its own place, and writes with it."""

    def write(out: list[str], value: Any) -> None:
        names[name] = made = make()
        made(out, value)

    return write
