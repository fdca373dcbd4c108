"""Inventory and compliance: what agents (and others) put, and how it is read.

https://docs.aws.amazon.com/systems-manager/latest/userguide/systems-manager-inventory.html
"""

from __future__ import annotations

from collections.abc import Sequence

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail_aws.ssm import api, instances, limits
from backtrail_aws.ssm.document_reading import paged
from backtrail_aws.ssm.state import Instance, Ssm, service


@service.handle
def put_inventory(state: Ssm, call: Call[api.PutInventory]) -> api.PutInventoryResult:
    """Items of a managed instance."""
    instances.managed(state, call, [call.params.instance_id])
    return api.PutInventoryResult()


@service.project
def inventory_put(state: Ssm, event: Event[api.PutInventory, api.PutInventoryResult]) -> None:
    """The instance has the items; one without content is as it was (its hash says so), but for its time."""
    held = state.instance(event, event.params.instance_id)
    for item in event.params.items:
        old = held.inventory.get(item.type_name)
        if isinstance(item.content, UnsetType) and old is not None:
            item = api.InventoryItem(
                type_name=item.type_name, schema_version=item.schema_version, capture_time=item.capture_time,
                content_hash=told(item.content_hash, old.content_hash), content=old.content, context=item.context,
            )  # fmt: skip
        held.inventory[item.type_name] = item


@service.read
def list_inventory_entries(
    state: Ssm, call: Call[api.ListInventoryEntries]
) -> api.ListInventoryEntriesResult:
    """The entries of one type of an instance."""
    params = call.params
    instances.managed(state, call, [params.instance_id])
    held = state.instances.get(params.instance_id)
    item = held.inventory.get(params.type_name) if held is not None else None
    if item is None:
        return api.ListInventoryEntriesResult(
            type_name=params.type_name, instance_id=params.instance_id, entries=[]
        )
    entries = {f"{index:08d}": one for index, one in enumerate(told(item.content, []))}
    found = paged(entries, params.next_token, params.max_results, limits.INSTANCE_PAGE)
    return api.ListInventoryEntriesResult(
        type_name=item.type_name, instance_id=params.instance_id, schema_version=item.schema_version,
        capture_time=item.capture_time, entries=found.items, next_token=found.next or UNSET,
    )  # fmt: skip


@service.read
def get_inventory(state: Ssm, call: Call[api.GetInventory]) -> api.GetInventoryResult:
    """Instances with the types that are asked for. Filters look at instance ids alone; nothing is aggregated."""
    params = call.params
    wanted = [one.type_name for one in told(params.result_attributes, [])]
    ids = [
        value
        for one in told(params.filters, [])
        if one.key == "AWS:InstanceInformation.InstanceId"
        for value in one.values
    ]
    found = paged(
        state.instances, params.next_token, params.max_results, limits.INSTANCE_PAGE,
        lambda one: bool(one.inventory) and (not ids or one.id in ids),
    )  # fmt: skip
    return api.GetInventoryResult(
        entities=[_entity(one, wanted) for one in found.items], next_token=found.next or UNSET
    )


def _entity(one: Instance, wanted: Sequence[str]) -> api.InventoryResultEntity:
    return api.InventoryResultEntity(
        id=one.id,
        data={
            name: api.InventoryResultItem(
                type_name=name, schema_version=item.schema_version, capture_time=item.capture_time,
                content_hash=item.content_hash, content=told(item.content, []),
            )
            for name, item in one.inventory.items()
            if not wanted or name in wanted
        },
    )  # fmt: skip


# compliance


@service.handle
def put_compliance_items(state: Ssm, call: Call[api.PutComplianceItems]) -> None:
    """Items of a managed instance."""
    instances.managed(state, call, [call.params.resource_id])


@service.project
def compliance_items_put(state: Ssm, event: Event[api.PutComplianceItems, None]) -> None:
    """The instance has these items of the type: instead of the old ones, or (PARTIAL) beside them."""
    params = event.params
    held = state.instance(event, params.resource_id)
    made = [
        api.ComplianceItem(
            compliance_type=params.compliance_type, resource_type=params.resource_type,
            resource_id=params.resource_id, id=one.id, title=one.title, status=one.status, severity=one.severity,
            execution_summary=params.execution_summary, details=one.details,
        )
        for one in params.items
    ]  # fmt: skip
    if params.upload_type == "PARTIAL":
        new = {told(one.id, "") for one in made}
        made = [
            one for one in held.compliance.get(params.compliance_type, []) if told(one.id, "") not in new
        ] + made
    held.compliance[params.compliance_type] = made


@service.read
def list_compliance_items(state: Ssm, call: Call[api.ListComplianceItems]) -> api.ListComplianceItemsResult:
    """Items of one resource, or of all."""
    params = call.params
    wanted = told(params.resource_ids, [])
    items = [
        item
        for one in state.instances.values()
        if not wanted or one.id in wanted
        for several in one.compliance.values()
        for item in several
        if all(_fits(item, told(test.key, ""), told(test.values, [])) for test in told(params.filters, []))
    ]
    held = {f"{index:08d}": item for index, item in enumerate(items)}
    found = paged(held, params.next_token, params.max_results, limits.INSTANCE_PAGE)
    return api.ListComplianceItemsResult(compliance_items=found.items, next_token=found.next or UNSET)


def _fits(item: api.ComplianceItem, key: str, values: Sequence[str]) -> bool:
    read = {"ComplianceType": item.compliance_type, "Status": item.status, "Severity": item.severity}.get(
        key, UNSET
    )
    return told(read, "") in values
