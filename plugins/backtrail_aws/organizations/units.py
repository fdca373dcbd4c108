"""Organizational units."""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.organizations import api, errors, limits, tags, tree
from backtrail_aws.organizations.listing import end, listed
from backtrail_aws.organizations.state import (
    Organization,
    Organizations,
    Unit,
    forget,
    give_full,
    service,
)


def view(organization: Organization, unit: Unit) -> api.OrganizationalUnit:
    """A unit as answers show it."""
    known = unit.id in organization.units
    return api.OrganizationalUnit(
        id=unit.id,
        arn=tree.arn(organization, unit.id),
        name=unit.name,
        path=tree.path_of(organization, unit.id) if known else UNSET,
    )


@service.handle
def create_organizational_unit(
    state: Organizations, call: Call[api.CreateOrganizationalUnit]
) -> api.CreateOrganizationalUnitResult:
    """Make a unit in the root or another unit, five deep at most."""
    organization, params = tree.managed(state, call), call.params
    tree.check_parent(organization, params.parent_id)
    tags.check(call, params.tags)
    if len(tree.way_to(organization, params.parent_id)) > limits.DEPTH:
        # evidence: model; words: guess
        raise errors.constraint("OU_DEPTH_LIMIT_EXCEEDED", "You have exceeded the allowed OU depth.")
    if len(organization.units) >= call.quota("OrganizationalUnits", 2000):
        # evidence: model; words: guess
        raise errors.constraint("OU_NUMBER_LIMIT_EXCEEDED", "You have exceeded the allowed number of OUs.")
    _check_name(organization, params.parent_id, params.name, "")
    made = _made(organization, call)
    path = f"{tree.path_of(organization, params.parent_id)}{made.id}/"
    return api.CreateOrganizationalUnitResult(
        organizational_unit=api.OrganizationalUnit(
            id=made.id, arn=tree.arn(organization, made.id), name=made.name, path=path
        )
    )


@service.project
def unit_created(
    state: Organizations, event: Event[api.CreateOrganizationalUnit, api.CreateOrganizationalUnitResult]
) -> None:
    """There is this unit."""
    organization, result = state.told_by(event), event.result.organizational_unit
    tree.known_target(state, organization, event.params.parent_id, event)
    made = _made(organization, event)
    if not isinstance(result, UnsetType):
        made.id = told(result.id, made.id)
        if isinstance(organization.id, UnsetType) and not isinstance(result.arn, UnsetType):
            organization.id = result.arn.split("/")[1] if result.arn.count("/") == 2 else UNSET
    organization.units[made.id] = made
    give_full(organization, made.id)
    tags.put(organization, made.id, event.params.tags)


def _made(
    organization: Organization,
    call: Call[api.CreateOrganizationalUnit]
    | Event[api.CreateOrganizationalUnit, api.CreateOrganizationalUnitResult],
) -> Unit:
    root = told(organization.root, "r-0000").removeprefix("r-")
    return Unit(
        id=f"ou-{root}-{call.new_id('hex8', 'unit')}", parent=call.params.parent_id, name=call.params.name
    )


def _check_name(organization: Organization, parent: str, name: str, own: str) -> None:
    if any(one.name == name and one.id != own for one in tree.units_in(organization, parent).values()):
        raise errors.unit_exists()


@service.read
def describe_organizational_unit(
    state: Organizations, call: Call[api.DescribeOrganizationalUnit]
) -> api.DescribeOrganizationalUnitResult:
    """One unit."""
    organization = tree.seen(state, call)
    found = tree.unit(organization, call.params.organizational_unit_id)
    return api.DescribeOrganizationalUnitResult(organizational_unit=view(organization, found))


