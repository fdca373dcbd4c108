"""Launch templates, spot requests, fleets, hosts and reserved instances."""

from __future__ import annotations

from typing import Any

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where
from .test_instances import IMAGE, launch, run, the

LAUNCH = api.RequestSpotLaunchSpecification(image_id=IMAGE, instance_type="m5.large")


def template(ec2: Ec2, **given: Any) -> str:
    """A launch template's id."""
    members: dict[str, Any] = {"image_id": IMAGE, "instance_type": "t3.small", **given}
    data = api.RequestLaunchTemplateData(**members)
    made = ec2.did(api.CreateLaunchTemplate(launch_template_name="web", launch_template_data=data))
    return str(made.launch_template.launch_template_id)


def running(ec2: Ec2) -> int:
    """How many instances run."""
    held = ec2.did(api.DescribeInstances(filters=where(instance_state_name="running"))).reservations
    return sum(len(one.instances) for one in held)


def fleet(kind: str, count: int) -> api.CreateFleet:
    """A fleet of the template, on demand."""
    named = api.FleetLaunchTemplateSpecificationRequest(launch_template_name="web", version="$Latest")
    target = api.TargetCapacitySpecificationRequest(total_target_capacity=count)
    configs = [api.FleetLaunchTemplateConfigRequest(launch_template_specification=named)]
    return api.CreateFleet(type=kind, launch_template_configs=configs, target_capacity_specification=target)


def test_versions_of_a_template() -> None:
    """The default and the latest one; numbers never come again; a name once."""
    ec2 = Ec2()
    made = template(ec2)
    other = api.RequestLaunchTemplateData(instance_type="t3.large")
    ec2.given(
        api.CreateLaunchTemplateVersion(
            launch_template_id=made, source_version="1", launch_template_data=other
        )
    )

    def launched(version: str) -> Any:
        named = api.LaunchTemplateSpecification(launch_template_id=made, version=version)
        call = api.RunInstances(min_count=1, max_count=1, launch_template=named)
        return ec2.did(call).instances[0].instance_type

    assert [launched(one) for one in ("$Default", "$Latest", "1", "2")] == [
        "t3.small", "t3.large", "t3.small", "t3.large"
    ]  # fmt: skip
    ec2.given(api.ModifyLaunchTemplate(launch_template_id=made, default_version="2"))
    assert launched("$Default") == "t3.large"
    ec2.when(api.DeleteLaunchTemplateVersions(launch_template_id=made, versions=["2"])).refused(
        "OperationNotPermitted"
    )
    ec2.given(api.DeleteLaunchTemplateVersions(launch_template_id=made, versions=["1"]))
    ec2.when(api.DescribeLaunchTemplateVersions(launch_template_id=made, versions=["1"])).refused(
        "InvalidLaunchTemplateId.VersionNotFound"
    )
    again = api.CreateLaunchTemplate(launch_template_name="web", launch_template_data=other)
    ec2.when(again).refused(
        "InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use."
    )
    ec2.given(api.DeleteLaunchTemplate(launch_template_name="web"))
    ec2.when(api.DescribeLaunchTemplates(launch_template_names=["web"])).refused(
        "InvalidLaunchTemplateName.NotFoundException"
    )
    ec2.replays()


def test_a_request_over_a_template() -> None:
    """What the launch says counts; disks are matched by name, tags are joined."""
    ec2 = Ec2()
    ebs = api.LaunchTemplateEbsBlockDeviceRequest(volume_size=20, volume_type="gp3")
    disk = api.LaunchTemplateBlockDeviceMappingRequest(device_name="/dev/xvda", ebs=ebs)
    made = template(ec2, block_device_mappings=[disk])
    over = api.BlockDeviceMapping(device_name="/dev/xvda", ebs=api.EbsBlockDevice(volume_size=30))
    named = api.LaunchTemplateSpecification(launch_template_id=made)
    ec2.given(api.RunInstances(min_count=1, max_count=1, launch_template=named, block_device_mappings=[over]))

    (volume,) = ec2.did(api.DescribeVolumes()).volumes
    assert (volume.size, volume.volume_type) == (30, "gp3")
    ec2.replays()


