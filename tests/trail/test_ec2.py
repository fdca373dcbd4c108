"""EC2's two forms, on records that the project makes itself; the real ones are in test_real_records.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from types import ModuleType
from typing import Any

import pytest

from backtrail.payload import UNSET, Params
from backtrail.trail import parts
from backtrail.trail.declare import Trail
from backtrail.trail.ec2 import Ec2Form
from backtrail.trail.ec2_names import CLASSIC
from backtrail.trail.ec2_writing import XMLNS
from backtrail.trail.times import EpochMillis

TRAIL = Trail(
    form="ec2",
    time=EpochMillis,
    removed=frozenset(
        {"RunInstances.UserData", "ModifyInstanceAttribute.UserData", "CreateKeyPairResult.KeyMaterial"}
    ),
)
FORM = Ec2Form("ec2", TRAIL)
ACTIONS = (
    "AuthorizeSecurityGroupIngress", "CreateFlowLogs", "CreateKeyPair", "CreateNatGateway",
    "CreateNetworkAclEntry",
    "CreateTags", "CreateVolume", "CreateVpc", "DeleteNatGateway", "DeleteVpc", "DescribeInstances",
    "DescribeSecurityGroups", "EnableSerialConsoleAccess", "ModifyInstanceAttribute",
    "ModifySnapshotAttribute",
    "RunInstances", "TerminateInstances",
)  # fmt: skip
MOMENT = EpochMillis.of(datetime(2023, 7, 10, 11, 55, 14, tzinfo=UTC))


@pytest.fixture(scope="module")
def api(made: Callable[..., ModuleType]) -> Any:
    return made("ec2", TRAIL, ACTIONS)


def params_written(action: str, params: Params) -> Any:
    return json.loads(FORM.params_out(action, parts.split(params)[0]))


def params_and_back(action: str, params: Params) -> Params:
    public, sealed, note = parts.split(params)
    return parts.join(FORM.params_in(action, FORM.params_out(action, public), type(params)), sealed, note)


def result_written(action: str, result: Params) -> Any:
    return json.loads(FORM.result_out(action, parts.split(result)[0], "r-1"))


def result_and_back(action: str, result: Params) -> Params:
    public, sealed, note = parts.split(result)
    return parts.join(
        FORM.result_in(action, FORM.result_out(action, public, "r-1"), type(result)), sealed, note
    )


def test_old_actions_are_classic_and_others_are_not() -> None:
    """The form follows the action's age."""
    assert {"RunInstances", "CreateVpc", "DescribeVpcPeeringConnections"} <= CLASSIC
    assert not {"CreateFlowLogs", "CreateNatGateway", "CreateLaunchTemplate"} & CLASSIC


def test_classic_request_has_sets_of_items(api: Any) -> None:
    """RunInstances writes instances, groups and tags as the SOAP API names them, and hides its user data."""
    tags = [api.TagSpecification(resource_type="instance", tags=[api.Tag(key="on", value="true")])]
    run = api.RunInstances(
        image_id="ami-1", min_count=1, max_count=2, instance_type="t3.micro", user_data="c2VjcmV0",
        security_group_ids=["sg-1"], security_groups=["default"], tag_specifications=tags,
        placement=api.Placement(availability_zone="us-east-1a", tenancy="default", group_name="g"),
    )  # fmt: skip
    assert params_written("RunInstances", run) == {
        "instancesSet": {"items": [{"imageId": "ami-1", "minCount": 1, "maxCount": 2}]},
        "instanceType": "t3.micro",
        "userData": "<sensitiveDataRemoved>",
        "groupSet": {"items": [{"groupId": "sg-1"}, {"groupName": "default"}]},
        "tagSpecificationSet": {
            "items": [{"resourceType": "instance", "tags": [{"key": "on", "value": "true"}]}]
        },
        "availabilityZone": "us-east-1a",
        "tenancy": "default",
        "placement": {"groupName": "g"},
        "blockDeviceMapping": {},
    }
    assert params_and_back("RunInstances", run) == run


def test_classic_request_shows_empty_lists_that_nobody_sent(api: Any) -> None:
    """An empty list of a request is read as one that was left out."""
    assert params_written("DescribeInstances", api.DescribeInstances()) == {
        "instancesSet": {},
        "filterSet": {},
    }
    filters = api.DescribeInstances(filters=[api.Filter(name="state", values=["on"])])
    assert params_written("DescribeInstances", filters)["filterSet"] == {
        "items": [{"name": "state", "valueSet": {"items": [{"value": "on"}]}}]
    }
    for params in (api.DescribeInstances(), filters):
        assert params_and_back("DescribeInstances", params) == params


