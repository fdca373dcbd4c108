"""Classic requests of EC2 that are not shaped as the API's: members that stand elsewhere.

Out: from the API's members under classic names to the record. In: back again. Measured, but for what is
    marked (S), which follows the SOAP API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backtrail.trail.jsons import is_list, is_object

_Tree = dict[str, Any]

# RunInstances puts what each instance is made of into a list of one.
_PER_INSTANCE = ("imageId", "minCount", "maxCount", "keyName")

# Of its placement, these stand at the top.
_PLACED = ("availabilityZone", "tenancy")

# (attribute's list in the record, the type that the record writes for it); a snapshot's is in capitals
# (measured).
_ATTRIBUTES = {
    "ModifyImageAttribute": ("launchPermission", "launchPermission", "imageId"),
    "ModifySnapshotAttribute": ("createVolumePermission", "CREATE_VOLUME_PERMISSION", "snapshotId"),
}
_API_ATTRIBUTE = {"CREATE_VOLUME_PERMISSION": "createVolumePermission", "PRODUCT_CODES": "productCodes"}


def reshape_out(action: str, written: _Tree) -> _Tree:
    """A classic request, shaped as the record shapes it."""
    change = _OUT.get(action)
    return written if change is None else change(written)


def reshape_in(action: str, held: Any) -> Any:
    """A record's classic request, shaped as the API shapes it."""
    change = _IN.get(action)
    return held if change is None or not is_object(held) else change(dict(held))


def _run_instances_out(written: _Tree) -> _Tree:
    each = {name: written.pop(name) for name in _PER_INSTANCE if name in written}
    placement = written.pop("placement", None)
    if is_object(placement):
        written.update({name: placement.pop(name) for name in _PLACED if name in placement})
        if placement:
            written["placement"] = placement
    return {"instancesSet": {"items": [each]}, **written}


def _run_instances_in(held: _Tree) -> _Tree:
    listed = held.pop("instancesSet", None)
    items = listed.get("items") if is_object(listed) else None
    if is_list(items) and items and is_object(items[0]):
        held.update(items[0])
    placed = {name: held.pop(name) for name in _PLACED if name in held}
    if placed:
        held["placement"] = {**(held.get("placement") or {}), **placed}
    return held


def _attribute_out(action: str) -> Callable[[_Tree], _Tree]:
    name, recorded, _ = _ATTRIBUTES[action]

    def change(written: _Tree) -> _Tree:
        permission = written.pop(name, None)
        operation = written.pop("operationType", None)
        users: Any = written.pop("userIdsSet", None) or []
        groups: Any = written.pop("groupNamesSet", written.pop("userGroupsSet", None)) or []
        written.pop("attribute", None)
        if is_object(permission):
            written[name] = {
                key: {"items": _items(permission[wrapped])}
                for key, wrapped in (("add", "addSet"), ("remove", "removeSet"))
                if wrapped in permission
            }
        elif operation is not None:
            grants = [{"userId": one} for one in _items(users)] + [{"group": one} for one in _items(groups)]
            written[name] = {operation: {"items": grants}}
        written["attributeType"] = recorded
        return written

    return change


def _attribute_in(action: str) -> Callable[[_Tree], _Tree]:
    def change(held: _Tree) -> _Tree:
        kind = held.pop("attributeType", None)
        if isinstance(kind, str) and "attribute" not in held:
            held["attribute"] = _API_ATTRIBUTE.get(kind, kind)
        return held

    return change


def _items(held: Any) -> list[Any]:
    if is_object(held):
        held = held.get("items", [])
    return held if is_list(held) else [held]


def _acl_entry_out(written: _Tree) -> _Tree:
    return {
        **written,
        "icmpTypeCode": written.get("icmpTypeCode", {}),
        "portRange": written.get("portRange", {}),
    }


def _acl_entry_in(held: _Tree) -> _Tree:
    return {name: value for name, value in held.items() if value != {}}


def _filtered_out(written: _Tree) -> _Tree:
    return {**written, "filterSet": {}}  # though the action has no filters (measured)


def reshape_result(action: str, written: _Tree) -> _Tree:
    """A classic answer, with what the record has and the API has not (measured)."""
    if action == "CreateInternetGateway" and is_object(written.get("internetGateway")):
        return {**written, "internetGateway": {**written["internetGateway"], "association": {}}}
    if action == "DisassociateRouteTable":
        return {"associationState": {"state": "disassociating"}, **written}
    return written


_OUT: dict[str, Callable[[_Tree], _Tree]] = {
    "CreateNetworkAclEntry": _acl_entry_out,
    "DescribeAccountAttributes": _filtered_out,
    "ModifyImageAttribute": _attribute_out("ModifyImageAttribute"),
    "ModifySnapshotAttribute": _attribute_out("ModifySnapshotAttribute"),
    "ReplaceNetworkAclEntry": _acl_entry_out,
    "RunInstances": _run_instances_out,
}
_IN: dict[str, Callable[[_Tree], _Tree]] = {
    "CreateNetworkAclEntry": _acl_entry_in,
    "ModifyImageAttribute": _attribute_in("ModifyImageAttribute"),
    "ModifySnapshotAttribute": _attribute_in("ModifySnapshotAttribute"),
    "ReplaceNetworkAclEntry": _acl_entry_in,
    "RunInstances": _run_instances_in,
}
