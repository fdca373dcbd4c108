"""Records that AWS made: what they imply of networks, and a real incident, second by second."""

from __future__ import annotations

import json
import random
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

import backtrail_aws.ec2
from backtrail.machine import Folded, Machine
from backtrail.order import fold_key
from backtrail.plugins import Registry
from backtrail.record import Event
from backtrail.testing import ACCOUNT, EPOCH, REGION
from backtrail.trail.forms import form_of
from backtrail_aws.ec2 import api, assumed, security_groups
from backtrail_aws.ec2.shared_snapshots import SharedSnapshotVolumeCreated
from backtrail_aws.ec2.state import Ec2 as State
from backtrail_aws.ec2.trail import TRAIL

from .ec2_scenario import Ec2, where

REAL = (
    "classroom-2017",
    "custodian",
    "denied-calls",
    "incident-a",
    "production-a",
    "production-b",
    "techniques",
)
HELD = {
    "vpc": "vpcs",
    "subnet": "subnets",
    "route-table": "route_tables",
    "internet-gateway": "internet_gateways",
}
"""The ledger's types that stand among the networks, and where."""


def record(action: str, params: Any, result: Any = None, **more: Any) -> bytes:
    """A record as CloudTrail delivers it."""
    made = {
        "eventVersion": "1.08", "userIdentity": {"type": "Root", "accountId": ACCOUNT},
        "eventTime": "2023-07-10T11:54:39Z", "eventSource": "ec2.amazonaws.com", "eventName": action,
        "awsRegion": "us-east-1", "requestParameters": params, "responseElements": result,
        "eventID": "ff709962-49b6-494d-8198-cdf0f7e8e666", "recipientAccountId": ACCOUNT,
    }  # fmt: skip
    return json.dumps(made | more).encode()


def fold(ec2: Ec2, action: str, params: Any, result: Any = None, **more: Any) -> Folded:
    """Fold a foreign record; no projector may break."""
    folded = ec2.machine.apply(record(action, params, result, **more))
    assert not ec2.machine.folder.broken, ec2.machine.folder.broken
    assert isinstance(folded, Folded)
    return folded


def records(trails: Path, name: str) -> list[dict[str, Any]]:
    """EC2's records of a trail, in fold order."""
    parsed = [json.loads(line) for line in (trails / f"{name}.jsonl").read_text().splitlines()]
    return sorted((one for one in parsed if one.get("eventSource") == "ec2.amazonaws.com"), key=fold_key)


