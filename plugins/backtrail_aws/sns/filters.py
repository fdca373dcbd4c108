"""Filter policies: read and checked once, then asked of every message.

https://docs.aws.amazon.com/sns/latest/dg/sns-subscription-filter-policies.html
A policy maps names to lists of what may stand there; all names must match (AND), one of a list is enough (OR), and
`$or` lists policies of which one is enough. Of the body, objects may be nested and arrays match by any element.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache

from backtrail_aws.sns import documents, limits
from backtrail_aws.sns.documents import Json
from backtrail_aws.sns.filter_tests import BadPolicy, Test, compiled

ATTRIBUTES, BODY = "MessageAttributes", "MessageBody"
OR = "$or"

Matches = Callable[[Mapping[str, Json]], bool]


@lru_cache(4096)
def matcher(text: str, scope: str) -> Matches | None:
    """The test of a policy; None where it accepts every message. Raises `BadPolicy`."""
    if not text:
        return None
    if len(text.encode("utf-8", "surrogatepass")) > limits.FILTER_MAX_BYTES:
        raise BadPolicy("Filter policy is too large")
    try:
        policy = documents.anything(text)
    except ValueError as error:
        raise BadPolicy("failed to parse JSON.") from error
    if not documents.is_map(policy):
        raise BadPolicy("Filter policy must be an object")
    made, combinations = _policy(policy, scope, 1)
    if len(_names(policy)) > limits.FILTER_KEYS_MAX:
        # evidence: https://github.com/ministryofjustice/cloud-platform-environments/pull/30296
        raise BadPolicy(f"Filter policy can not have more than {limits.FILTER_KEYS_MAX} keys")
    if combinations > limits.FILTER_COMBINATIONS_MAX:
        raise BadPolicy("Filter policy is too complex")
    return made if policy else None


def accepts(
    text: str, scope: str, attributes: Callable[[], Mapping[str, Json]], body: Callable[[], Json]
) -> bool:
    """Whether a message goes through a subscription's policy. One that cannot be read (a foreign one) lets all pass."""
    try:
        matches = matcher(text, scope or ATTRIBUTES)
    except BadPolicy:
        return True
    if matches is None:
        return True
    if scope != BODY:
        return matches(attributes())
    found = body()
    return documents.is_map(found) and matches(found)


def _names(policy: Mapping[str, Json]) -> set[str]:
    """The keys that are counted: those of the top level, not those nested under them (FILTERS in `limits`)."""
    names: set[str] = set()
    for name, value in policy.items():
        if name == OR and documents.is_list(value) and _is_or(value):
            names.update(*(_names(one) for one in value if documents.is_map(one)))
        else:
            names.add(name)
    return names


def _policy(policy: Mapping[str, Json], scope: str, depth: int) -> tuple[Matches, int]:
    """The test of a policy, and the combinations in it: values multiply, as do levels; those of `$or` add up."""
    parts: list[Matches] = []
    combinations = 1
    for name, value in policy.items():
        if name == OR and documents.is_list(value) and _is_or(value):
            several = [_policy(one, scope, depth) for one in value if documents.is_map(one)]
            parts.append(_any_of([made for made, _ in several]))
            count = sum(inner for _, inner in several)
        elif documents.is_list(value):
            if not value:
                raise BadPolicy(
                    "Empty arrays are not allowed"
                )  # evidence: https://github.com/aws/aws-cdk/issues/16549
            parts.append(_named(name, [compiled(one) for one in value]))
            count = len(value) * depth
        elif documents.is_map(value):
            if scope != BODY:
                # evidence: guess
                raise BadPolicy("Filter policy scope MessageAttributes does not support nested filter policy")
            made, count = _policy(value, scope, depth + 1)
            parts.append(_nested(name, made))
        else:
            raise BadPolicy(f'"{name}" must be an object or an array')  # evidence: guess
        combinations *= count
    return _all_of(parts), combinations


def _is_or(value: list[Json]) -> bool:
    """`$or` is an operator where it holds at least two objects, else a name like any other:
    https://docs.aws.amazon.com/sns/latest/dg/and-or-logic.html"""
    return len(value) > 1 and all(documents.is_map(one) for one in value)


def _named(name: str, tests: list[Test]) -> Matches:
    def matches(values: Mapping[str, Json]) -> bool:
        there = name in values
        found = values.get(name)
        if documents.is_list(found):
            return any(test(True, one) for one in found for test in tests) if found else _absent(tests)
        if documents.is_map(found):  # a name that stands for an object has no value of its own
            return _absent(tests)
        return any(test(there, found) for test in tests)

    return matches


def _absent(tests: list[Test]) -> bool:
    return any(test(False, None) for test in tests)


def _nested(name: str, inner: Matches) -> Matches:
    def matches(values: Mapping[str, Json]) -> bool:
        found = values.get(name)
        if documents.is_list(found):
            return any(documents.is_map(one) and inner(one) for one in found)
        return inner(found if documents.is_map(found) else {})

    return matches


def _all_of(parts: list[Matches]) -> Matches:
    if len(parts) == 1:
        return parts[0]
    return lambda values: all(part(values) for part in parts)


def _any_of(parts: list[Matches]) -> Matches:
    return lambda values: any(part(values) for part in parts)
