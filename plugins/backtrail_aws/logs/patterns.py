"""Filter patterns: what FilterLogEvents, metric filters and subscription filters look for.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

import msgspec

from backtrail_aws.logs import errors, limits, pattern_fields, pattern_json, pattern_terms
from backtrail_aws.logs.pattern_expressions import BadPattern

_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"')
_REGEX = re.compile(r"%(?:\\.|[^%\\])*%")


class Pattern(msgspec.Struct, frozen=True):
    """A compiled filter pattern.

    `extracted` gives the values that it finds in a message that it matches; `finds_values` says whether there can be
    any. `regexes` is how many regular expressions it has.
    """

    matches: Callable[[str], bool]
    extracted: Callable[[str], dict[str, str]]
    finds_values: bool
    regexes: int


def of(text: str) -> Pattern:
    """The pattern of a text. Raises a `Refusal` in the service's words."""
    try:
        return compiled(text)
    except BadPattern as error:
        raise errors.bad_pattern(str(error)) from error


def told(text: str) -> Pattern | None:
    """The same in telling and folding: None for what is no pattern."""
    try:
        return compiled(text)
    except BadPattern:
        return None


@lru_cache(1024)
def compiled(text: str) -> Pattern:
    """The pattern of a text. Raises `BadPattern`."""
    inner = text.strip()
    regexes = len(_REGEX.findall(_QUOTED.sub("", inner)))
    if regexes > limits.REGEX_IN_PATTERN_MAX:
        raise BadPattern("Invalid filter pattern")
    if not inner:
        return Pattern(_everything, _nothing, False, 0)
    for first, last, build in (("{", "}", pattern_json.compiled), ("[", "]", pattern_fields.compiled)):
        if inner.startswith(first):
            if not inner.endswith(last) or len(inner) < 2:
                # evidence: https://github.com/jorgebastida/awslogs/issues/210
                raise BadPattern(f"If a filter pattern starts with '{first}' it must end with '{last}'")
            found = build(inner[1:-1])
            return Pattern(found.matches, found.extracted, True, regexes)
    return Pattern(pattern_terms.matcher(inner), _nothing, False, regexes)


def _everything(message: str) -> bool:
    return True


def _nothing(message: str) -> dict[str, str]:
    return {}
