"""Instances: launched, started, stopped, ended, described."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from backtrail import UNSET
from backtrail_aws.ec2 import api
from backtrail_aws.ec2.launching import bucket_of
from backtrail_aws.ec2.type_data import types

from .ec2_scenario import Ec2, tagged, where

IMAGE = "ami-0123456789abcdef0"


def launch(count: int = 1, **given: Any) -> api.RunInstances:
    """A launch of a small instance."""
    members: dict[str, Any] = {
        "image_id": IMAGE, "instance_type": "t3.micro", "min_count": count, "max_count": count, **given
    }  # fmt: skip
    return api.RunInstances(**members)


def run(ec2: Ec2, count: int = 1, **given: Any) -> list[str]:
    """New instances' ids."""
    return [one.instance_id for one in ec2.did(launch(count, **given)).instances]


def the(ec2: Ec2, instance: str) -> api.Instance:
    """An instance as DescribeInstances shows it."""
    found: api.Instance = ec2.did(api.DescribeInstances(instance_ids=[instance])).reservations[0].instances[0]
    return found


def name(instance: api.Instance) -> str:
    """The name of its state."""
    assert isinstance(instance.state, api.InstanceState)
    return str(instance.state.name)


def test_a_launch_in_the_default_vpc() -> None:
    """It is pending in the answer, running after it, with addresses, a group, a disk, tags of all it is made of."""
    ec2 = Ec2()
    specifications = [*tagged("instance", Name="web"), *tagged("volume", Name="disk")]
    made = ec2.did(launch(user_data="aGVsbG8=", tag_specifications=specifications)).instances[0]
    assert (name(made), made.block_device_mappings) == ("pending", [])

    shown = the(ec2, made.instance_id)
    assert (name(shown), shown.private_ip_address, shown.root_device_name) == (
        "running",
        "172.31.0.4",
        "/dev/xvda",
    )
    assert isinstance(shown.public_ip_address, str)
    assert shown.public_dns_name == f"ec2-{shown.public_ip_address.replace('.', '-')}.compute-1.amazonaws.com"
    assert shown.private_dns_name == "ip-172-31-0-4.ec2.internal"
    assert [one.group_name for one in shown.security_groups] == ["default"]  # type: ignore[union-attr]
    volume = ec2.did(api.DescribeVolumes()).volumes[0]
    assert (volume.state, volume.attachments[0].delete_on_termination) == ("in-use", True)
    assert volume.tags == [api.Tag(key="Name", value="disk")]
    data = ec2.did(
        api.DescribeInstanceAttribute(instance_id=made.instance_id, attribute="userData")
    ).user_data
    assert data == api.AttributeValue(value="aGVsbG8=")
    ec2.replays()


def test_the_record_hides_user_data() -> None:
    """It says that there was some; the instance has it all the same."""
    ec2 = Ec2()
    ec2.given(launch(user_data="aGVsbG8="))

    assert ec2.record["requestParameters"]["userData"] == "<sensitiveDataRemoved>"
    ec2.replays()


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"image_id": "ami-1"}, "InvalidAMIID.Malformed", 'Invalid id: "ami-1" (expecting "ami-...")'),
        ({"instance_type": "t9.huge"}, "InvalidParameterValue", "Invalid value 't9.huge' for InstanceType."),
        ({"key_name": "no"}, "InvalidKeyPair.NotFound", "The key pair 'no' does not exist"),
        ({"subnet_id": "subnet-00000000"}, "InvalidSubnetID.NotFound", "does not exist"),
        ({"min_count": 2, "max_count": 1}, "InvalidParameterValue", "minCount"),
        ({"user_data": base64.b64encode(b"x" * 16385).decode()}, "InvalidParameterValue", "limited to 16384 bytes"),
        ({"placement": api.Placement(availability_zone="us-east-1z")}, "InvalidParameterValue", "us-east-1z"),
        ({"placement": api.Placement(group_name="no")}, "InvalidPlacementGroup.Unknown", "'no'"),
        (
            {"instance_type": "p5.48xlarge", "placement": api.Placement(availability_zone="us-east-1f")},
            "Unsupported", "choosing us-east-1a",
        ),
        ({"instance_type": "p5.48xlarge"}, "VcpuLimitExceeded", "current vCPU limit of 128"),
        (
            {
                "instance_type": "m5.large",
                "credit_specification": api.CreditSpecificationRequest(cpu_credits="standard"),
            },
            "InvalidParameterCombination", "CreditSpecification",
        ),
        ({"tag_specifications": tagged("vpc", a="b")}, "InvalidParameterValue", "'vpc' is not a valid taggable"),
    ],
)  # fmt: skip
def test_what_no_launch_can_be(given: dict[str, Any], code: str, words: str) -> None:
    """Each refusal in AWS's code."""
    ec2 = Ec2()

    ec2.when(launch(**given)).refused(code, words)
    ec2.replays()