def test_lists_of_one_kind_of_name_are_told_apart_by_action(api: Any) -> None:
    """DescribeSecurityGroups has its own names for groups by id and by name."""
    params = api.DescribeSecurityGroups(group_ids=["sg-1"], group_names=["default"])
    record = params_written("DescribeSecurityGroups", params)
    assert record["securityGroupIdSet"] == {"items": [{"groupId": "sg-1"}]}
    assert record["securityGroupSet"] == {"items": [{"groupName": "default"}]}
    assert params_and_back("DescribeSecurityGroups", params) == params


def test_permissions_show_their_empty_lists(api: Any) -> None:
    """A permission's four lists stand in the record even when three are empty."""
    permission = api.IpPermission(
        ip_protocol="tcp", from_port=80, to_port=80, ip_ranges=[api.IpRange(cidr_ip="10.0.0.0/8")]
    )
    params = api.AuthorizeSecurityGroupIngress(group_id="sg-1", ip_permissions=[permission])
    item = params_written("AuthorizeSecurityGroupIngress", params)["ipPermissions"]["items"][0]
    assert item["ipRanges"] == {"items": [{"cidrIp": "10.0.0.0/8"}]}
    assert (item["groups"], item["ipv6Ranges"], item["prefixListIds"]) == ({}, {}, {})
    assert params_and_back("AuthorizeSecurityGroupIngress", params) == params


def test_classic_names_that_are_not_the_apis(api: Any) -> None:
    """CreateVolume's zone and size, and a network ACL entry's protocol and empty ranges."""
    volume = api.CreateVolume(availability_zone="us-east-1a", size=10)
    assert params_written("CreateVolume", volume) == {"zone": "us-east-1a", "size": "10"}
    assert params_and_back("CreateVolume", volume) == volume
    entry = api.CreateNetworkAclEntry(
        network_acl_id="acl-1", rule_number=1, protocol="-1", rule_action="allow", egress=False
    )
    record = params_written("CreateNetworkAclEntry", entry)
    assert (record["aclProtocol"], record["icmpTypeCode"], record["portRange"]) == ("-1", {}, {})
    assert params_and_back("CreateNetworkAclEntry", entry) == entry


def test_permissions_of_a_snapshot_are_written_as_one_list(api: Any) -> None:
    """Both of the API's ways to share a snapshot write `createVolumePermission.add`."""
    shared = {
        "snapshotId": "snap-1",
        "attributeType": "CREATE_VOLUME_PERMISSION",
        "createVolumePermission": {"add": {"items": [{"userId": "111122223333"}]}},
    }
    grants = api.CreateVolumePermissionModifications(add=[api.CreateVolumePermission(user_id="111122223333")])
    new = api.ModifySnapshotAttribute(snapshot_id="snap-1", create_volume_permission=grants)
    old = api.ModifySnapshotAttribute(
        snapshot_id="snap-1",
        attribute="createVolumePermission",
        operation_type="add",
        user_ids=["111122223333"],
    )
    assert params_written("ModifySnapshotAttribute", new) == shared
    assert params_written("ModifySnapshotAttribute", old) == shared
    read = FORM.params_in("ModifySnapshotAttribute", json.dumps(shared).encode(), api.ModifySnapshotAttribute)
    assert read.create_volume_permission == grants


def test_marker_may_stand_for_a_structure(api: Any) -> None:
    """A hidden structure's marker is written as it is, and read as nothing that we know."""
    params = api.ModifyInstanceAttribute(
        instance_id="i-1", user_data=api.SecureBlobAttributeValue(value=b"secret")
    )
    record = params_written("ModifyInstanceAttribute", params)
    assert record == {"instanceId": "i-1", "userData": "<sensitiveDataRemoved>"}
    assert params_and_back("ModifyInstanceAttribute", params) == params
    foreign = FORM.params_in(
        "ModifyInstanceAttribute", json.dumps(record).encode(), api.ModifyInstanceAttribute
    )
    assert foreign.user_data is UNSET


def test_classic_result_has_milliseconds_and_request_id(api: Any) -> None:
    """An answer's lists are items, its times milliseconds; an empty list is an empty object."""
    result = api.RunInstancesResult(
        reservation_id="r-1",
        groups=[],
        instances=[
            api.Instance(
                instance_id="i-1", launch_time=MOMENT, state=api.InstanceState(code=0, name="pending")
            )
        ],
    )
    assert result_written("RunInstances", result) == {
        "requestId": "r-1",
        "reservationId": "r-1",
        "groupSet": {},
        "instancesSet": {
            "items": [
                {
                    "instanceId": "i-1",
                    "launchTime": 1688990114000,
                    "instanceState": {"code": 0, "name": "pending"},
                }
            ]
        },
    }
    assert result_and_back("RunInstances", result) == result


