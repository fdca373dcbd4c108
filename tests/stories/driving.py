"""Stories of operations, as data, and the two clients that act them out: boto3, and the AWS CLI.

A story is a list of calls. A call names its operation as the API does, says its parameters, and the answer that AWS
gives today, member for member: what is there, and by that what is not. Values are matched by

    ...          anything at all
    a type       an instance of it
    a pattern    a text that it matches whole
    a dict       the same members, each matched
    a list       as many items, each matched; with `...` as the last, that many or more
    Kept         what an earlier call kept
    else         what is equal
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple

Json = dict[str, Any]


class Kept(NamedTuple):
    """Something that an earlier call of the story kept, as a parameter or as what is expected."""

    name: str


class Made(NamedTuple):
    """A parameter that is made when its call is: of what was kept, and of the time."""

    make: Callable[[Mapping[str, Any]], Any]


class Moment(NamedTuple):
    """A time: boto3 gives a datetime, the CLI what stands in the answer, a text or a number."""


class Step(NamedTuple):
    """One call of a story. `who` names what was kept of a key (id, secret, token), () nobody, None the story's own."""

    operation: str
    params: Json
    gives: Json
    keeps: Mapping[str, str]
    who: tuple[str, ...] | None
    code: str | None

    def service(self, story: Story) -> str:
        """Whose operation it is: the story's service's, if it does not say (`iam:CreateRole`)."""
        return self.operation.rpartition(":")[0] or story.service

    @property
    def action(self) -> str:
        """The operation without its service."""
        return self.operation.rpartition(":")[2]


class Story(NamedTuple):
    """Calls in their order, most of them of one service."""

    service: str
    name: str
    steps: list[Step]


TIME = Moment()


def call(
    operation: str, params: Json | None = None, gives: Json | None = None, *,
    keeps: Mapping[str, str] | None = None, who: tuple[str, ...] | None = None,
) -> Step:  # fmt: skip
    """A call that succeeds. `keeps` names members of the answer by path (`Role.Arn`, `Parts.0.ETag`)."""
    return Step(operation, params or {}, gives or {}, keeps or {}, who, None)


def refused(operation: str, params: Json, code: str, *, who: tuple[str, ...] | None = None) -> Step:
    """A call that is refused with a code."""
    return Step(operation, params, {}, {}, who, code)


def at(answer: Any, path: str) -> Any:
    """What stands in an answer at a path."""
    for name in path.split("."):
        answer = answer[int(name)] if isinstance(answer, list) else answer[name]
    return answer


def filled(value: Any, kept: Mapping[str, Any]) -> Any:
    """Parameters with what was kept in its place."""
    if isinstance(value, Kept):
        return kept[value.name]
    if isinstance(value, Made):
        return value.make(kept)
    if isinstance(value, dict):
        return {name: filled(one, kept) for name, one in value.items()}
    if isinstance(value, list):
        return [filled(one, kept) for one in value]
    return value


def mismatches(path: str, expected: Any, given: Any, kept: Mapping[str, Any]) -> Iterator[str]:
    """Where an answer is not as expected."""
    if isinstance(expected, dict):
        if not isinstance(given, dict):
            yield f"{path} is {given!r}"
            return
        for name in sorted({*expected, *given}):
            where = f"{path}.{name}" if path else str(name)
            if name not in given:
                yield f"{where} is missing"
            elif name not in expected:
                yield f"{where} should not be there: {given[name]!r}"
            else:
                yield from mismatches(where, expected[name], given[name], kept)
    elif isinstance(expected, list):
        yield from _items(path, expected, given, kept)
    elif not _matches(expected, given, kept):
        yield f"{path} is {given!r}, not {expected!r}"


def _items(path: str, expected: list[Any], given: Any, kept: Mapping[str, Any]) -> Iterator[str]:
    wanted = expected[:-1] if expected and expected[-1] is ... else expected
    if (
        not isinstance(given, list)
        or len(given) < len(wanted)
        or (wanted is expected and len(given) > len(wanted))
    ):
        yield f"{path} is {given!r}, not {expected!r}"
        return
    for index, (one, other) in enumerate(zip(wanted, given, strict=False)):
        yield from mismatches(f"{path}.{index}", one, other, kept)


def _matches(expected: Any, given: Any, kept: Mapping[str, Any]) -> bool:
    if expected is ...:
        return True
    if isinstance(expected, Kept):
        return bool(given == kept[expected.name])
    if isinstance(expected, Moment):
        return isinstance(given, datetime | int | float) or _is_time(given)
    if isinstance(expected, type):
        return isinstance(given, expected)
    if isinstance(expected, re.Pattern):
        return isinstance(given, str) and expected.fullmatch(given) is not None
    if isinstance(expected, bytes) and isinstance(given, str):
        return given in (expected.decode("latin-1"), base64.b64encode(expected).decode())
    return bool(expected == given)


def _is_time(text: str) -> bool:
    """Whether a text is a time as the CLI prints it: ISO 8601, or a header's own."""
    try:
        return (
            datetime.fromisoformat(text) if text[:1].isdigit() else parsedate_to_datetime(text)
        ).tzinfo is not None
    except ValueError:
        return False


def plain(value: Any) -> str:
    """A parameter as JSON, for the CLI."""
    return json.dumps(
        value, default=lambda held: held.isoformat() if isinstance(held, datetime) else held.decode()
    )
