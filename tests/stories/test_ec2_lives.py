"""What comes and goes over a socket: a region's default VPC, spot instances with their notice, hosts' disks."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from backtrail_cli.group import cli

from .network_lab import IMAGE, Lab
from .records import records

SPOT = {"ImageId": IMAGE, "InstanceType": "m5.large"}


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A server on a log of its own."""
    made = Lab(tmp_path / "lives.db")
    yield made
    made.stop()


def known(lab: Lab, name: str) -> Any:
    """What `backtrail state` knows of a resource."""
    (found,) = lab.run("state", "--resource", name)["resources"]
    return found


def test_the_default_vpc_is_told(lab: Lab) -> None:
    """SUB-02: before the first call of a region a record tells what it begins with, once: nothing of it is inferred."""
    (vpc,) = lab.ec2.describe_vpcs()["Vpcs"]
    lab.ec2.describe_vpcs()
    lab.client("eu-west-1").create_vpc(CidrBlock="10.0.0.0/16")
    written = [(one["eventName"], one["eventType"], one["awsRegion"]) for one in records(lab.server)]
    assert written == [
        ("CreateVpcDefaults", "AwsServiceEvent", "us-east-1"),
        ("DescribeVpcs", "AwsApiCall", "us-east-1"),
        ("DescribeVpcs", "AwsApiCall", "us-east-1"),
        ("CreateVpcDefaults", "AwsServiceEvent", "eu-west-1"),
        ("CreateVpc", "AwsApiCall", "eu-west-1"),
    ]
    first = records(lab.server)[0]
    assert first["userIdentity"] == {"type": "AWSService", "invokedBy": "ec2.amazonaws.com"}
    told = first["serviceEventDetails"]
    assert (told["vpcId"], told["cidrBlock"], len(told["subnetIds"])) == (vpc["VpcId"], "172.31.0.0/16", 6)
    kinds = {one["type"] for one in first["resources"]}
    assert {"AWS::EC2::VPC", "AWS::EC2::Subnet", "AWS::EC2::InternetGateway", "AWS::EC2::RouteTable"} <= kinds
    for name in (vpc["VpcId"], told["internetGatewayId"], told["routeTableId"], *told["subnetIds"]):
        assert known(lab, name)["inferred"] is False
    made = lab.run("who", "created", vpc["VpcId"])
    assert "CreateVpcDefaults" in json.dumps(made)


def test_a_region_that_imported_records_tell_of(lab: Lab, tmp_path: Path) -> None:
    """Of a region that imported records told of, nothing is told again, and nothing made up."""
    vpc = lab.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    call = {
        "eventVersion": "1.08", "eventTime": "2024-01-01T00:00:00Z", "eventSource": "ec2.amazonaws.com",
        "eventName": "DeleteVpc", "awsRegion": "us-east-1", "eventID": "6f7b6a2c-0b1f-4d0e-8f5e-0f4d6c9b1a11",
        "eventType": "AwsApiCall", "recipientAccountId": "123456789012", "requestParameters": {"vpcId": vpc},
        "responseElements": {"_return": True, "requestId": "r"},
        "userIdentity": {"type": "Root", "accountId": "123456789012"},
    }  # fmt: skip
    trail = tmp_path / "trail.json"
    trail.write_text(json.dumps({"Records": [call]}))
    done = CliRunner().invoke(cli, ["import", str(trail), "--log", str(tmp_path / "other.db")])
    assert done.exit_code == 0, done.output
    other = Lab(tmp_path / "other.db")
    assert other.ec2.describe_vpcs()["Vpcs"] == []
    assert "CreateVpcDefaults" not in [one["eventName"] for one in records(other.server)]
    other.stop()


def told(lab: Lab, instance: str, path: str) -> tuple[int, str]:
    """What an instance reads about itself."""
    address = f"{lab.server.endpoint}/_imds/{instance}/latest/meta-data/{path}"
    try:
        with urllib.request.urlopen(address) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, ""


def test_a_spot_instance_is_interrupted(lab: Lab) -> None:
    """BUY-03 and 04: a bid waits for its price; outbid, the instance reads its notice, and ends two minutes later."""
    lab.later("1s")
    lab.turn("spot_price", 2.0)
    asked = lab.ec2.request_spot_instances(SpotPrice="1.00", LaunchSpecification=SPOT)["SpotInstanceRequests"]
    names = [asked[0]["SpotInstanceRequestId"]]

    def status() -> tuple[str, str]:
        (one,) = lab.ec2.describe_spot_instance_requests(SpotInstanceRequestIds=names)["SpotInstanceRequests"]
        return one["State"], one["Status"]["Code"]

    assert status() == ("open", "price-too-low")
    lab.turn("spot_price", 0.9)
    lab.ec2.get_waiter("spot_instance_request_fulfilled").wait(
        SpotInstanceRequestIds=names, WaiterConfig={"Delay": 1}
    )
    (one,) = lab.ec2.describe_spot_instance_requests(SpotInstanceRequestIds=names)["SpotInstanceRequests"]
    instance = one["InstanceId"]
    assert told(lab, instance, "spot/instance-action")[0] == 404
    lab.turn("spot_price", 1.2)
    lab.later("1s")
    assert status() == ("active", "marked-for-termination")
    code, text = told(lab, instance, "spot/instance-action")
    assert (code, json.loads(text)["action"]) == (200, "terminate")
    assert told(lab, instance, "spot/termination-time")[1] == json.loads(text)["time"]
    lab.later("60s")
    assert status()[0] == "active"
    lab.later("60s")
    assert status() == ("closed", "instance-terminated-by-price")
    (held,) = lab.ec2.describe_instances(InstanceIds=[instance])["Reservations"][0]["Instances"]
    assert held["StateReason"]["Code"] == "Server.SpotInstanceTermination"
    (event,) = [record for record in records(lab.server) if record["eventName"] == "BidEvictedEvent"]
    assert event["eventType"] == "AwsServiceEvent"
    assert event["serviceEventDetails"] == {"instanceIdSet": [instance]}


def test_what_a_stop_wipes_and_what_runs_costs(lab: Lab) -> None:
    """IST-01 and 02, BUY-01: a host's disks are wiped by a stop, not by a reboot; seconds count while it runs."""
    lab.later("1s")
    (made,) = lab.ec2.run_instances(ImageId=IMAGE, InstanceType="m5d.large", MinCount=1, MaxCount=1)[
        "Instances"
    ]
    ids = [made["InstanceId"]]

    def now() -> tuple[int, int]:
        members = known(lab, ids[0])["members"]
        return members["data"], round(members["ran_s"])

    lab.ec2.reboot_instances(InstanceIds=ids)
    assert now() == (0, 0)
    lab.later("1h")
    lab.ec2.stop_instances(InstanceIds=ids)
    assert now() == (1, 3600)
    lab.later("5h")
    lab.ec2.start_instances(InstanceIds=ids)
    lab.later("30m")
    lab.ec2.terminate_instances(InstanceIds=ids)
    assert now() == (1, 5400)
