"""Invitations, and the request to enable all features.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_invites.html
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

import msgspec

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.organizations import api, errors, limits, tags, tree
from backtrail_aws.organizations.listing import end, listed
from backtrail_aws.organizations.state import Account, Handshake, Organizations, oid, service

OPEN: Final = ("REQUESTED", "OPEN")


def view(state: Organizations, handshake: Handshake) -> api.Handshake:
    """A handshake as answers show it."""
    organization = state.organizations.get(handshake.manager)
    own = oid(organization) if organization is not None else "o-unknown"
    action = handshake.action.lower()
    return api.Handshake(
        id=handshake.id,
        arn=f"arn:aws:organizations::{handshake.manager}:handshake/{own}/{action}/{handshake.id}",
        parties=[api.HandshakeParty(id=own.removeprefix("o-"), type="ORGANIZATION"), *_invited(handshake)],
        state=handshake.state,
        requested_timestamp=handshake.requested,
        expiration_timestamp=handshake.expires,
        action=handshake.action,
        resources=_resources(state, handshake, own),
    )


def _invited(handshake: Handshake) -> list[api.HandshakeParty]:
    if handshake.action != "INVITE":
        return []
    if not isinstance(handshake.email, UnsetType):
        return [api.HandshakeParty(id=handshake.email, type="EMAIL")]
    return [api.HandshakeParty(id=handshake.account, type="ACCOUNT")]


def _resources(state: Organizations, handshake: Handshake, own: str) -> list[api.HandshakeResource]:
    organization = state.organizations.get(handshake.manager)
    manager = organization.accounts.get(handshake.manager) if organization is not None else None
    within = [
        api.HandshakeResource(type="MASTER_EMAIL", value=manager.email if manager is not None else UNSET),
        api.HandshakeResource(type="MASTER_NAME", value=manager.name if manager is not None else UNSET),
        api.HandshakeResource(
            type="ORGANIZATION_FEATURE_SET",
            value=organization.features if organization is not None else UNSET,
        ),
    ]
    found = [api.HandshakeResource(type="ORGANIZATION", value=own, resources=within)]
    found += [api.HandshakeResource(type=one.type, value=one.id) for one in _invited(handshake)]
    if not isinstance(handshake.notes, UnsetType):
        found.append(api.HandshakeResource(type="NOTES", value=handshake.notes))
    return found


# inviting


@service.handle
def invite_account_to_organization(
    state: Organizations, call: Call[api.InviteAccountToOrganization]
) -> api.InviteAccountToOrganizationResult:
    """Invite an account, by its number or its address."""
    organization, params = tree.managed(state, call), call.params
    if params.target.type not in ("ACCOUNT", "EMAIL"):
        raise errors.invalid("INVALID_PARTY_TYPE_TARGET")
    if params.target.type == "ACCOUNT" and tree.kind_of(params.target.id) != tree.ACCOUNT:
        raise errors.invalid("INVALID_PATTERN_TARGET_ID")
    tags.check(call, params.tags)
    made = _made(call)
    if state.of(made.account) is organization:
        raise errors.handshake_refused(
            # evidence: model; words: guess
            "ALREADY_IN_AN_ORGANIZATION",
            "The account is already in the organization.",
        )
    for held in state.handshakes.values():
        same = (held.manager, held.account, held.email) == (made.manager, made.account, made.email)
        if same and held.action == "INVITE" and _state(held, call) in OPEN:
            raise errors.handshake_exists()
    return api.InviteAccountToOrganizationResult(handshake=view(state, made))


@service.project
def account_invited(
    state: Organizations,
    event: Event[api.InviteAccountToOrganization, api.InviteAccountToOrganizationResult],
) -> None:
    """The invitation is open."""
    organization, made, result = state.told_by(event), _made(event), event.result.handshake
    if not isinstance(result, UnsetType):
        made.id = told(result.id, made.id)
    made.manager = organization.manager
    state.handshakes[made.id] = made


def _made(
    call: Call[api.InviteAccountToOrganization]
    | Event[api.InviteAccountToOrganization, api.InviteAccountToOrganizationResult],
) -> Handshake:
    target = call.params.target
    return Handshake(
        id=f"h-{call.new_id('hex32', 'handshake')}",
        manager=call.account,
        account=target.id if target.type == "ACCOUNT" else "",
        email=target.id if target.type == "EMAIL" else UNSET,
        requested=SpacedTime.of(call.time),
        expires=SpacedTime.of(call.time + timedelta(days=limits.INVITATION_DAYS)),
        notes=call.params.notes,
        tags={tag.key: tag.value for tag in told(call.params.tags, [])},
    )


# answering


def _state(handshake: Handshake, call: Call[Any]) -> str:
    """The state now: what is open expires."""
    over = not isinstance(handshake.expires, UnsetType) and call.time >= handshake.expires
    return "EXPIRED" if over and handshake.state in OPEN else handshake.state


def _open(state: Organizations, call: Call[Any], id: str, *, by_manager: bool) -> Handshake:
    """An open handshake that is the caller's to end. Raises `Refusal`."""
    found = state.handshakes.get(id)
    if found is None:
        raise errors.no_handshake()
    whose = found.manager if by_manager or found.action != "INVITE" else found.account
    if whose and call.account != whose:
        raise errors.not_allowed()
    now = _state(found, call)
    if now not in OPEN:
        raise errors.handshake_over(now)
    return found