def test_bids() -> None:
    """A dollar is too little at 1.20, enough at 0.90, and outbid again at 1.20: two minutes later the instance ends."""
    ec2 = Ec2()
    ec2.turn("ec2.spot_price", 1.2)
    call = api.RequestSpotInstances(spot_price="1.00", launch_specification=LAUNCH)
    request = ec2.did(call).spot_instance_requests[0].spot_instance_request_id

    def status() -> tuple[str, str]:
        (shown,) = ec2.did(
            api.DescribeSpotInstanceRequests(spot_instance_request_ids=[request])
        ).spot_instance_requests
        return shown.state, shown.status.code

    assert (status(), running(ec2)) == (("open", "price-too-low"), 0)
    ec2.turn("ec2.spot_price", 0.9)
    assert (status(), running(ec2)) == (("active", "fulfilled"), 1)
    ec2.turn("ec2.spot_price", 1.2)
    assert (status(), running(ec2)) == (("active", "marked-for-termination"), 1)
    ec2.turn("ec2.spot_price", 0.9)
    ec2.later(seconds=100)
    assert (status(), running(ec2)) == (("active", "marked-for-termination"), 1)
    ec2.later(seconds=30)
    assert sum(b"BidEvictedEvent" in entry.record for entry in ec2.log) == 1
    assert (status(), running(ec2)) == (("closed", "instance-terminated-by-price"), 0)
    (shown,) = [one for held in ec2.did(api.DescribeInstances()).reservations for one in held.instances]
    assert (shown.instance_lifecycle, shown.state_reason.code) == ("spot", "Server.SpotInstanceTermination")
    ec2.replays()


def test_a_bid_that_stops() -> None:
    """Given a persistent request that stops, when it is outbid without notice, then its instance stops; it counts the
    seconds that it ran, and its host's disks are wiped."""
    ec2 = Ec2()
    ec2.turn("ec2.spot_price", 0.9)
    ec2.turn("ec2.spot_interruption_notice_s", 0)
    call = api.RequestSpotInstances(
        spot_price="1.00",
        launch_specification=LAUNCH,
        type="persistent",
        instance_interruption_behavior="stop",
    )
    request = ec2.did(call).spot_instance_requests[0].spot_instance_request_id
    ec2.later(hours=1)
    ec2.turn("ec2.spot_price", 1.2)
    ec2.later(seconds=1)
    (shown,) = ec2.did(
        api.DescribeSpotInstanceRequests(spot_instance_request_ids=[request])
    ).spot_instance_requests
    assert (shown.state, shown.status.code) == ("disabled", "instance-stopped-by-price")
    held = ec2.state().compute.instances[shown.instance_id]
    assert (held.data, round(held.ran_s / 60)) == (1, 60)
    reason = the(ec2, shown.instance_id).state_reason
    assert isinstance(reason, api.StateReason)
    assert reason.code == "Server.SpotInstanceShutdown"
    ec2.replays()


def test_a_launch_in_the_spot_market() -> None:
    """It has a request of its own; one-time instances do not stop; too low a price is refused."""
    ec2 = Ec2()
    market = api.InstanceMarketOptionsRequest(market_type="spot")
    (instance,) = run(ec2, instance_market_options=market)
    assert the(ec2, instance).instance_lifecycle == "spot"
    ec2.when(api.StopInstances(instance_ids=[instance])).refused("UnsupportedOperation", "one-time")
    low = api.InstanceMarketOptionsRequest(
        market_type="spot", spot_options=api.SpotMarketOptions(max_price="0.0001")
    )
    ec2.when(launch(instance_market_options=low)).refused("SpotMaxPriceTooLow")
    ec2.given(api.TerminateInstances(instance_ids=[instance]))
    (request,) = ec2.did(api.DescribeSpotInstanceRequests()).spot_instance_requests
    assert (request.state, request.status.code) == ("closed", "instance-terminated-by-user")
    prices = ec2.did(
        api.DescribeSpotPriceHistory(instance_types=["m5.large"], product_descriptions=["Linux/UNIX"])
    )
    assert len(prices.spot_price_history) == 6
    ec2.replays()


def test_a_fleet_keeps_its_size() -> None:
    """It replaces what ends, grows and shrinks as it is told, and ends with its instances."""
    ec2 = Ec2()
    template(ec2)
    made = ec2.did(fleet("maintain", 3)).fleet_id
    first = ec2.did(api.DescribeFleetInstances(fleet_id=made)).active_instances
    ec2.given(api.TerminateInstances(instance_ids=[first[0].instance_id]))
    assert running(ec2) == 3
    target = api.TargetCapacitySpecificationRequest(total_target_capacity=1)
    ec2.given(api.ModifyFleet(fleet_id=made, target_capacity_specification=target))
    assert running(ec2) == 1
    (shown,) = ec2.did(api.DescribeFleets()).fleets
    assert (shown.activity_status, shown.fulfilled_capacity) == ("fulfilled", 1.0)
    ec2.given(api.DeleteFleets(fleet_ids=[made], terminate_instances=True))
    assert running(ec2) == 0
    ec2.replays()


