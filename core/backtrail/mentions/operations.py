"""What an action's name says: verb, noun, and which keys hold the noun's identifiers.

Compiled once per (eventSource, eventName): the rules work on words, so they hold for services that do not
exist yet.
"""

from __future__ import annotations

import re
from functools import lru_cache

from backtrail.mentions.vocabulary import (
    ATTRIBUTES,
    CONTAINER_TAILS,
    FAILURES,
    GENERIC,
    MODIFIERS,
    NOT_RESOURCES,
    PARTS,
    PREPOSITIONS,
    RESULT_NOUNS,
    SKIPPED,
    SYNONYMS,
    TRAILING,
    VERBS,
    WRAPPERS,
    Act,
)

# What a key's value is, strongest last among the identifiers.
PLAIN, OTHER, SUFFIX, NAMED, EXACT = 0, 1, 2, 3, 4
CONTAINER, SUFFIX_CONTAINER, WRAPPER, SKIP, FAILURE, DOCUMENT, BARE, PART = 10, 11, 12, 13, 14, 15, 16, 17

KeyClass = tuple[int, str, str]
"""(what it is, the noun in it, its tail: `id`, `name`, `arn`, `url` or nothing)"""

_MAX_KEYS = 2048  # keys may be a caller's data, so the cache of one action has an end
_WORDS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+")
# Lambda and CloudFront append the date of the API to the name (CreateFunction20150331)
_VERSION = re.compile(r"(?:\d{8}|\d{4}_\d{2}_\d{2})(?:v\d+)?$")
_TAIL = re.compile(r"(Identifier|Id|ID|Name|NAME|Arn|ARN|Url|URL)s?(?:Set|List)?$")
_PUNCTUATION = re.compile(r"[^a-z0-9]")


def action_of(event_name: str) -> str:
    """The action that an eventName means: the API's date taken off."""
    return _VERSION.sub("", event_name)


def bare(text: str) -> str:
    """Lower case, letters and digits alone: how nouns are compared."""
    return _PUNCTUATION.sub("", text.lower())


def singulars(noun: str) -> tuple[str, ...]:
    """The readings of a noun in the singular, most likely first; the noun itself is always among them."""
    if noun.endswith("ies") and len(noun) > 4:
        return noun[:-3] + "y", noun
    if noun.endswith(("sses", "xes", "ches", "shes")):
        return noun[:-2], noun
    if noun.endswith("aliases"):
        return noun[:-2], noun
    if noun.endswith("ses"):
        return noun[:-1], noun[:-2], noun
    if noun.endswith("s") and not noun.endswith(("ss", "us", "is", "as")):
        return noun[:-1], noun
    return (noun,)


