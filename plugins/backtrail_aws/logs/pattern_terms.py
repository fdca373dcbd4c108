"""Filter patterns for any text: `ERROR -DEBUG "exact phrase" %regex%`, `?either ?or`."""

from __future__ import annotations

import re
from collections.abc import Callable

from backtrail_aws.logs import errors
from backtrail_aws.logs.pattern_expressions import BadPattern, regex

Test = Callable[[str], bool]

_TERM = re.compile(
    r"""\s*(?P<sign>[?\-]?)\s*
        (?:(?P<quoted>"(?:\\.|[^"\\])*") | (?P<regex>%(?:\\.|[^%\\])*%) | (?P<word>\S+))""",
    re.X,
)
_ODD = re.compile(r"[^\w]+")
_ESCAPE = re.compile(r"\\(.)", re.S)


def matcher(pattern: str) -> Test:
    """Whether a message has every term, none of those after a minus, and where there are only `?` terms, one of them.

    `?` terms beside others are ignored (the page above). Raises `BadPattern`.
    """
    wanted, unwanted, either = _terms(pattern)
    if wanted:
        either = []
    if len(wanted) == 1 and not unwanted:
        return wanted[0]

    def matches(message: str) -> bool:
        if not all(one(message) for one in wanted) or any(one(message) for one in unwanted):
            return False
        return not either or any(one(message) for one in either)

    return matches


def _terms(pattern: str) -> tuple[list[Test], list[Test], list[Test]]:
    kinds: dict[str, list[Test]] = {"": [], "-": [], "?": []}
    at, pattern = 0, pattern.strip()
    while at < len(pattern):
        found = _TERM.match(pattern, at)
        if found is None:
            raise BadPattern("Invalid filter pattern")
        kinds[found["sign"]].append(_test(found))
        at = found.end()
    return kinds[""], kinds["-"], kinds["?"]


def _test(found: re.Match[str]) -> Test:
    if found["regex"]:
        expression = regex(found["regex"])
        return lambda message: expression.search(message) is not None
    if found["quoted"]:
        text = _ESCAPE.sub(r"\1", found["quoted"][1:-1])
        if not text:
            raise BadPattern(errors.bad_term('""'))
    else:
        text = found["word"]
        odd = _ODD.search(text)
        if odd is not None:
            raise BadPattern(errors.bad_term(odd[0]))
    return lambda message: text in message
