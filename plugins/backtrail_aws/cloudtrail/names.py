"""Trails' names and ARNs, and which trail a call means.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-trail-naming-requirements.html
"""

from __future__ import annotations

import re
from typing import Any

from backtrail import Call, Event, Params, UnsetType, known, told
from backtrail.record import arn as make_arn
from backtrail_aws.cloudtrail import errors, limits, organizations
from backtrail_aws.cloudtrail.state import CloudTrail, Trail

_CHARACTERS = re.compile(r"[A-Za-z0-9._-]*")
_ADJACENT = re.compile(r"[._-]{2}")
_ADDRESS = re.compile(r"\d{1,3}(?:\.\d{1,3}){3}")
_ARN = re.compile(r"arn:[a-z-]+:cloudtrail:[a-z0-9-]+:\d{12}:trail/([A-Za-z0-9._-]+)")


def check(name: str) -> None:
    """Refuse a name that no trail can have."""
    if not name:
        raise errors.blank_name()
    if len(name) < limits.NAME_MIN:
        # evidence: page cloudtrail-trail-naming-requirements.html; words: guess
        raise errors.bad_name(_length("short", "Minimum", limits.NAME_MIN, name))
    if len(name) > limits.NAME_MAX:
        # evidence: page cloudtrail-trail-naming-requirements.html; words: guess
        raise errors.bad_name(_length("long", "Maximum", limits.NAME_MAX, name))
    if _CHARACTERS.fullmatch(name) is None:
        # evidence: page cloudtrail-trail-naming-requirements.html; words: guess
        raise errors.bad_name(
            "Trail name or ARN can only contain uppercase letters, lowercase letters, numbers, periods (.), "
            "hyphens (-), and underscores (_)."
        )
    if not name[0].isalnum() or not name[-1].isalnum():
        edge = "start" if not name[0].isalnum() else "end"
        # evidence: page cloudtrail-trail-naming-requirements.html; words: guess
        raise errors.bad_name(f"Trail name must {edge} with a letter or number.")
    if _ADJACENT.search(name) or _ADDRESS.fullmatch(name):
        # evidence: page cloudtrail-trail-naming-requirements.html; words: guess
        raise errors.bad_name(
            "Trail name cannot have adjacent periods, underscores or dashes, or be an IP address."
        )


def _length(too: str, bound: str, length: int, name: str) -> str:
    return (
        f"Trail name too {too}. {bound} allowed length: {length} characters. "
        f"Specified name length: {len(name)} characters."
    )


def arn_of(name: str, account: str, region: str) -> str:
    """The ARN of the trail that a name means in a region; an ARN means itself."""
    return name if name.startswith("arn:") else make_arn("cloudtrail", region, account, f"trail/{name}")


def name_of(name: str) -> str:
    """The name in a trail's ARN; a name is its own."""
    return name.rpartition("/")[2] if name.startswith("arn:") else name


def named(params: Params) -> str:
    """The trail that a call's parameters name, "" where they name none."""
    for member in ("name", "trail_name", "resource_id"):
        found = getattr(params, member, None)
        if isinstance(found, str):
            return found
    return ""


def owner(subject: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """Where the State is that a call or a record is about: with the account that its ARN names."""
    parts = named(subject.params).split(":")
    account = parts[4] if len(parts) > 5 and parts[4].isdigit() else subject.account
    return account, ""


def find(state: CloudTrail, call: Call[Any], name: str | UnsetType) -> Trail:
    """The trail that a call means. Refuses a name that cannot be, and one that is not there."""
    wanted = told(name, "")
    if wanted.startswith("arn:"):
        if _ARN.fullmatch(wanted) is None:
            # evidence: model; words: guess
            raise errors.bad_arn(f"{wanted} is not a valid trail ARN.")
    else:
        check(wanted)
    arn = arn_of(wanted, call.account, call.region)
    trail = state.trails.get(arn)
    if trail is None or not visible(trail, call.account, call.region) or not shared(trail, call):
        raise errors.unknown_trail(arn, call.account)
    return trail


def shared(trail: Trail, call: Call[Any]) -> bool:
    """Whether a trail is the account's, or its organization's."""
    if trail.account == call.account:
        return True
    found = organizations.of(call)
    return found is not None and found.master_account_id == trail.account


def own(state: CloudTrail, call: Call[Any], name: str | UnsetType, verb: str) -> Trail:
    """The same, where the call is to change it: by its own account, in its home region."""
    trail = find(state, call, name)
    if trail.account != call.account:
        # evidence: record edited-rules StopLogging
        raise errors.not_master(f"Cannot {verb} trail, not master trail.")
    if trail.home != call.region:
        raise errors.other_home(trail.arn, trail.home)
    return trail


def visible(trail: Trail, account: str, region: str) -> bool:
    """Whether a trail can be seen in a region of an account: at home, or as a shadow."""
    if trail.account != account and trail.organization is not True:
        return False
    return trail.home == region or trail.multi_region is not False


def at(
    state: CloudTrail, event: Event[Any, Any], name: str | UnsetType, arn: str | UnsetType = ""
) -> Trail | None:
    """The trail that a record is about, inferred where no record made it; None where it names none."""
    wanted = told(name, "")
    found = told(arn, "") or (arn_of(wanted, event.account, event.region) if wanted else "")
    if not found:
        return None
    return known(state.trails, found, event, lambda: Trail(name=name_of(found), arn=found))