def test_an_image_for_another_architecture() -> None:
    """The words of a real record."""
    ec2 = Ec2()
    arm = ec2.did(api.DescribeImages(filters=where(name="al2023-ami-2023*arm64"))).images[0].image_id

    ec2.when(launch(image_id=arm, instance_type="t2.micro")).refused(
        "InvalidParameterValue",
        "The architecture 'x86_64,i386' of the specified instance type does not match the architecture 'arm64'",
    )


def test_stop_and_start() -> None:
    """The public address is lost and another comes; the private one, the disks and the reason stay."""
    ec2 = Ec2()
    (instance,) = run(ec2)
    first = the(ec2, instance)
    stopping = ec2.did(api.StopInstances(instance_ids=[instance])).stopping_instances[0]
    assert (stopping.previous_state.name, stopping.current_state.name) == ("running", "stopping")
    stopped = the(ec2, instance)
    assert (name(stopped), stopped.public_dns_name) == ("stopped", "")
    assert str(stopped.state_transition_reason).startswith("User initiated (2024-01-01 00:00:")
    assert stopped.state_reason == api.StateReason(
        code="Client.UserInitiatedShutdown", message="Client.UserInitiatedShutdown: User initiated shutdown"
    )
    ec2.given(api.StartInstances(instance_ids=[instance]))
    again = the(ec2, instance)
    assert again.public_ip_address not in (first.public_ip_address, stopped.public_ip_address)
    assert (again.private_ip_address, again.block_device_mappings) == (
        first.private_ip_address, first.block_device_mappings
    )  # fmt: skip
    ec2.replays()


def test_termination_takes_what_goes_with_it() -> None:
    """Disks and interfaces of its own go; a disk that was attached later stays."""
    ec2 = Ec2()
    (instance,) = run(ec2)
    volume = ec2.did(api.CreateVolume(availability_zone="us-east-1a", size=1)).volume_id
    ec2.given(api.AttachVolume(volume_id=volume, instance_id=instance, device="/dev/sdf"))
    ec2.given(api.TerminateInstances(instance_ids=[instance]))

    assert [one.volume_id for one in ec2.did(api.DescribeVolumes()).volumes] == [volume]
    assert ec2.did(api.DescribeNetworkInterfaces()).network_interfaces == []
    assert name(the(ec2, instance)) == "terminated"
    ec2.later(hours=1).given(launch())
    ec2.when(api.DescribeInstances(instance_ids=[instance])).refused("InvalidInstanceID.NotFound")
    ec2.replays()


def test_protection() -> None:
    """A protected instance is neither terminated nor stopped."""
    ec2 = Ec2()
    (instance,) = run(ec2, disable_api_termination=True, disable_api_stop=True)

    ec2.when(api.TerminateInstances(instance_ids=[instance])).refused(
        "OperationNotPermitted", "disableApiTermination"
    )
    ec2.when(api.StopInstances(instance_ids=[instance])).refused("OperationNotPermitted", "disableApiStop")
    off = api.AttributeBooleanValue(value=False)
    ec2.given(api.ModifyInstanceAttribute(instance_id=instance, disable_api_termination=off))
    ec2.given(api.TerminateInstances(instance_ids=[instance])).replays()


def test_ids_of_the_wrong_form() -> None:
    """The words of real records."""
    ec2 = Ec2()

    ec2.when(api.StopInstances(instance_ids=["x"])).refused(
        "InvalidInstanceID.Malformed", "The instance ID 'x' is malformed"
    )
    ec2.when(api.ModifyInstanceAttribute(instance_id="x")).refused(
        "InvalidParameterValue", "Value (x) for parameter instanceId is invalid. Expected: 'i-...'."
    )


