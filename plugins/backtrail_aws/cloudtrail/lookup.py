"""Event history: the management events of 90 days in a region, newest first.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_LookupEvents.html. It reads the log, through an
effect that only reads.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from datetime import datetime
from typing import Final

import msgspec

from backtrail import UNSET, Call, Effect, told
from backtrail_aws.cloudtrail import api, errors, limits
from backtrail_aws.cloudtrail.api import LookupEvents, LookupEventsResult
from backtrail_aws.cloudtrail.state import CloudTrail, service

EFFECT = "look-up-events"
_KEYS: Final = (
    "EventId", "EventName", "ReadOnly", "Username", "ResourceType", "ResourceName", "EventSource", "AccessKeyId",
)  # fmt: skip


class Looking(msgspec.Struct, frozen=True, kw_only=True):
    """What is looked for. `before` is the place (time in microseconds, seq) of the last event of the page before."""

    account: str
    region: str
    since: datetime
    until: datetime
    key: str = ""
    value: str = ""
    limit: int = limits.PAGE
    before: tuple[int, int] | None = None


class Looked(msgspec.Struct, frozen=True, kw_only=True):
    """What was found, and the place of the last of it where there is more."""

    events: list[api.Event]
    next: tuple[int, int] | None = None


class _Token(msgspec.Struct, frozen=True, array_like=True):
    asked: str
    at: tuple[int, int]


@service.read
def lookup_events(state: CloudTrail, call: Call[LookupEvents]) -> LookupEventsResult | Effect:
    """A page of events, each with its record, byte for byte."""
    wanted = _wanted(call)
    if wanted is None:
        return LookupEventsResult(events=[])
    if call.outcome is None:
        return Effect(name=EFFECT, args=wanted, reads=True)
    if call.outcome.error is not None:
        raise errors.lookup_failed(f"{call.outcome.error}: {call.outcome.message}")
    found: Looked = call.outcome.result
    token = UNSET if found.next is None else _token(_asked(call.params), found.next)
    return LookupEventsResult(events=found.events, next_token=token)


def _wanted(call: Call[LookupEvents]) -> Looking | None:
    """What a call looks for; None where there is nothing of the kind (insights are not made). Refuses what is wrong."""
    params = call.params
    attributes = told(params.lookup_attributes, [])
    if len(attributes) > 1:
        # evidence: API_LookupEvents; words: guess
        raise errors.bad_lookup("You can specify only one lookup attribute.")
    key = attributes[0].attribute_key if attributes else ""
    value = attributes[0].attribute_value if attributes else ""
    if attributes and (
        key not in _KEYS or not value or (key == "ReadOnly" and value not in ("true", "false"))
    ):
        # evidence: API_LookupAttribute; words: guess
        raise errors.bad_lookup(f"The lookup attribute {key} or its value is not valid.")
    limit = told(params.max_results, limits.PAGE)
    if not 1 <= limit <= limits.PAGE:
        raise errors.bad_page_size(limits.PAGE)
    since, until = told(params.start_time, call.time - limits.HISTORY), told(params.end_time, call.time)
    if since > until:
        # evidence: model; words: guess
        raise errors.bad_range("Start time cannot be later than end time.")
    category = told(params.event_category, "")
    if category not in ("", "insight"):
        raise errors.bad_category(category)
    before = _place(params) if told(params.next_token, "") else None
    if category:
        return None
    return Looking(
        account=call.account, region=call.region, since=max(since, call.time - limits.HISTORY), until=until, key=key,
        value=value, limit=limit, before=before,
    )  # fmt: skip


def _asked(params: LookupEvents) -> str:
    """What a token is bound to: all that was asked but the token."""
    rest = msgspec.structs.replace(params, next_token=UNSET, max_results=UNSET)
    plain = msgspec.json.encode(
        [
            rest.event_category or "",
            [[one.attribute_key, one.attribute_value] for one in told(rest.lookup_attributes, [])],
            *(
                one.isoformat() if isinstance(one, datetime) else ""
                for one in (rest.start_time, rest.end_time)
            ),
        ]
    )
    return hashlib.sha256(plain).hexdigest()[:16]


def _token(asked: str, at: tuple[int, int]) -> str:
    return base64.b64encode(msgspec.json.encode(_Token(asked, at))).decode()


def _place(params: LookupEvents) -> tuple[int, int]:
    try:
        token = msgspec.json.decode(base64.b64decode(told(params.next_token, ""), validate=True), type=_Token)
    except (binascii.Error, ValueError) as error:
        raise errors.bad_token() from error
    if token.asked != _asked(params):
        raise errors.bad_token()
    return token.at
