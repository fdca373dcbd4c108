"""Decides what was done to each identifier that a record holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import cast

from backtrail.mentions.found import Found, listed
from backtrail.mentions.identifiers import MINTED, parse
from backtrail.mentions.mention import Declarations, Declared, Mention, Verb
from backtrail.mentions.operations import (
    EXACT,
    NAMED,
    OTHER,
    PART,
    SUFFIX,
    Operation,
    action_of,
    operation,
)
from backtrail.mentions.refusals import failed, targets
from backtrail.mentions.vocabulary import PARTS, Act
from backtrail.mentions.walk import FAILED, PARTIAL, SPOKEN, Hit, Json, collect

_CREATED, _DELETED, _TOUCHED, _REFUSED = Verb.CREATED, Verb.DELETED, Verb.TOUCHED, Verb.REFUSED

# Amends an earlier record: what that one did was done by that one,
# https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
_AMENDS = "UPDATED_DATA"
# Repeat a call that has a record of its own, or count many: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/
# logging-network-events-with-cloudtrail.html
_REPEATS = frozenset({"AwsVpceEvents", "AwsVpceEvent", "AwsCloudTrailInsight", "AwsAggregatedEvent"})

_MAKES = frozenset({Act.CREATE, Act.PUT, Act.COPY, Act.START, Act.ATTACH})
_ENDS = frozenset({Act.DELETE, Act.SCHEDULE, Act.DETACH})
_PRODUCTS = ("association", "attachment")


def mentions(record: Mapping[str, object], declared: Declarations | None = None) -> list[Mention]:
    """Every resource that the record names, each identifier once, under every spelling that the record
    proves.

    Never an empty identifier; the order is that of the record. Any JSON object is accepted.
    """
    source, name = str(record.get("eventSource") or ""), str(record.get("eventName") or "")
    op = operation(source, name)
    found = Found(op)
    word = declared.get((source, action_of(name))) if declared else None
    if word is None:
        _generic(record, name, found)
    else:
        _declared(record, name, word, found)
    return list(found.made.values())


def _generic(record: Mapping[str, object], name: str, found: Found) -> None:
    op = found.op
    request, answer = cast(Json, record.get("requestParameters")), cast(Json, record.get("responseElements"))
    asked: list[Hit] = []
    collect(op, request, asked)
    if op.noun in PARTS:
        asked = _joined(op, asked)
    message = cast(Json, record.get("errorMessage"))
    extra: list[Hit] = []
    for part in ("serviceEventDetails", "additionalEventData"):
        details = cast(Json, record.get(part))
        if details is not None:
            collect(op, details, extra)
    resources = cast(Json, record.get("resources"))
    if failed(cast(Json, record.get("errorCode")), message, request, answer, name):
        _refused(found, asked + extra, resources, message)
        return
    answered: list[Hit] = []
    if answer is not None:
        collect(op, answer, answered)
    if record.get("eventType") == "AwsServiceEvent":
        answered += extra
        extra = []
    changes = op.act in _MAKES or op.act in _ENDS
    if changes and record.get("readOnly") is not True and not _repeats(record):
        _done(found, asked, answered, resources, answer)
    _touched(found, asked, answered, extra, resources)


def _repeats(record: Mapping[str, object]) -> bool:
    addendum = record.get("addendum")
    if isinstance(addendum, dict) and cast("dict[str, object]", addendum).get("reason") == _AMENDS:
        return True
    return record.get("eventType") in _REPEATS


def _refused(found: Found, hits: list[Hit], resources: Json, message: Json) -> None:
    for level, identifier, noun, _ in hits:
        if level != PARTIAL:
            found.spell(identifier, _REFUSED, _type(found.op, level, noun), level > SPOKEN)
    for arn, type_, _ in listed(found.op, resources):
        found.spell(arn, _REFUSED, type_, True)
    if isinstance(message, str):
        for identifier, spoken, certain in targets(message):
            found.spell(identifier, _REFUSED, f"{found.op.service}:{spoken}" if spoken else None, certain)


def _touched(found: Found, asked: list[Hit], answered: list[Hit], extra: list[Hit], resources: Json) -> None:
    op = found.op
    for hits in (asked, answered, extra):
        for level, identifier, noun, _ in hits:
            if level == FAILED:
                found.spell(identifier, _REFUSED, _type(op, level, noun), True)
            elif level != PARTIAL:
                found.spell(identifier, _TOUCHED, _type(op, level, noun), level != SPOKEN)
    for arn, type_, _ in listed(op, resources):
        found.spell(arn, _TOUCHED, type_, True)


def _type(op: Operation, level: int, noun: str) -> str | None:
    if level >= NAMED:
        return op.type
    return f"{op.service}:{noun}" if noun and noun != "resource" else None


def _done(found: Found, asked: list[Hit], answered: list[Hit], resources: Json, answer: Json) -> None:
    """Say what the action made or ended."""
    op = found.op
    partial = False
    for level, identifier, noun, _ in answered:
        if level == PARTIAL:
            partial = True
        elif level == FAILED:
            found.spell(identifier, _REFUSED, _type(op, level, noun), True)
    if partial and any(level == FAILED for level, *_ in answered):
        partial = False
    if op.act in _ENDS:
        _ended(found, asked, answered, resources, certain=not partial and op.act is not Act.SCHEDULE)
    elif op.act is Act.START:
        _started(found, asked, answered)
    elif op.act is Act.ATTACH:
        _product(found, asked, answered, _CREATED)
    elif not _overwrote(op, answer):
        _made(found, asked, answered, resources, _surely_new(op, answer) and not partial)


def _surely_new(op: Operation, answer: Json) -> bool:
    """A put makes or overwrites: only an answer with version 1 says that it made."""
    if op.noun in PARTS:
        return False
    if op.act is not Act.PUT:
        return True
    return isinstance(answer, dict) and answer.get("version") in (1, "1")


def _overwrote(op: Operation, answer: Json) -> bool:
    version = answer.get("version") if isinstance(answer, dict) else None
    return op.act is Act.PUT and isinstance(version, int) and version > 1


def _own(op: Operation, hits: list[Hit]) -> list[Hit]:
    """The noun's own identifiers, without generic keys that speak of something else.

    A bare `name` gives way to one that says whose name it is; where the `arn` is that of the noun's parent
    (PutSecretValue answers the secret's), so are the generic keys beside it.
    """
    own = [hit for hit in hits if hit[0] >= NAMED]
    if not own:
        return own
    exact_name = any(hit[0] == EXACT and hit[3] == "name" for hit in own)
    parent = any(hit[0] == NAMED and _of_another(op, hit[1]) for hit in own)
    return [h for h in own if h[0] != NAMED or not (parent or (exact_name and h[3] == "name"))]


def _of_another(op: Operation, identifier: str) -> bool:
    """Whether an ARN is of another kind than the noun: its parent's, or of what was put to."""
    arn = parse(identifier)
    if arn is None or not arn.kind:
        return False
    strict = op.act in (Act.PUT, Act.DELETE)
    return arn.kind in op.prefixes or (strict and arn.kind not in op.noun and op.noun not in arn.kind)


def _made(found: Found, asked: list[Hit], answered: list[Hit], resources: Json, certain: bool) -> None:
    op = found.op
    own_asked, own_answered = _own(op, asked), _own(op, answered)
    copies = {identifier for _, identifier, *_ in own_asked + own_answered}
    for _, identifier, _, tail in own_asked:
        if not _existed(identifier, tail):
            found.spell(identifier, _CREATED, op.type, certain)
    for _, identifier, _, _ in own_answered:
        found.spell(identifier, _CREATED, op.type, certain)
    made = bool(found.made) or bool(own_asked)
    for arn, type_, own in listed(op, resources):
        if own and (op.act is not Act.COPY or any(name in copies for name, _ in _names(arn))):
            found.spell(arn, _CREATED, type_, certain)
            made = True
    if not made:
        made = _children(found, asked, answered, _CREATED, certain) or _replica(found, asked, certain)
    if op.act is not Act.PUT:
        _answered_only(found, asked, answered, made)


def _answered_only(found: Found, asked: list[Hit], answered: list[Hit], made: bool) -> None:
    """Ids that only the answer has, named by the noun's beginning or by a longer noun: made, as it seems."""
    op = found.op
    known = {identifier for _, identifier, *_ in asked}
    parents = {noun for _, _, noun, _ in asked}
    for level, identifier, noun, tail in answered:
        if level != OTHER or tail != "id" or identifier in known or noun in parents or not noun:
            continue
        if noun in op.prefixes or (not made and op.noun and noun.startswith(op.noun)):
            found.spell(identifier, _CREATED, op.type, False)


def _replica(found: Found, asked: list[Hit], certain: bool) -> bool:
    """Made after a model: with `sourceX` in the request, `x` is the new one."""
    nouns = {noun for level, _, noun, _ in asked if level == OTHER}
    done = False
    for level, identifier, noun, tail in asked:
        modelled = level == OTHER and noun in found.op.prefixes and f"source{noun}" in nouns
        if modelled and not _existed(identifier, tail):
            found.spell(identifier, _CREATED, f"{found.op.service}:{noun}", certain)
            done = True
    return done


def _names(arn: str) -> tuple[tuple[str, bool], ...]:
    parsed = parse(arn)
    return parsed.names if parsed else ()


def _existed(identifier: str, tail: str) -> bool:
    """Whether a request can only name this because it was there: ids are minted and ARNs given by AWS."""
    if identifier.startswith("arn:"):
        return True
    return tail == "id" and MINTED.fullmatch(identifier) is not None


def _joined(op: Operation, asked: list[Hit]) -> list[Hit]:
    """A thing that has no name but inside its parent is `parent/key`."""
    parent = next((hit[1] for hit in asked if hit[2] == PARTS[op.noun][1]), None)
    return [
        (EXACT, f"{parent}/{hit[1]}" if parent else hit[1], hit[2], hit[3]) if hit[0] == PART else hit
        for hit in asked
    ]


def _children(found: Found, asked: list[Hit], answered: list[Hit], verb: Verb, certain: bool) -> bool:
    """PutRolePolicy and its like: the noun's end names the thing, its beginning the parent in which it is
    named."""
    op = found.op
    parents = [hit for hit in asked if hit[0] == OTHER and hit[2] in op.prefixes]
    done = False
    for hits, is_request in ((asked, True), (answered, False)):
        for level, identifier, _, tail in hits:
            if level != SUFFIX:
                continue
            done = True
            if verb is _CREATED and is_request and _existed(identifier, tail):
                continue
            if not parents or identifier.startswith("arn:") or MINTED.fullmatch(identifier):
                found.spell(identifier, verb, op.type, certain)
                continue
            for parent in parents:
                found.put(f"{parent[1]}/{identifier}", verb, op.type, certain)
    return done


def _ended(found: Found, asked: list[Hit], answered: list[Hit], resources: Json, *, certain: bool) -> None:
    op = found.op
    if op.act is Act.DETACH:
        _product(found, asked, answered, _DELETED)
        return
    own = _own(op, asked) + _own(op, answered)
    for _, identifier, _, _ in own:
        found.spell(identifier, _DELETED, op.type, certain)
    done = bool(own)
    for arn, type_, is_own in listed(op, resources):
        if is_own:
            found.spell(arn, _DELETED, type_, certain)
            done = True
    if not done and not _children(found, asked, answered, _DELETED, certain):
        _by_kind(found, asked, certain)


def _by_kind(found: Found, asked: list[Hit], certain: bool) -> None:
    """An ARN under a key of another name, whose resource type is a word inside the noun but not its
    beginning."""
    op = found.op
    for level, identifier, _, _ in asked:
        arn = parse(identifier) if level == OTHER else None
        if arn and len(arn.kind) > 2 and arn.kind in op.noun and not op.noun.startswith(arn.kind):
            found.spell(identifier, _DELETED, op.type, certain)


def _started(found: Found, asked: list[Hit], answered: list[Hit]) -> None:
    """Starting makes something only where the answer names it and the request did not."""
    op = found.op
    if any(hit[0] == EXACT for hit in asked):
        return
    if any(hit[0] == EXACT for hit in answered):
        for hits in (asked, answered):
            for _, identifier, _, tail in _own(op, hits):
                if hits is answered or not _existed(identifier, tail):
                    found.spell(identifier, _CREATED, op.type, True)


def _product(found: Found, asked: list[Hit], answered: list[Hit], verb: Verb) -> None:
    """Attaching makes an attachment, and ends it by its id; what is attached is only touched."""
    op = found.op
    if not any(product in op.own for product in _PRODUCTS):
        return
    known = {identifier for _, identifier, *_ in asked} if verb is _CREATED else set[str]()
    for level, identifier, _, tail in answered if verb is _CREATED else asked:
        if level != EXACT or tail != "id" or identifier in known or not MINTED.fullmatch(identifier):
            continue
        product = "association" if "assoc" in identifier else "attachment" if "attach" in identifier else None
        if product:
            found.put(identifier, verb, f"{op.service}:{product}", True)


def _declared(record: Mapping[str, object], name: str, word: Declared, found: Found) -> None:
    """A plugin's word first; the generic rules then add only what it left unsaid."""
    refused = failed(
        cast(Json, record.get("errorCode")),
        cast(Json, record.get("errorMessage")),
        cast(Json, record.get("requestParameters")),
        cast(Json, record.get("responseElements")),
        name,
    )
    said: list[tuple[str, Verb]] = []
    for verb, paths in ((_CREATED, word.created), (_DELETED, word.deleted), (_TOUCHED, word.touched)):
        for path in paths:
            said.extend((identifier, verb) for identifier in _at(cast(Json, record), path.split(".")))
    if word.only:
        for identifier, verb in said:
            found.spell(identifier, _REFUSED if refused else verb, word.type or found.op.type, True)
        return
    generic = Found(found.op)
    _generic(record, name, generic)
    for identifier, verb in said:
        found.spell(identifier, _REFUSED if refused else verb, word.type or found.op.type, True)
    for mention in generic.made.values():
        if mention.id not in found.made:
            verb = mention.verb if not said or mention.verb is _REFUSED else _TOUCHED
            found.made[mention.id] = Mention(mention.id, verb, mention.type, mention.certain)


def _at(node: Json, path: list[str]) -> Iterator[str]:
    """The texts under a path; lists are walked through."""
    if isinstance(node, list):
        for item in node:
            yield from _at(item, path)
    elif path and isinstance(node, dict):
        yield from _at(node.get(path[0]), path[1:])
    elif not path and isinstance(node, str) and node:
        yield node