def test_a_spot_fleet() -> None:
    """Requested, resized, cancelled with its instances."""
    ec2 = Ec2()
    specification = api.SpotFleetLaunchSpecification(image_id=IMAGE, instance_type="m5.large")
    config = api.SpotFleetRequestConfigData(
        iam_fleet_role="arn:aws:iam::123456789012:role/fleet",
        target_capacity=2,
        launch_specifications=[specification],
    )
    made = ec2.did(api.RequestSpotFleet(spot_fleet_request_config=config)).spot_fleet_request_id
    ec2.given(api.ModifySpotFleetRequest(spot_fleet_request_id=made, target_capacity=4))
    assert len(ec2.did(api.DescribeSpotFleetInstances(spot_fleet_request_id=made)).active_instances) == 4
    ec2.given(api.CancelSpotFleetRequests(spot_fleet_request_ids=[made], terminate_instances=True))
    assert running(ec2) == 0
    (shown,) = ec2.did(api.DescribeSpotFleetRequests()).spot_fleet_request_configs
    assert shown.spot_fleet_request_state == "cancelled"
    ec2.replays()


def test_hosts() -> None:
    """Allocated for a type, modified, released when nothing runs on them."""
    ec2 = Ec2()
    (host,) = ec2.did(
        api.AllocateHosts(availability_zone="us-east-1a", instance_type="m5.large", quantity=1)
    ).host_ids
    on = api.Placement(host_id=host, tenancy="host", availability_zone="us-east-1a")
    (instance,) = run(ec2, instance_type="m5.large", placement=on)
    assert (
        ec2.did(api.ReleaseHosts(host_ids=[host])).unsuccessful[0].error.code == "Client.InvalidHost.Occupied"
    )
    ec2.given(api.TerminateInstances(instance_ids=[instance]))
    assert ec2.did(api.ReleaseHosts(host_ids=[host])).successful == [host]
    assert ec2.did(api.DescribeHosts()).hosts == []
    ec2.when(api.AllocateHosts(availability_zone="us-east-1a", instance_family="no")).refused(
        "InvalidInstanceFamily"
    )
    ec2.replays()


def test_reserved_instances() -> None:
    """Offered for one and three years; active until they are over."""
    ec2 = Ec2()
    found = ec2.did(
        api.DescribeReservedInstancesOfferings(instance_type="m5.large")
    ).reserved_instances_offerings
    assert {one.duration for one in found} == {31_536_000, 94_608_000}
    year = next(one for one in found if one.duration == 31_536_000)
    ec2.given(
        api.PurchaseReservedInstancesOffering(
            instance_count=1, reserved_instances_offering_id=year.reserved_instances_offering_id
        )
    )
    assert ec2.did(api.DescribeReservedInstances()).reserved_instances[0].state == "active"
    ec2.later(days=366)
    assert ec2.did(api.DescribeReservedInstances()).reserved_instances[0].state == "retired"
    ec2.replays()


def test_types_by_what_they_have() -> None:
    """A fleet takes the cheapest type that has what is required; a name is not needed."""
    ec2 = Ec2()
    required = api.InstanceRequirementsRequest(
        v_cpu_count=api.VCpuCountRangeRequest(min=2, max=2), memory_mi_b=api.MemoryMiBRequest(min=8192),
        cpu_manufacturers=["amazon-web-services"],
    )  # fmt: skip
    names = ec2.did(
        api.GetInstanceTypesFromInstanceRequirements(
            architecture_types=["arm64"], virtualization_types=["hvm"], instance_requirements=required
        )
    ).instance_types
    assert "m6g.large" in [one.instance_type for one in names]
    data = api.RequestLaunchTemplateData(image_id=IMAGE, instance_requirements=required)
    ec2.given(api.CreateLaunchTemplate(launch_template_name="web", launch_template_data=data))
    ec2.given(fleet("maintain", 1))

    (made,) = [one for held in ec2.did(api.DescribeInstances()).reservations for one in held.instances]
    assert made.instance_type == "m6g.large"
    ec2.replays()