@service.handle
def update_organizational_unit(
    state: Organizations, call: Call[api.UpdateOrganizationalUnit]
) -> api.UpdateOrganizationalUnitResult:
    """Give a unit another name."""
    organization, params = tree.managed(state, call), call.params
    found = tree.unit(organization, params.organizational_unit_id)
    name = told(params.name, told(found.name, ""))
    if not isinstance(found.parent, UnsetType):
        _check_name(organization, found.parent, name, found.id)
    shown = api.OrganizationalUnit(
        id=found.id,
        arn=tree.arn(organization, found.id),
        name=name or UNSET,
        path=tree.path_of(organization, found.id),
    )
    return api.UpdateOrganizationalUnitResult(organizational_unit=shown)


@service.project
def unit_updated(
    state: Organizations, event: Event[api.UpdateOrganizationalUnit, api.UpdateOrganizationalUnitResult]
) -> None:
    """The unit has this name."""
    unit = tree.known_unit(state.told_by(event), event.params.organizational_unit_id, event)
    unit.name = told(event.params.name, unit.name) if event.params.name is not UNSET else unit.name


@service.handle
def delete_organizational_unit(state: Organizations, call: Call[api.DeleteOrganizationalUnit]) -> None:
    """Delete a unit in which nothing lies."""
    organization = tree.managed(state, call)
    found = tree.unit(organization, call.params.organizational_unit_id)
    if tree.accounts_in(organization, found.id) or tree.units_in(organization, found.id):
        raise errors.unit_not_empty()


@service.project
def unit_deleted(state: Organizations, event: Event[api.DeleteOrganizationalUnit, None]) -> None:
    """The unit is gone."""
    organization = state.told_by(event)
    organization.units.pop(event.params.organizational_unit_id, None)
    forget(organization, event.params.organizational_unit_id)


@service.evidence
def unit_was_gone(state: Organizations, event: Event[api.DeleteOrganizationalUnit, None]) -> None:
    """What cannot be found to be deleted is gone."""
    organization = state.of(event.account)
    if event.error == "OrganizationalUnitNotFoundException" and organization is not None:
        organization.units.pop(event.params.organizational_unit_id, None)
        forget(organization, event.params.organizational_unit_id)


@service.read
def list_organizational_units_for_parent(
    state: Organizations, call: Call[api.ListOrganizationalUnitsForParent]
) -> api.ListOrganizationalUnitsForParentResult:
    """The units that lie in a root or unit itself."""
    organization = tree.seen(state, call)
    tree.check_parent(organization, call.params.parent_id)
    page = listed(tree.units_in(organization, call.params.parent_id), call.params)
    return api.ListOrganizationalUnitsForParentResult(
        organizational_units=[view(organization, one) for one in page.items], next_token=end(page)
    )


@service.read
def list_children(state: Organizations, call: Call[api.ListChildren]) -> api.ListChildrenResult:
    """The ids of the units, or of the accounts, that lie in a root or unit itself."""
    organization, params = tree.seen(state, call), call.params
    tree.check_parent(organization, params.parent_id)
    if params.child_type not in (tree.ACCOUNT, tree.UNIT):
        raise errors.invalid("INVALID_ENUM")
    inside = tree.accounts_in if params.child_type == tree.ACCOUNT else tree.units_in
    found = {one: api.Child(id=one, type=params.child_type) for one in inside(organization, params.parent_id)}
    page = listed(found, params)
    return api.ListChildrenResult(children=page.items, next_token=end(page))


@service.read
def list_parents(state: Organizations, call: Call[api.ListParents]) -> api.ListParentsResult:
    """What a unit or an account lies in: one root or unit."""
    organization, child = tree.seen(state, call), call.params.child_id
    if tree.kind_of(child) not in (tree.ACCOUNT, tree.UNIT):
        raise errors.invalid("INVALID_PATTERN_TARGET_ID")
    if not tree.is_there(organization, child):
        raise errors.no_child()
    parent = tree.parent_of(organization, child)
    found = {parent: api.Parent(id=parent, type=tree.kind_of(parent) or UNSET)} if parent is not None else {}
    page = listed(found, call.params)
    return api.ListParentsResult(parents=page.items, next_token=end(page))