def test_result_of_nothing_is_a_return(api: Any) -> None:
    """A success that answers nothing still has a requestId and `_return` in its record."""
    assert json.loads(FORM.result_out("DeleteVpc", None, "r-1")) == {"requestId": "r-1", "_return": True}
    nothing = json.loads(FORM.result_out("DeleteNatGateway", None, "r-1"))
    assert nothing == {"DeleteNatGatewayResponse": {"xmlns": XMLNS, "requestId": "r-1", "return": True}}


def test_key_material_is_removed(api: Any) -> None:
    """A key pair's private key is replaced in the record and comes back from the sealed part."""
    result = api.CreateKeyPairResult(key_name="k", key_material="-----BEGIN")
    assert result_written("CreateKeyPair", result)["keyMaterial"] == "<sensitiveDataRemoved>"
    assert result_and_back("CreateKeyPair", result) == result


def test_newer_request_is_the_query_string(api: Any) -> None:
    """Numbered members have their number, one alone no list, and text that reads as a boolean is one."""
    flow_logs = api.CreateFlowLogs(
        resource_ids=["vpc-1"], resource_type="VPC", traffic_type="REJECT", max_aggregation_interval=600,
        tag_specifications=[
            api.TagSpecification(
                resource_type="vpc-flow-log",
                tags=[api.Tag(key="on", value="true"), api.Tag(key="n", value="x")],
            )
        ],
    )  # fmt: skip
    assert params_written("CreateFlowLogs", flow_logs) == {
        "CreateFlowLogsRequest": {
            "ResourceId": {"tag": 1, "content": "vpc-1"},
            "ResourceType": "VPC",
            "TrafficType": "REJECT",
            "MaxAggregationInterval": 600,
            "TagSpecification": {
                "ResourceType": "vpc-flow-log",
                "Tag": [{"Key": "on", "Value": True, "tag": 1}, {"Key": "n", "Value": "x", "tag": 2}],
                "tag": 1,
            },
        }
    }
    assert params_and_back("CreateFlowLogs", flow_logs) == flow_logs
    nothing = api.EnableSerialConsoleAccess()
    assert params_written("EnableSerialConsoleAccess", nothing) == {"EnableSerialConsoleAccessRequest": ""}
    assert params_and_back("EnableSerialConsoleAccess", nothing) == nothing


def test_newer_result_is_the_xml_answer(api: Any) -> None:
    """An answer's lists are `item`s, its times ISO; an empty list is an empty element."""
    gateway = api.NatGateway(
        nat_gateway_id="nat-1", create_time=MOMENT, state="pending", tags=[api.Tag(key="on", value="true")],
        nat_gateway_addresses=[],
    )  # fmt: skip
    result = api.CreateNatGatewayResult(client_token="c", nat_gateway=gateway)
    assert result_written("CreateNatGateway", result) == {
        "CreateNatGatewayResponse": {
            "xmlns": XMLNS,
            "requestId": "r-1",
            "clientToken": "c",
            "natGateway": {
                "createTime": "2023-07-10T11:55:14.000Z",
                "natGatewayAddressSet": "",
                "natGatewayId": "nat-1",
                "state": "pending",
                "tagSet": {"item": {"key": "on", "value": True}},
            },
        }
    }
    assert result_and_back("CreateNatGateway", result) == result


def test_either_form_of_any_action_is_read(api: Any) -> None:
    """An old action written in the newer form, and a new one in the classic, read alike."""
    newer = (
        b'{"TerminateInstancesRequest":{"InstanceId":[{"tag":1,"content":"i-1"},{"tag":2,"content":"i-2"}]}}'
    )
    classic = b'{"instancesSet":{"items":[{"instanceId":"i-1"},{"instanceId":"i-2"}]}}'
    for raw in (newer, classic):
        assert FORM.params_in("TerminateInstances", raw, api.TerminateInstances).instance_ids == [
            "i-1",
            "i-2",
        ]
    assert (
        FORM.params_in("DeleteNatGateway", b'{"natGatewayId":"nat-1"}', api.DeleteNatGateway).nat_gateway_id
        == "nat-1"
    )
    assert FORM.direct("TerminateInstances") is False
