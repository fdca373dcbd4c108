"""Reading EC2's payloads: any form of any action, any spelling of any list, into the API's own names."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backtrail.model import Member, Shape
from backtrail.trail.casing import lower_first
from backtrail.trail.ec2_names import ACTION_LISTS, LISTS, MEMBERS
from backtrail.trail.ec2_writing import element_of, shape_of
from backtrail.trail.jsons import is_object
from backtrail.trail.repair import listed, unwrapped

ReadStructure = Callable[[Any], Any]
_Read = Callable[[Any], Any]
_Entry = tuple[str, int, _Read]  # the API's name, how good the spelling is (0 is best), the value's reader


class Reading:
    """Compiles structures for one action.

    An empty list of a request is one that the caller left out: EC2's requests cannot hold an empty list, and
    the classic form writes some all the same. In results it is an empty list.
    """

    def __init__(self, action: str, *, keeps_empty: bool) -> None:
        self.action = action
        self.keeps_empty = keeps_empty
        self._made: dict[str, ReadStructure] = {}

    def structure(self, owner: str, shape: Shape) -> ReadStructure:
        """The function that reads a structure. What is none stays as it is, for the type to refuse."""
        if (made := self._made.get(owner)) is not None:
            return made
        table: dict[str, list[_Entry]] = {}

        def read(value: Any) -> Any:
            if not is_object(value):
                return {} if value == "" else value
            out: dict[str, Any] = {}
            ranks: dict[str, int] = {}
            for key, held in value.items():
                if key == "tag" and not isinstance(held, (dict, list)):
                    continue  # the number of an element, not the tags of it
                for name, rank, take in table.get(key) or table.get(key.casefold()) or ():
                    taken = None if ranks.get(name, rank) < rank else take(held)
                    if taken is not None:
                        out[name], ranks[name] = taken, rank
            return out

        self._made[owner] = read
        for member, ref in shape.members.items():
            take = self._value(member, ref)
            for rank, spelling in enumerate(self._spellings(owner, member, ref)):
                table.setdefault(spelling.casefold(), []).append((lower_first(member), rank, take))
        for folded, spelling in self._exact(shape, owner):
            table.setdefault(spelling, table[folded])
        return read

    def _value(self, member: str, ref: Member) -> _Read:
        shape = shape_of(ref)
        if shape.type == "structure":
            structure = self.structure(ref.shape, shape)
            return lambda held: structure(unwrapped(held))
        if shape.type != "list":
            return unwrapped
        take = self._element(member, shape)
        keeps_empty = self.keeps_empty

        def read_list(held: Any) -> Any:
            there = listed(held)
            taken = [one for held_one in there if (one := take(held_one)) is not None]
            return taken if taken or (keeps_empty and not there) else None

        return read_list

    def _element(self, member: str, shape: Shape) -> _Read:
        """One element: a structure, or a text that may stand under a name of its own.

        None for an element of another list of that name: `groupSet` holds groups by id and by name.
        """
        item, is_structure = element_of(shape)
        if is_structure:
            return self.structure(item.shape, shape_of(item))
        _, wanted = ACTION_LISTS.get((self.action, member)) or LISTS.get(member) or ("", "")

        def read_text(held: Any) -> Any:
            held = unwrapped(held) if is_object(held) else held
            if not is_object(held):
                return held
            return held.get(wanted) if wanted else next(iter(held.values()), None)

        return read_text

    def _spellings(self, owner: str, member: str, ref: Member) -> list[str]:
        """The names a member may have in a record, likeliest first."""
        names = [MEMBERS.get((owner, member)), lower_first(member), ref.location_name, ref.query_name]
        if shape_of(ref).type == "list":
            listed_as = ACTION_LISTS.get((self.action, member)) or LISTS.get(member)
            names += [listed_as[0] if listed_as else None, f"{member}Set"]
        if member == "Return":
            names.append("_return")
        return list(dict.fromkeys(name for name in names if name))

    def _exact(self, shape: Shape, owner: str) -> list[tuple[str, str]]:
        """Every spelling as it is mostly written, so that most keys are found without folding their case."""
        return [
            (spelling.casefold(), written)
            for member, ref in shape.members.items()
            for spelling in self._spellings(owner, member, ref)
            for written in (spelling, lower_first(spelling), spelling[:1].upper() + spelling[1:])
        ]


def opened(value: Any, ends: tuple[str, ...]) -> Any:
    """What stands in the newer form's one wrapper, or the classic form as it is."""
    if is_object(value) and len(value) == 1:
        name, inner = next(iter(value.items()))
        if name[:1].isupper() and name.endswith(ends):
            return inner
    return value