def test_what_only_a_stopped_instance_lets_change() -> None:
    """Its type and its user data."""
    ec2 = Ec2()
    (instance,) = run(ec2)
    other = api.ModifyInstanceAttribute(
        instance_id=instance, instance_type=api.AttributeValue(value="t3.small")
    )
    ec2.when(other).refused("IncorrectInstanceState")
    ec2.given(api.StopInstances(instance_ids=[instance]), other)
    data = api.SecureBlobAttributeValue(value=b"hello")
    ec2.given(api.ModifyInstanceAttribute(instance_id=instance, user_data=data))

    assert the(ec2, instance).instance_type == "t3.small"
    shown = ec2.did(api.DescribeInstanceAttribute(instance_id=instance, attribute="userData"))
    assert shown.user_data.value == "aGVsbG8="
    ec2.replays()


def test_metadata_options_and_credits() -> None:
    """Tokens are demanded where it is said so; T3 bursts without limit, T2 does not."""
    ec2 = Ec2()
    (new,) = run(ec2)
    (old,) = run(ec2, instance_type="t2.micro")
    ec2.given(api.ModifyInstanceMetadataOptions(instance_id=new, http_tokens="required"))
    assert the(ec2, new).metadata_options.http_tokens == "required"  # type: ignore[union-attr]
    shown = ec2.did(api.DescribeInstanceCreditSpecifications(instance_ids=[new, old]))
    held = {one.instance_id: one.cpu_credits for one in shown.instance_credit_specifications}
    assert held == {new: "unlimited", old: "standard"}
    ec2.replays()


def test_profiles_come_and_go() -> None:
    """Associated, replaced, taken away; the incident's words for a profile that is not there come with IAM."""
    ec2 = Ec2()
    (instance,) = run(ec2)
    profile = api.IamInstanceProfileSpecification(name="one")
    ec2.given(api.AssociateIamInstanceProfile(instance_id=instance, iam_instance_profile=profile))
    ec2.when(api.AssociateIamInstanceProfile(instance_id=instance, iam_instance_profile=profile)).refused(
        "IncorrectState"
    )
    (held,) = ec2.did(api.DescribeIamInstanceProfileAssociations()).iam_instance_profile_associations
    other = api.IamInstanceProfileSpecification(name="two")
    ec2.given(
        api.ReplaceIamInstanceProfileAssociation(
            association_id=held.association_id, iam_instance_profile=other
        )
    )
    shown = the(ec2, instance).iam_instance_profile
    assert str(shown.arn).endswith("instance-profile/two")  # type: ignore[union-attr]
    (held,) = ec2.did(api.DescribeIamInstanceProfileAssociations()).iam_instance_profile_associations
    ec2.given(api.DisassociateIamInstanceProfile(association_id=held.association_id))
    assert not isinstance(the(ec2, instance).iam_instance_profile, api.IamInstanceProfile)
    ec2.replays()


def test_filters() -> None:
    """By state, type, tag, group, address, and what none matches."""
    ec2 = Ec2()
    (one,) = run(ec2, tag_specifications=tagged("instance", Name="a"))
    (two,) = run(ec2, instance_type="t3.small")
    ec2.given(api.StopInstances(instance_ids=[two]))

    def found(**given: str | list[str]) -> list[str]:
        held = ec2.did(api.DescribeInstances(filters=where(**given))).reservations
        return [instance.instance_id for reservation in held for instance in reservation.instances]

    assert found(instance_state_name="running") == [one]
    assert found(instance_type="t3.small") == [two]
    assert ec2.did(api.DescribeInstances(filters=[api.Filter(name="tag:Name", values=["a"])])).reservations
    assert found(private_ip_address="172.31.0.4") == [one]
    assert found(vpc_id="vpc-*", instance_lifecycle="spot") == []
    ec2.when(api.DescribeInstances(filters=where(nothing="x"))).refused("InvalidParameterValue", "'nothing'")


def test_an_impaired_instance() -> None:
    """The option makes its checks fail."""
    ec2 = Ec2()
    (instance,) = run(ec2)
    ec2.turn("ec2.impaired_instances", instance)

    (status,) = ec2.did(api.DescribeInstanceStatus()).instance_statuses
    assert status.instance_status.status == "impaired"
    ec2.replays()


def test_capacity_is_short() -> None:
    """No more than the option says run in a zone; a launch takes what there is."""
    ec2 = Ec2()
    ec2.turn("ec2.instance_capacity", 3)

    assert len(ec2.did(launch(1, max_count=5)).instances) == 3
    ec2.when(launch()).refused("InsufficientInstanceCapacity")
    ec2.given(launch(placement=api.Placement(availability_zone="us-east-1b"))).replays()