class Operation:
    """One action, compiled: ask `key` what any key of its record holds."""

    __slots__ = (
        "_ends",
        "_keys",
        "act",
        "action",
        "noun",
        "own",
        "plural",
        "prefixes",
        "service",
        "suffixes",
        "type",
    )

    def __init__(self, service: str, action: str, verb: str, act: Act, words: list[str]) -> None:
        noun = bare("".join(words))
        self.service = service
        self.action = action.lower()
        self.act = act
        readings = singulars(noun)
        self.plural = len(readings) > 1
        self.noun = readings[0]
        self.type = f"{service}:{self.noun}" if noun else None
        extra = (*RESULT_NOUNS.get(verb, ()), *SYNONYMS.get(self.noun, ()))
        if act is Act.COPY:
            extra += tuple(
                prefix + reading for prefix in ("target", "new", "destination") for reading in readings
            )
        self.own = frozenset((*readings, *extra)) - {""}
        self.prefixes = frozenset(bare("".join(words[:i])) for i in range(1, len(words)))
        suffixes = {r for i in range(1, len(words)) for r in singulars(bare("".join(words[i:])))}
        self.suffixes = frozenset(suffixes) - self.own
        self._ends = (bare("".join(words[:2])), bare(words[-1])) if len(words) > 3 else ("", "")
        self._keys: dict[str, KeyClass] = {}

    def key(self, key: str) -> KeyClass:
        """What the value under a key is, for this action."""
        found = self._keys.get(key)
        if found is None:
            found = self._classify(key)
            if len(self._keys) < _MAX_KEYS:
                self._keys[key] = found
        return found

    def _classify(self, key: str) -> KeyClass:
        low = bare(key)
        if low in GENERIC:
            return NAMED, self.noun, low.rstrip("s").replace("identifier", "id")
        if low in WRAPPERS or (low.startswith(self.action) and low[len(self.action) :] in WRAPPERS):
            return WRAPPER, "", ""
        if low in SKIPPED:
            return SKIP, "", ""
        part = PARTS.get(self.noun)
        if part is not None and low == part[0]:
            return PART, self.noun, "name"
        tail = _TAIL.search(key)
        stem = bare(key[: tail.start()]) if tail else ""
        if tail and stem:
            return self._identifier(stem, tail[1].lower().replace("identifier", "id"))
        return self._holder(low)

    def _identifier(self, stem: str, tail: str) -> KeyClass:
        if stem in self.own:
            return EXACT, self.noun, tail
        if stem in self.suffixes:
            return SUFFIX, stem, tail
        if self._shortens(stem):
            return EXACT, self.noun, tail
        if stem in NOT_RESOURCES or stem.endswith(("account", "owner", "region", "zone", "type", "jdbc")):
            return PLAIN, "", ""
        return OTHER, stem, tail

    def _shortens(self, stem: str) -> bool:
        """Whether a stem is the noun without its middle (`transitGatewayAttachmentId` of a VpcAttachment)."""
        first, last = self._ends
        return len(first) > 2 and stem.startswith(first) and stem.endswith(last)

    def _holder(self, low: str) -> KeyClass:
        if low in self.own and not low.endswith(ATTRIBUTES):
            return BARE, self.noun, ""
        if _contains(low, self.own):
            return CONTAINER, self.noun, ""
        if FAILURES.fullmatch(low):
            return FAILURE, "", ""
        if low in self.suffixes or _contains(low, self.suffixes):
            return SUFFIX_CONTAINER, low, ""
        if low.endswith(("policydocument", "policy")):
            return DOCUMENT, "", ""
        return PLAIN, "", ""


def _contains(low: str, nouns: frozenset[str]) -> bool:
    """Whether a key is a noun in the plural, or a noun followed by a word for a collection."""
    for noun in nouns:
        if low.startswith(noun[:-1]) and noun in singulars(low):
            return True
        if low.startswith(noun):
            rest = low[len(noun) :]
            if rest in CONTAINER_TAILS or (rest[:1] == "s" and rest[1:] in CONTAINER_TAILS):
                return True
    return False


def _noun(words: list[str]) -> list[str]:
    """The words up to the first preposition, without a version (`V2`)."""
    for i, word in enumerate(words):
        if i and word in PREPOSITIONS:
            words = words[:i]
            break
    return words[:-2] if len(words) > 2 and words[-2:] == ["V", "2"] else words


def _split(words: list[str]) -> tuple[str, Act, list[str]]:
    """(verb, what it does, noun's words) of an action's words."""
    while len(words) > 1 and words[0] in MODIFIERS:
        words = words[1:]
    verb, rest = words[0], words[1:]
    if verb == "Schedule" and rest[-1:] == ["Deletion"]:
        return verb, Act.SCHEDULE, rest[:-1]
    act = VERBS.get(verb)
    if act is None:
        trailing = TRAILING.get(words[-1])
        return ("", Act.TOUCH, []) if trailing is None else (words[-1], trailing, words[:-1])
    noun = _noun(rest)
    if verb == "Restore" and len(noun) == len(rest):
        act = Act.TOUCH  # RestoreSecret brings the same one back; Restore…From… makes another
    return verb, act, noun


@lru_cache(maxsize=8192)
def operation(source: str, event_name: str) -> Operation:
    """The compiled action of a record's eventSource and eventName."""
    service = source.partition(".")[0]
    action = action_of(event_name)
    words: list[str] = _WORDS.findall(action)
    if not words or not event_name.isidentifier():
        return Operation(service, action, "", Act.TOUCH, [])
    verb, act, noun = _split([words[0].capitalize() if words[0].islower() else words[0], *words[1:]])
    plural = len(singulars(bare("".join(noun)))) > 1
    if verb in ("Register", "Put", "Deregister") and plural:
        act = (
            Act.DETACH if act is Act.DELETE else Act.ATTACH
        )  # RegisterTargets, PutEvents: of things that exist
    if act in (Act.CREATE, Act.COPY) and bare("".join(noun)) in PARTS:
        act = Act.PUT if act is Act.CREATE else Act.COPY
    return Operation(service, action, verb, act, noun)
