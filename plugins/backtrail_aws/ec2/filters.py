"""What every describing action shares: ids, filters with wildcards, pages.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from backtrail import UNSET, BadToken, Call, Page, UnsetType, page, told
from backtrail_aws.ec2 import errors, limits
from backtrail_aws.ec2.api import Filter
from backtrail_aws.ec2.held import Held
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2

T = TypeVar("T")
R = TypeVar("R", bound=Held)

Value = str | bool | int | UnsetType | None | Iterable[str | UnsetType]
"""What a filter looks at: one value, or several of which one must match; UNSET and None match nothing."""
Fields = Mapping[str, Callable[[T], Value]]
"""An action's filters: name -> what it looks at in a resource."""
Keep = Callable[[T], bool]

_TOKEN = re.compile(r"\\(.)|([*?])|([^\\*?]+)|(\\)", re.DOTALL)


def described(
    state: Ec2,
    call: Call[Any],
    kind: Kind[R],
    ids: list[str] | UnsetType,
    fields: Fields[R],
    *,
    alone: str = "",
    bounds: tuple[int, int] = limits.PAGE,
) -> Page[R]:
    """The page of resources that a describing call asks for, in the order of their ids. O(page) without filters.

    `alone` is what the record calls the ids' list where such ids and MaxResults exclude each other.
    """
    wanted = told(ids, [])
    if wanted and alone and not isinstance(call.params.max_results, UnsetType):
        raise errors.page_with_ids(alone)
    keep = tagged(call.params.filters, fields)
    if not wanted:
        return paged(call, kind.all(state), keep, bounds=bounds)
    named = {one.id: one for one in sorted(kind.find_all(state, wanted), key=lambda one: one.id)}
    return paged(call, named, keep, bounds=bounds)


def paged(
    call: Call[Any],
    items: Mapping[str, T],
    keep: Keep[T] | None = None,
    *,
    bounds: tuple[int, int] = limits.PAGE,
) -> Page[T]:
    """A page of anything sorted by key, as the call's MaxResults and NextToken say; everything without MaxResults."""
    token = told(getattr(call.params, "next_token", UNSET), "")
    try:
        return page(items, token or None, size(call, len(items), bounds), keep=keep)
    except BadToken as error:
        raise errors.bad_token() from error


def size(call: Call[Any], everything: int, bounds: tuple[int, int] = limits.PAGE) -> int:
    """How many a page holds: MaxResults, at most the upper bound. Refuses less than the lower one."""
    asked: int | UnsetType = getattr(call.params, "max_results", UNSET)
    if isinstance(asked, UnsetType) or asked == 0:
        return max(everything, 1)
    if asked < bounds[0]:
        raise errors.page_too_small(asked, bounds[0])
    return min(asked, bounds[1])


def tagged(filters: Sequence[Filter] | UnsetType, fields: Fields[R]) -> Keep[R] | None:
    """Whether a resource passes all filters; `tag:KEY`, `tag-key` and `tag-value` look at its tags."""
    return matching(filters, fields, _by_tag)


def matching(
    filters: Sequence[Filter] | UnsetType,
    fields: Fields[T],
    other: Callable[[str], Callable[[T], Value] | None] = lambda name: None,
) -> Keep[T] | None:
    """Whether something passes all filters; None where there are none. Refuses a filter that there is not.

    `other` knows filters whose names are not all known before.
    """
    given = told(filters, [])
    if sum(len(told(one.values, [])) for one in given) > limits.FILTER_VALUES_MAX:
        raise errors.too_many_filter_values()
    tests: list[Keep[T]] = []
    for one in given:
        name = told(one.name, "")
        look = fields.get(name) or other(name)
        if look is None:
            raise errors.bad_filter(name)
        if not told(one.values, []):
            raise errors.filter_without_values(name)
        tests.append(_test(look, told(one.values, [])))
    if not tests:
        return None
    return tests[0] if len(tests) == 1 else lambda item: all(test(item) for test in tests)


def _test(look: Callable[[T], Value], values: Sequence[str]) -> Keep[T]:
    """Whether what is looked at is one of the values. `*` is any text, `?` any character, `\\` takes them literally."""
    plain = {value for value in values if not _wild(value)}
    patterns = [_pattern(value) for value in values if _wild(value)]

    def test(item: T) -> bool:
        texts = _texts(look(item))
        return any(text in plain or any(one.fullmatch(text) for one in patterns) for text in texts)

    return test


def _wild(value: str) -> bool:
    return "*" in value or "?" in value or "\\" in value


def _pattern(value: str) -> re.Pattern[str]:
    made: list[str] = []
    for escaped, wild, text, alone in _TOKEN.findall(value):
        made.append({"*": ".*", "?": "."}[wild] if wild else re.escape(escaped or text or alone))
    return re.compile("".join(made), re.DOTALL)


def _texts(value: Value) -> Iterable[str]:
    if isinstance(value, str):
        return (value,)
    if isinstance(value, bool):
        return ("true" if value else "false",)
    if isinstance(value, int):
        return (str(value),)
    if value is None or isinstance(value, UnsetType):
        return ()
    return [one for one in value if isinstance(one, str)]


def _by_tag(name: str) -> Callable[[Held], Value] | None:
    if name.startswith("tag:"):
        key = name[4:]
        return lambda held: held.tags.get(key)
    if name == "tag-key":
        return lambda held: held.tags
    return (lambda held: held.tags.values()) if name == "tag-value" else None
