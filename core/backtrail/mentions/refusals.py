"""Failed calls: how a record says that nothing was done, and whom its message names."""

from __future__ import annotations

import re

from backtrail.mentions.identifiers import arns_in, minted_in
from backtrail.mentions.operations import bare
from backtrail.mentions.vocabulary import ATTRIBUTES, COMMON_VALUES, EMPTY_VALUES
from backtrail.mentions.walk import Json

_CALLER = re.compile(r"\bUser: \S+")
_ENCODED = re.compile(r"Encoded authorization failure message: \S+")
# "… is not authorized to perform: iam:DeleteRole on resource: role NAME because no identity-based policy …",
# https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
_ON_RESOURCE = re.compile(
    r"on resource: (?:([a-z][a-z ]*?) )?([^\s:*]+?)(?= (?:because|with|version)\b|[.,]?$)"
)
_QUOTED = re.compile(
    r"\b(?:the|The) ([A-Za-z][A-Za-z ]{1,30}?)(?: (?:ID|id|name))? ['\"]([^'\"\s]{2,256})['\"]"
)
_WITH_NAME = re.compile(
    r"\b(?:The |the )?([A-Za-z]{3,24}) (?:with name|named) ['\"]?([^'\"\s]{2,256}?)['\"]?(?= |\.?$)"
)
_UNKNOWN = re.compile(r"^Unknown ([a-z]+): (\S+)(?= for |$)")


def failed(record_error: Json, message: Json, request: Json, answer: Json, event_name: str) -> bool:
    """Whether the record says that the call changed nothing: an error, a dry run, an answer that says no."""
    if record_error or message:
        return True
    if isinstance(answer, dict):
        if answer.get(event_name) in ("Failure", "Failed") or answer.get("_return") is False:
            return True
        wrapped = answer.get(f"{event_name}Response")
        if isinstance(wrapped, dict) and wrapped.get("return") is False:
            return True
    return isinstance(request, dict) and (request.get("dryRun") is True or request.get("DryRun") is True)


def targets(message: str) -> list[tuple[str, str | None, bool]]:
    """(identifier, its noun, whether it is sure) of everything that an error message names but the caller."""
    text = _ENCODED.sub("", _CALLER.sub("", message))
    found: list[tuple[str, str | None, bool]] = [(arn, None, True) for arn in arns_in(text)]
    found.extend((minted, None, True) for minted in minted_in(text))
    for pattern, sure in ((_ON_RESOURCE, True), (_WITH_NAME, True), (_UNKNOWN, True), (_QUOTED, False)):
        for noun, name in pattern.findall(text):
            if bare(noun).endswith(ATTRIBUTES) or not _is_name(name):
                continue
            found.append((name, bare(noun) or None, sure))
    return found


def _is_name(text: str) -> bool:
    low = text.lower()
    return not (":" in text or "," in text or text.isdigit() or low in EMPTY_VALUES or low in COMMON_VALUES)
