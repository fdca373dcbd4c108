"""What an organization says of one of its accounts (`@svc.controls`): the policies that bind it, level by level."""

from __future__ import annotations

import msgspec

from backtrail.payload import UnsetType

ORGANIZATIONS = "organizations"
"""The one service whose policies bear on the calls of all others."""


class Control(msgspec.Struct, frozen=True, kw_only=True):
    """One control policy; `document` is UNSET where no record told its text."""

    arn: str
    name: str | UnsetType
    document: str | UnsetType


class Controls(msgspec.Struct, frozen=True, kw_only=True):
    """An account's organization, whose account manages it, and where the account lies (`o-…/r-…/ou-…/`).

    `scps` bind the account's principals, `rcps` whoever reaches for its resources: from the root down, one tuple a
    level, one of each must allow. Both are empty for the management account.
    """

    organization: str
    manager: str
    path: str
    scps: tuple[tuple[Control, ...], ...] = ()
    rcps: tuple[tuple[Control, ...], ...] = ()
