"""Managed prefix lists, and AWS's own: https://docs.aws.amazon.com/vpc/latest/userguide/managed-prefix-lists.html"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, aws_prefix_lists, cidrs, errors, filters, tags, uses
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_gateways import PrefixList, PrefixListVersion

PREFIX_LISTS = Kind(
    "prefix-list", "pl", PrefixList, lambda state: state.gateways.prefix_lists,
    code="InvalidPrefixListID.NotFound", noun="prefix list ID", malformed="InvalidPrefixListId.Malformed",
    cloudformation="AWS::EC2::PrefixList", parameters=("prefix_list_id", "prefix_list_ids"),
    created_by=("CreateManagedPrefixList",),
)  # fmt: skip

_ENTRIES_MAX = 1_000  # API_CreateManagedPrefixList; vpc/latest/userguide/amazon-vpc-limits.html
_CHANGES_MAX = 100  # API_ModifyManagedPrefixList: entries in one request


# create


@service.handle(token="client_token")
def create_managed_prefix_list(
    state: Ec2, call: Call[api.CreateManagedPrefixList]
) -> api.CreateManagedPrefixListResult:
    """A list of blocks of one family, with room for so many."""
    params = call.params
    tags.check_new(params.tag_specifications, "prefix-list")
    if params.address_family not in ("IPv4", "IPv6"):
        # evidence: guess
        raise errors.invalid(f"Value ({params.address_family}) for parameter AddressFamily is invalid.")
    if params.prefix_list_name.startswith("com.amazonaws"):
        # evidence: page API_CreateManagedPrefixList (the rule); words: guess
        raise errors.invalid("The prefix list name cannot start with com.amazonaws.")
    if not 1 <= params.max_entries <= _ENTRIES_MAX:
        # evidence: https://github.com/aws-samples/update-aws-ip-ranges/issues/1
        raise errors.invalid(f"Must specify a max size between 1 and {_ENTRIES_MAX}")
    given = told(params.entries, [])
    _check_count(given)
    _check(given, params.address_family)
    if len(given) > params.max_entries:
        raise too_many(params.max_entries)
    made = PrefixList(
        id=call.new_id("pl"), name=params.prefix_list_name, family=params.address_family, most=params.max_entries,
        tags=tags.given(params.tag_specifications, "prefix-list"),
    )  # fmt: skip
    made.arn = PREFIX_LISTS.arn(call, made.id)
    return api.CreateManagedPrefixListResult(prefix_list=shown(made, "create-in-progress"))


def _check_count(entries: Sequence[object]) -> None:
    if len(entries) > _CHANGES_MAX:
        # evidence: https://github.com/hashicorp/terraform-provider-aws/pull/49955
        raise errors.invalid(f"The number of entries per request cannot exceeds limit ({_CHANGES_MAX}).")


def _check(entries: list[api.AddPrefixListEntry], family: str) -> None:
    """Refuse what is no block of the family, and a block that stands twice."""
    seen: set[str] = set()
    for one in entries:
        cidr = told(one.cidr, "")
        block = cidrs.parsed(cidr)
        if block is None or (block.version == 4) != (family == "IPv4"):
            # evidence: guess
            raise errors.invalid(f"Value ({cidr}) for parameter Cidr is invalid.")
        if cidr in seen:
            # evidence: guess
            raise errors.invalid(f"The CIDR {cidr} is specified more than once.")
        seen.add(cidr)


@service.project
def managed_prefix_list_created(
    state: Ec2, event: Event[api.CreateManagedPrefixList, api.CreateManagedPrefixListResult]
) -> None:
    """The list is there, in its first version."""
    made = told(event.result.prefix_list, api.ManagedPrefixList())
    if isinstance(made.prefix_list_id, UnsetType):
        return
    params = event.params
    held = PREFIX_LISTS.known(state, event, made.prefix_list_id)
    held.name, held.family, held.most = params.prefix_list_name, params.address_family, params.max_entries
    held.versions = {"1": PrefixListVersion(entries=_entries(told(params.entries, [])))}
    held.tags = tags.given(params.tag_specifications, "prefix-list")


def _entries(given: list[api.AddPrefixListEntry]) -> dict[str, str]:
    return {told(one.cidr, ""): told(one.description, "") for one in given}


# modify


@service.handle
def modify_managed_prefix_list(
    state: Ec2, call: Call[api.ModifyManagedPrefixList]
) -> api.ModifyManagedPrefixListResult:
    """A new version where entries change; the caller says which version he changes."""
    params = call.params
    held = PREFIX_LISTS.find(state, params.prefix_list_id)
    add, remove = told(params.add_entries, []), told(params.remove_entries, [])
    if (add or remove) and isinstance(params.current_version, UnsetType):
        raise errors.missing("CurrentVersion")
    if not isinstance(params.current_version, UnsetType) and params.current_version != held.version:
        # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/43528
        raise Refusal("PrefixListVersionMismatch", "The prefix list has the incorrect version number.")
    if (add or remove) and not isinstance(params.max_entries, UnsetType):
        # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/26034
        raise errors.combination(
            "You cannot modify the entries and the maximum entries for the prefix list in the same request."
        )
    _check_count(add)
    _check_count(remove)
    _check(add, told(held.family, "IPv4"))
    for one in remove:
        if told(one.cidr, "") not in held.entries and held.versions:
            # evidence: guess
            raise errors.invalid(f"The CIDR {told(one.cidr, '')} is not in the prefix list.")
    _check_new(held, add, {told(one.cidr, "") for one in remove})
    after = _changed(held, add, remove)
    most = told(params.max_entries, told(held.most, _ENTRIES_MAX))
    if len(after) > most:
        raise too_many(most)
    return api.ModifyManagedPrefixListResult(prefix_list=shown(held, "modify-in-progress"))


def _check_new(held: PrefixList, add: list[api.AddPrefixListEntry], gone: set[str]) -> None:
    for one in add:
        cidr, text = told(one.cidr, ""), told(one.description, "")
        if cidr not in gone and held.entries.get(cidr) == text:
            # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/29204
            raise Refusal(
                "InvalidPrefixListModification",
                f"An entry with the CIDR ({cidr}) and description ({text}) already exists.",
            )


def _changed(
    held: PrefixList, add: list[api.AddPrefixListEntry], remove: list[api.RemovePrefixListEntry]
) -> dict[str, str]:
    gone = {told(one.cidr, "") for one in remove}
    return {**{cidr: text for cidr, text in held.entries.items() if cidr not in gone}, **_entries(add)}


@service.project
def managed_prefix_list_modified(
    state: Ec2, event: Event[api.ModifyManagedPrefixList, api.ModifyManagedPrefixListResult]
) -> None:
    """The list is as it was asked for, in a new version where its entries changed."""
    params = event.params
    held = PREFIX_LISTS.known(state, event, params.prefix_list_id)
    held.name = told(params.prefix_list_name, held.name)
    held.most = told(params.max_entries, held.most)
    held.last = "modify-complete"
    add, remove = told(params.add_entries, []), told(params.remove_entries, [])
    if add or remove:
        after = PrefixListVersion(entries=_changed(held, add, remove))
        held.version = told(params.current_version, held.version) + 1
        held.versions[str(held.version)] = after


# delete


@service.handle
def delete_managed_prefix_list(
    state: Ec2, call: Call[api.DeleteManagedPrefixList]
) -> api.DeleteManagedPrefixListResult:
    """Refuse while a route or a rule has it."""
    held = PREFIX_LISTS.find(state, call.params.prefix_list_id)
    if uses.used(state, "prefix-list", held.id):
        raise errors.in_use("prefix list", held.id)
    return api.DeleteManagedPrefixListResult(prefix_list=shown(held, "delete-in-progress"))


@service.project
def managed_prefix_list_deleted(
    state: Ec2, event: Event[api.DeleteManagedPrefixList, api.DeleteManagedPrefixListResult]
) -> None:
    """The list is gone."""
    state.gateways.prefix_lists.pop(event.params.prefix_list_id, None)


@service.evidence
def managed_prefix_list_was_gone(state: Ec2, event: Event[api.DeleteManagedPrefixList, None]) -> None:
    """A list that could not be deleted because it is not there is not there."""
    if event.error == "Client.InvalidPrefixListID.NotFound":
        state.gateways.prefix_lists.pop(event.params.prefix_list_id, None)


# describe


def of_aws(region: str) -> Iterator[PrefixList]:
    """The lists that AWS manages."""
    for identifier, (name, blocks) in aws_prefix_lists.LISTS.items():
        yield PrefixList(
            id=identifier, arn=f"arn:aws:ec2:{region}:aws:prefix-list/{identifier}", name=name.format(region),
            family="IPv4", versions={"1": PrefixListVersion(entries=dict.fromkeys(blocks, ""))},
        )  # fmt: skip


_FIELDS: filters.Fields[PrefixList] = {
    "owner-id": lambda one: _owner(one),
    "prefix-list-id": lambda one: one.id,
    "prefix-list-name": lambda one: one.name,
}
"""API_DescribeManagedPrefixLists: Filters."""


def _owner(held: PrefixList) -> str:
    return "AWS" if held.owner == "aws" else held.owner


def _all(state: Ec2, call: Call[Any]) -> dict[str, PrefixList]:
    found = [*of_aws(call.region), *state.gateways.prefix_lists.values()]
    return {one.id: one for one in sorted(found, key=lambda one: one.id)}


def _named(state: Ec2, call: Call[Any], ids: list[str] | UnsetType) -> dict[str, PrefixList]:
    """All lists, or those of some ids. Raises `Refusal`."""
    everything = _all(state, call)
    wanted = told(ids, [])
    if lost := [one for one in wanted if one not in everything]:
        PREFIX_LISTS.find_all(state, lost)
    return {one: everything[one] for one in sorted(set(wanted))} if wanted else everything


@service.read
def describe_managed_prefix_lists(
    state: Ec2, call: Call[api.DescribeManagedPrefixLists]
) -> api.DescribeManagedPrefixListsResult:
    """One's own lists and AWS's, in the order of their ids."""
    keep = filters.tagged(call.params.filters, _FIELDS)
    page = filters.paged(call, _named(state, call, call.params.prefix_list_ids), keep, bounds=(1, 100))
    return api.DescribeManagedPrefixListsResult(
        prefix_lists=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


@service.read
def get_managed_prefix_list_entries(
    state: Ec2, call: Call[api.GetManagedPrefixListEntries]
) -> api.GetManagedPrefixListEntriesResult:
    """The blocks of one version; of the one in use where none is named."""
    params = call.params
    held = _named(state, call, [params.prefix_list_id])[params.prefix_list_id]
    version = held.versions.get(str(told(params.target_version, held.version)))
    if version is None:
        # evidence: guess
        raise errors.invalid(f"The prefix list version '{told(params.target_version, 0)}' does not exist.")
    entries = {
        cidr: api.PrefixListEntry(cidr=cidr, description=text or UNSET)
        for cidr, text in sorted(version.entries.items())
    }
    page = filters.paged(call, entries, bounds=(1, 100))
    return api.GetManagedPrefixListEntriesResult(entries=page.items, next_token=page.next or UNSET)


@service.read
def describe_prefix_lists(state: Ec2, call: Call[api.DescribePrefixLists]) -> api.DescribePrefixListsResult:
    """AWS's lists alone."""
    keep = filters.tagged(call.params.filters, _FIELDS)
    mine = {one.id: one for one in sorted(of_aws(call.region), key=lambda one: one.id)}
    wanted = told(call.params.prefix_list_ids, [])
    if lost := [one for one in wanted if one not in mine]:
        raise errors.not_found("InvalidPrefixListID.NotFound", "prefix list ID", lost)
    page = filters.paged(call, {one: mine[one] for one in sorted(set(wanted) or mine)}, keep)
    return api.DescribePrefixListsResult(
        prefix_lists=[
            api.PrefixList(cidrs=list(one.entries), prefix_list_id=one.id, prefix_list_name=one.name)
            for one in page.items
        ],
        next_token=page.next or UNSET,
    )


def shown(held: PrefixList, state: str | None = None) -> api.ManagedPrefixList:
    """A list as answers show it."""
    return api.ManagedPrefixList(
        prefix_list_id=held.id, address_family=held.family, state=state or held.last, prefix_list_arn=held.arn,
        prefix_list_name=held.name, max_entries=held.most,
        version=UNSET if held.owner == "aws" else held.version, tags=tags.shown(held.tags), owner_id=_owner(held),
    )  # fmt: skip


def too_many(most: int) -> Refusal:
    """A list has no room for so many."""
    # evidence: page errors-overview.html (PrefixListMaxEntriesExceeded); words: guess
    return Refusal(
        "PrefixListMaxEntriesExceeded",
        f"You've reached the maximum number of entries ({most}) for the prefix list.",
    )


@uses.of("prefix-list")
def in_routes_or_rules(state: Ec2, prefix_list: str) -> bool:
    """Whether a route or a security group's rule has a list."""
    network = state.network
    return any(prefix_list in table.routes for table in network.route_tables.values()) or any(
        rule.prefix_list == prefix_list for rule in network.rules.values()
    )