def _ended(state: Organizations, handshake: Handshake, new: str) -> api.Handshake:
    return view(state, msgspec.structs.replace(handshake, state=new))


@service.handle
def accept_handshake(state: Organizations, call: Call[api.AcceptHandshake]) -> api.AcceptHandshakeResult:
    """Join the organization that invited, or enable all features."""
    found = _open(state, call, call.params.handshake_id, by_manager=False)
    if found.action == "INVITE" and state.of(call.account) is not None:
        raise errors.handshake_refused(
            # evidence: model; words: guess
            "ALREADY_IN_AN_ORGANIZATION",
            "The account is already a member of an organization.",
        )
    return api.AcceptHandshakeResult(handshake=_ended(state, found, "ACCEPTED"))


@service.project
def handshake_accepted(
    state: Organizations, event: Event[api.AcceptHandshake, api.AcceptHandshakeResult]
) -> None:
    """The account is in the organization, in its root; or all features are enabled."""
    handshake = state.handshakes.get(event.params.handshake_id)
    organization = state.organizations.get(handshake.manager) if handshake is not None else None
    if handshake is None or organization is None:
        return
    handshake.state = "ACCEPTED"
    if handshake.action != "INVITE":
        organization.features = "ALL"
        return
    handshake.account = event.account
    account = Account(
        id=event.account,
        parent=organization.root,
        name=event.account,
        email=told(handshake.email, f"root@{event.account}.example.com"),
        joined_method="INVITED",
        joined=SpacedTime.of(event.time),
    )
    state.join(organization, account)
    if handshake.tags:
        organization.tags[event.account] = dict(handshake.tags)


@service.handle
def decline_handshake(state: Organizations, call: Call[api.DeclineHandshake]) -> api.DeclineHandshakeResult:
    """Refuse an invitation."""
    found = _open(state, call, call.params.handshake_id, by_manager=False)
    return api.DeclineHandshakeResult(handshake=_ended(state, found, "DECLINED"))


@service.project
def handshake_declined(
    state: Organizations, event: Event[api.DeclineHandshake, api.DeclineHandshakeResult]
) -> None:
    """The invitation is refused."""
    _end(state, event.params.handshake_id, "DECLINED")


@service.handle
def cancel_handshake(state: Organizations, call: Call[api.CancelHandshake]) -> api.CancelHandshakeResult:
    """Take an invitation back."""
    found = _open(state, call, call.params.handshake_id, by_manager=True)
    return api.CancelHandshakeResult(handshake=_ended(state, found, "CANCELED"))


@service.project
def handshake_canceled(
    state: Organizations, event: Event[api.CancelHandshake, api.CancelHandshakeResult]
) -> None:
    """The invitation is taken back."""
    _end(state, event.params.handshake_id, "CANCELED")


def _end(state: Organizations, id: str, new: str) -> None:
    handshake = state.handshakes.get(id)
    if handshake is not None:
        handshake.state = new


# looking


@service.read
def describe_handshake(
    state: Organizations, call: Call[api.DescribeHandshake]
) -> api.DescribeHandshakeResult:
    """One handshake, for whoever is a party of it."""
    found = state.handshakes.get(call.params.handshake_id)
    if found is None or call.account not in (found.manager, found.account):
        raise errors.no_handshake()
    return api.DescribeHandshakeResult(handshake=_ended(state, found, _state(found, call)))


@service.read
def list_handshakes_for_account(
    state: Organizations, call: Call[api.ListHandshakesForAccount]
) -> api.ListHandshakesForAccountResult:
    """The handshakes that wait, or waited, for the caller's account."""
    wanted = _action(call.params.filter)
    page = listed(
        state.handshakes,
        call.params,
        lambda one: one.account == call.account and wanted in ("", one.action),
    )
    shown = [_ended(state, one, _state(one, call)) for one in page.items]
    return api.ListHandshakesForAccountResult(handshakes=shown, next_token=end(page))


@service.read
def list_handshakes_for_organization(
    state: Organizations, call: Call[api.ListHandshakesForOrganization]
) -> api.ListHandshakesForOrganizationResult:
    """The handshakes that the organization began."""
    organization, wanted = tree.seen(state, call), _action(call.params.filter)
    page = listed(
        state.handshakes,
        call.params,
        lambda one: one.manager == organization.manager and wanted in ("", one.action),
    )
    shown = [_ended(state, one, _state(one, call)) for one in page.items]
    return api.ListHandshakesForOrganizationResult(handshakes=shown, next_token=end(page))


def _action(filter: api.HandshakeFilter | UnsetType) -> str:
    return "" if isinstance(filter, UnsetType) else told(filter.action_type, "")