def test_a_vpc_that_nobody_saw_being_made() -> None:
    """What a record refers to is inferred, with everything else unknown, and left out of answers."""
    ec2 = Ec2()
    made = {"subnet": {"subnetId": "subnet-1", "cidrBlock": "10.0.0.0/24", "availabilityZone": "us-east-1a"}}
    folded = fold(ec2, "CreateSubnet", {"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}, made)
    assert folded is Folded.INFERRED
    (vpc,) = ec2.did(api.DescribeVpcs(vpc_ids=["vpc-1"])).vpcs
    assert (vpc.owner_id, vpc.cidr_block) == (ACCOUNT, vpc.is_default)
    ec2.given(api.CreateSubnet(vpc_id="vpc-1", cidr_block="10.9.0.0/24"))
    ec2.when(api.CreateSubnet(vpc_id="vpc-1", cidr_block="10.0.0.0/25")).refused("InvalidSubnet.Conflict")


def test_rules_of_a_group_that_nobody_saw_being_made() -> None:
    """Rules are learnt as they come; one that nobody knew can be revoked."""
    ec2 = Ec2()
    permissions = {
        "items": [
            {
                "ipProtocol": "tcp", "fromPort": 22, "toPort": 22, "groups": {},
                "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]}, "ipv6Ranges": {}, "prefixListIds": {},
            }
        ]
    }  # fmt: skip
    params = {"groupId": "sg-1", "ipPermissions": permissions}
    assert fold(ec2, "AuthorizeSecurityGroupIngress", params, {"_return": True}) is Folded.INFERRED
    (group,) = ec2.did(api.DescribeSecurityGroups(filters=where(group_id="sg-1"))).security_groups
    assert group.ip_permissions[0].ip_ranges[0].cidr_ip == "0.0.0.0/0"
    fold(ec2, "RevokeSecurityGroupIngress", params, {"_return": True})
    (group,) = ec2.did(api.DescribeSecurityGroups(filters=where(group_id="sg-1"))).security_groups
    assert group.ip_permissions == []
    everything = api.IpPermission(ip_protocol="-1", ip_ranges=[api.IpRange(cidr_ip="0.0.0.0/0")])
    ec2.given(api.RevokeSecurityGroupEgress(group_id="sg-1", ip_permissions=[everything]))


def test_what_could_not_be_deleted_is_gone() -> None:
    """A failure that says that something is not there takes away what was thought to be there."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    fold(ec2, "DeleteVpc", {"vpcId": vpc}, errorCode="Client.InvalidVpcID.NotFound", errorMessage="gone")
    ec2.when(api.DescribeVpcs(vpc_ids=[vpc])).refused("InvalidVpcID.NotFound")


def test_the_create_comes_after_what_it_is_for() -> None:
    """Within one second the order is anybody's: what was learnt before a VPC's own record stays."""
    ec2 = Ec2()
    made = {"subnet": {"subnetId": "subnet-1", "cidrBlock": "10.0.0.0/24", "availabilityZone": "us-east-1a"}}
    fold(ec2, "CreateTags", {"resourcesSet": {"items": [{"resourceId": "vpc-0123456789abcdef0"}]},
                             "tagSet": {"items": [{"key": "a", "value": "b"}]}})  # fmt: skip
    fold(ec2, "CreateSubnet", {"vpcId": "vpc-0123456789abcdef0", "cidrBlock": "10.0.0.0/24"}, made)
    vpc = {"vpc": {"vpcId": "vpc-0123456789abcdef0", "cidrBlock": "10.0.0.0/16", "state": "pending"}}
    fold(ec2, "CreateVpc", {"cidrBlock": "10.0.0.0/16"}, vpc)
    (shown,) = ec2.did(api.DescribeVpcs(vpc_ids=["vpc-0123456789abcdef0"])).vpcs
    assert [(one.key, one.value) for one in shown.tags] == [("a", "b")]
    (acl,) = ec2.did(api.DescribeNetworkAcls(filters=where(vpc_id="vpc-0123456789abcdef0"))).network_acls
    assert [one.subnet_id for one in acl.associations] == ["subnet-1"]


def test_a_table_tells_its_vpcs_block() -> None:
    """The local route of a new table tells the block of a VPC that nobody saw being made."""
    ec2 = Ec2()
    local = {"destinationCidrBlock": "10.0.0.0/16", "gatewayId": "local", "state": "active"}
    table = {"routeTable": {"routeTableId": "rtb-1", "vpcId": "vpc-1", "routeSet": {"items": [local]}}}
    fold(ec2, "CreateRouteTable", {"vpcId": "vpc-1"}, table)
    (shown,) = ec2.did(api.DescribeVpcs(vpc_ids=["vpc-1"])).vpcs
    assert shown.cidr_block == "10.0.0.0/16"
    ec2.when(api.CreateSubnet(vpc_id="vpc-1", cidr_block="10.9.0.0/24")).refused("InvalidSubnet.Range")


def test_the_default_network_is_told_its_names() -> None:
    """What was put where no network was named tells what the account's default VPC and subnet are called."""
    ec2 = Ec2()
    event = Event[Any, Any](
        id="e", time=EPOCH, source="ec2.amazonaws.com", name="RunInstances", account=ACCOUNT, region=REGION,
        params=None, result=None,
    )  # fmt: skip
    for _ in range(2):
        assumed.default_network_is(ec2.state(), event, "vpc-real", "subnet-real", "us-east-1b")
    assert ec2.default_vpc() == "vpc-real"
    (subnet,) = ec2.did(api.DescribeSubnets(filters=where(availability_zone="us-east-1b"))).subnets
    assert (subnet.subnet_id, subnet.vpc_id, subnet.cidr_block) == (
        "subnet-real",
        "vpc-real",
        "172.31.16.0/20",
    )
    (acl,) = ec2.did(api.DescribeNetworkAcls()).network_acls
    assert "subnet-real" in {one.subnet_id for one in acl.associations}
    assert acl.vpc_id == "vpc-real"
    (group,) = ec2.did(api.DescribeSecurityGroups(group_names=["default"])).security_groups
    security_groups.noticed(ec2.state(), event, "sg-real", "default", "vpc-real")
    (now,) = ec2.did(api.DescribeSecurityGroups(group_names=["default"])).security_groups
    assert (now.group_id, now.vpc_id) == ("sg-real", "vpc-real")
    assert now.ip_permissions[0].user_id_group_pairs[0].group_id == "sg-real"
    assert group.group_id != "sg-real"


@pytest.mark.parametrize("name", REAL)
def test_real_records_fold(trails: Path, name: str) -> None:
    """No real record breaks a projector or cannot be read."""
    machine = Machine(Registry([backtrail_aws.ec2]))
    for one in records(trails, name):
        machine.apply(json.dumps(one).encode())
    assert not machine.folder.broken
    assert not machine.folder.unread
    before = machine.digest()
    machine.reload()
    assert machine.digest() == before


@pytest.mark.parametrize("name", ["incident-a", "techniques", "classroom-2017", "custodian", "denied-calls"])
def test_no_change_is_opaque(trails: Path, name: str) -> None:
    """Every change that a real trail tells of has a projector, service events included."""
    machine = Machine(Registry([backtrail_aws.ec2]))
    for one in records(trails, name):
        folded = machine.apply(json.dumps(one).encode())
        assert folded is not Folded.OPAQUE, one["eventName"]


def test_a_service_event_is_plain() -> None:
    """What is no API stands in the record as its own members, in `serviceEventDetails`."""
    ec2 = Ec2()
    folded = fold(
        ec2, "SharedSnapshotVolumeCreated", None, eventType="AwsServiceEvent",
        serviceEventDetails={"snapshotId": "snap-1"},
    )  # fmt: skip
    assert folded is Folded.PROJECTED
    form = form_of("ec2", TRAIL)
    params = SharedSnapshotVolumeCreated(snapshot_id="snap-1")
    written = form.params_out("SharedSnapshotVolumeCreated", params)
    assert written == b'{"snapshotId":"snap-1"}'
    assert form.params_in("SharedSnapshotVolumeCreated", written, SharedSnapshotVolumeCreated) == params
    assert form.result_out("SharedSnapshotVolumeCreated", None) == b"null"


@pytest.mark.parametrize("name", REAL)
def test_real_parameters_are_written_as_they_were_read(trails: Path, name: str) -> None:
    """Parameters of every successful change come back from the types as AWS wrote them."""
    form = form_of("ec2", TRAIL)
    for one in records(trails, name):
        action, params = one["eventName"], one.get("requestParameters")
        kind = getattr(api, action, None)
        if kind is None or params is None or one.get("errorCode") or action.startswith(("Describe", "Get")):
            continue
        read = form.params_in(action, json.dumps(params).encode(), kind)
        assert json.loads(form.params_out(action, read)) == params, one["eventID"]


def test_an_incident_second_by_second(trails: Path) -> None:
    """At any second, the networks of a real incident are there or gone as its ledger says."""
    ledger: list[dict[str, Any]] = json.loads((trails / "incident-a.ledger.json").read_text())
    rows = [one for one in ledger if one["type"] in HELD]
    incident = records(trails, "incident-a")
    moments = sorted(random.Random(5).sample(sorted({one["eventTime"] for one in incident}), 12))
    machine = Machine(Registry([backtrail_aws.ec2]))
    rest = iter(incident)
    one = next(rest, None)
    for moment in moments:
        while one is not None and one["eventTime"] <= moment:
            machine.apply(json.dumps(one).encode())
            one = next(rest, None)
        held = {
            identifier
            for _, state in machine.states_of("ec2")
            if isinstance(state, State)
            for collection in HELD.values()
            for identifier in getattr(state.network, collection)
        }
        for row in rows:
            assert (row["id"] in held) == _there(row, moment), (moment, row)


def _there(row: dict[str, Any], moment: str) -> bool:
    at = datetime.fromisoformat(moment)
    made = datetime.fromisoformat(row["created"]["time"]) <= at
    return made and not (row["deleted"] and datetime.fromisoformat(row["deleted"]["time"]) <= at)