def test_a_cluster_stays_together() -> None:
    """One zone, types that can; a full rack is left by stopping all and starting again."""
    ec2 = Ec2()
    ec2.given(api.CreatePlacementGroup(group_name="c", strategy="cluster"))
    ec2.when(api.CreatePlacementGroup(group_name="c")).refused("InvalidPlacementGroup.Duplicate")
    inside = api.Placement(group_name="c", availability_zone="us-east-1a")
    ec2.when(launch(placement=inside)).refused("InvalidParameterCombination", "'t3.micro'")
    ec2.turn("ec2.placement_group_capacity", 2)
    held = run(ec2, 2, instance_type="m5.large", placement=inside)
    ec2.when(launch(instance_type="m5.large", placement=inside)).refused("InsufficientInstanceCapacity")
    ec2.when(
        launch(
            instance_type="m5.large", placement=api.Placement(group_name="c", availability_zone="us-east-1b")
        )
    ).refused("InvalidParameterValue", "cannot span")
    ec2.given(api.StopInstances(instance_ids=held), api.StartInstances(instance_ids=held))
    run(ec2, instance_type="m5.large", placement=inside)
    ec2.when(api.DeletePlacementGroup(group_name="c")).refused("InvalidPlacementGroup.InUse")
    ec2.replays()


def test_types_as_data() -> None:
    """Old and new families, with what the book and AWS tell of them; every type has a quota."""
    ec2 = Ec2()
    book = "t2.micro m3.medium c3.large c4.large d2.xlarge i2.xlarge g2.2xlarge p2.xlarge r3.large r4.large x1.16xlarge"
    shown = ec2.did(api.DescribeInstanceTypes(instance_types=list[str](book.split()))).instance_types
    held = {one.instance_type: one for one in shown}
    assert (held["t2.micro"].v_cpu_info.default_v_cpus, held["t2.micro"].memory_info.size_in_mi_b) == (
        1,
        1024,
    )
    assert {name for name, one in held.items() if not one.current_generation} == {
        "m3.medium", "c3.large", "i2.xlarge", "g2.2xlarge", "r3.large"
    }  # fmt: skip
    buckets = {bucket_of(kind) for kind in types().values()}
    assert {"standard_vcpus", "g_vcpus", "p_vcpus", "x_vcpus", "inf_vcpus", "trn_vcpus"} == buckets
    ec2.when(api.DescribeInstanceTypes(instance_types=["no.such"])).refused("InvalidInstanceType")
    places = ec2.did(
        api.DescribeInstanceTypeOfferings(
            location_type="availability-zone", filters=where(instance_type="m5.large")
        )
    ).instance_type_offerings
    assert len(places) == 6


def test_a_launch_with_interfaces() -> None:
    """An interface that was there is attached; it stays when the instance ends."""
    ec2 = Ec2()
    subnet = ec2.subnet(ec2.vpc())
    held = ec2.did(api.CreateNetworkInterface(subnet_id=subnet)).network_interface.network_interface_id
    given = [
        api.InstanceNetworkInterfaceSpecification(network_interface_id=held, device_index=0),
        api.InstanceNetworkInterfaceSpecification(subnet_id=subnet, device_index=1),
    ]
    (instance,) = run(ec2, network_interfaces=given)
    shown = the(ec2, instance)
    assert next(one.network_interface_id for one in shown.network_interfaces) == held  # type: ignore[union-attr]
    assert len(shown.network_interfaces) == 2  # type: ignore[arg-type]
    ec2.when(launch(network_interfaces=given)).refused("InvalidNetworkInterface.InUse")
    ec2.when(launch(network_interfaces=given[1:], subnet_id=subnet)).refused("InvalidParameterCombination")
    ec2.given(api.TerminateInstances(instance_ids=[instance]))
    left = ec2.did(api.DescribeNetworkInterfaces()).network_interfaces
    assert [(one.network_interface_id, one.status) for one in left] == [(held, "available")]
    ec2.replays()


def test_ten_thousand_page_without_quadratic_cost() -> None:
    """A page costs what it shows: nothing before it is walked."""
    ec2 = Ec2()
    run(ec2, 40)
    seen: list[str] = []
    token: Any = UNSET
    while True:
        answer = ec2.did(api.DescribeInstances(max_results=15, next_token=token))
        seen += [one.instance_id for held in answer.reservations for one in held.instances]
        if not isinstance(answer.next_token, str):
            break
        token = answer.next_token
    assert len(seen) == len(set(seen)) == 40
