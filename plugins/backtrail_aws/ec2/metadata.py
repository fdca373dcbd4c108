"""What an instance reads about itself: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html

The service of every instance stands at `/_imds/INSTANCE/latest/` of the server, versions 1 and 2. AWS's clients find it
by `AWS_EC2_METADATA_SERVICE_ENDPOINT`. How far an answer travels cannot be seen here: a request that says by the header
`X-Backtrail-Hops` that it is farther away than `HttpPutResponseHopLimit` gets no token.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime
from typing import Any

from backtrail import UnsetType, told
from backtrail_aws.ec2 import hostnames, interfaces, regions, spot_interruptions
from backtrail_aws.ec2.interface_answers import groups_shown
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_addresses import Interface
from backtrail_aws.ec2.state_compute import Instance

TREE = dict[str, Any]
"""Names -> texts, or trees of their own."""


def user_data(instance: Instance) -> bytes | None:
    """User data as it was before it was encoded; None where there is none."""
    return base64.b64decode(instance.user_data) if isinstance(instance.user_data, str) else None


def document(instance: Instance, account: str, region: str, address: str) -> str:
    """The identity document: instance-identity-documents.html"""
    time = instance.launched
    return json.dumps(
        {
            "accountId": account, "architecture": told(instance.architecture, "x86_64"),
            "availabilityZone": told(instance.zone, ""), "billingProducts": None, "devpayProductCodes": None,
            "marketplaceProductCodes": [told(one.product_code_id, "") for one in instance.products] or None,
            "imageId": told(instance.image, ""), "instanceId": instance.id, "instanceType": told(instance.type, ""),
            "kernelId": told(instance.kernel, "") or None,
            "pendingTime": time.strftime("%Y-%m-%dT%H:%M:%SZ") if isinstance(time, datetime) else None,
            "privateIp": address,
            "ramdiskId": told(instance.ramdisk, "") or None, "region": region, "version": "2017-09-30",
        },
        indent=2,
    )  # fmt: skip


def tree(state: Ec2, instance: Instance, region: str, role: str | None) -> TREE:
    """Everything under `meta-data/`, but for a role's credentials."""
    held = interfaces.of_instance(state, instance.id)
    address = _address(instance, held)
    public = _public(held)
    name = hostnames.private(address, region) if address else ""
    found: TREE = {
        "ami-id": told(instance.image, ""), "ami-launch-index": str(instance.index), "ami-manifest-path": "(unknown)",
        "hostname": name, "instance-action": "none", "instance-id": instance.id,
        "instance-life-cycle": told(instance.lifecycle, "on-demand"), "instance-type": told(instance.type, ""),
        "local-hostname": name, "local-ipv4": address, "placement": _placement(instance, region),
        "reservation-id": told(instance.reservation, ""), "services": {"domain": "amazonaws.com", "partition": "aws"},
        "block-device-mapping": _devices(state, instance),
        "network": {"interfaces": {"macs": {f"{one.mac}/": _interface(state, one, region) for one in held}}},
    }  # fmt: skip
    if held:
        found["mac"] = told(held[0].mac, "")
        found["security-groups"] = "\n".join(told(one.group_name, "") for one in groups_shown(state, held[0]))
    if public:
        found["public-ipv4"], found["public-hostname"] = public, hostnames.public(public, region)
    if (action := spot_interruptions.action_of(state, instance)) is not None:
        found["spot"] = {"instance-action": json.dumps({"action": action[0], "time": action[1]})}
        if action[0] == "terminate":
            found["spot"]["termination-time"] = action[1]
    if isinstance(instance.key, str):
        pair = state.compute.key_pairs.get(state.compute.key_names.get(instance.key, ""))
        text = told(pair.public, "") if pair is not None else ""
        found["public-keys"] = {f"0={instance.key}": {"openssh-key": text}, "0": {"openssh-key": text}}
    if role is not None and instance.profile is not None:
        info = {
            "Code": "Success",
            "InstanceProfileArn": instance.profile.arn,
            "InstanceProfileId": told(instance.profile.id, ""),
        }
        found["iam"] = {"info": json.dumps(info, indent=2), "security-credentials": {role: ""}}
    metadata = instance.metadata
    if not isinstance(metadata, UnsetType) and metadata.instance_metadata_tags == "enabled":
        found["tags"] = {"instance": dict(instance.tags)}
    return found


def _address(instance: Instance, held: list[Interface]) -> str:
    primary = held[0].primary if held else None
    return primary.address if primary is not None else told(instance.private_ip, "")


def _public(held: list[Interface]) -> str:
    primary = held[0].primary if held else None
    return "" if primary is None or isinstance(primary.public, UnsetType) else primary.public.ip


def _placement(instance: Instance, region: str) -> TREE:
    zone = regions.zone(region, told(instance.zone, ""))
    found: TREE = {"availability-zone": told(instance.zone, ""), "region": region}
    if zone is not None:
        found["availability-zone-id"] = zone.id
    if group := told(instance.placement.group_name, ""):
        found["group-name"] = group
    return found


def _devices(state: Ec2, instance: Instance) -> TREE:
    root = told(instance.root_name, "")
    others = sorted(one for one in state.compute.devices.get(instance.id, {}) if one != root)
    extra = {f"ebs{number}": one.removeprefix("/dev/") for number, one in enumerate(others, 1)}
    return {"ami": root, "root": root, **extra}


def _interface(state: Ec2, one: Interface, region: str) -> TREE:
    subnet = state.network.subnets.get(told(one.subnet, ""))
    vpc = state.network.vpcs.get(told(one.vpc, ""))
    held = one.attachment
    found: TREE = {
        "device-number": "0" if isinstance(held, UnsetType) else str(held.device_index), "interface-id": one.id,
        "local-ipv4s": "\n".join(ip.address for ip in one.private_ips), "mac": told(one.mac, ""), "owner-id": one.owner,
        "security-group-ids": "\n".join(one.groups), "subnet-id": told(one.subnet, ""), "vpc-id": told(one.vpc, ""),
        "subnet-ipv4-cidr-block": told(subnet.cidr, "") if subnet is not None else "",
        "vpc-ipv4-cidr-block": told(vpc.cidr, "") if vpc is not None else "",
    }  # fmt: skip
    if public := _public([one]):
        found["public-ipv4s"], found["public-hostname"] = public, hostnames.public(public, region)
    return found


def _inner(held: TREE, name: str) -> Any:
    return held.get(name, held.get(f"{name}/"))


def read(held: TREE, path: list[str]) -> str | None:
    """What stands at a path: a text, or the names that stand under it; None where nothing does."""
    found: Any = held
    for name in path:
        if not name:
            continue
        if isinstance(found, str):
            return None
        found = _inner(found, name)
        if found is None:
            return None
    if isinstance(found, str):
        return found
    branch: TREE = found
    return "\n".join(
        name if name.endswith("/") or not isinstance(value, dict) else f"{name}/"
        for name, value in sorted(branch.items())
        if not name.isdigit()
    )
