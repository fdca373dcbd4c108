"""What groups tell EC2 to do: Structs of this plugin's own, with the members that groups set."""

from __future__ import annotations

from backtrail import UNSET, Params, UnsetType, field
from backtrail_aws.autoscaling import api


class TagPair(Params):
    """A tag."""

    key: str | UnsetType = UNSET
    value: str | UnsetType = UNSET


class TagSpecification(Params):
    """Tags for what a launch makes."""

    resource_type: str | UnsetType = field(name="resourceType", default=UNSET)
    tags: list[TagPair] | UnsetType = UNSET


class Monitoring(Params):
    """Whether metrics come every minute."""

    enabled: bool | UnsetType = UNSET


class Where(Params):
    """Where an instance is put."""

    availability_zone: str | UnsetType = field(name="availabilityZone", default=UNSET)
    group_name: str | UnsetType = field(name="groupName", default=UNSET)
    tenancy: str | UnsetType = UNSET


class Profile(Params):
    """An instance profile, by name or ARN."""

    arn: str | UnsetType = UNSET
    name: str | UnsetType = UNSET


class Device(Params):
    """A volume that an instance is launched with."""

    device_name: str | UnsetType = field(name="deviceName", default=UNSET)
    virtual_name: str | UnsetType = field(name="virtualName", default=UNSET)
    ebs: api.Ebs | UnsetType = UNSET
    no_device: str | UnsetType = field(name="noDevice", default=UNSET)


class SpotOptions(Params):
    """What is paid at most."""

    max_price: str | UnsetType = field(name="maxPrice", default=UNSET)


class Market(Params):
    """The market that an instance is bought in."""

    market_type: str | UnsetType = field(name="marketType", default=UNSET)
    spot_options: SpotOptions | UnsetType = field(name="spotOptions", default=UNSET)


class Interface(Params):
    """The network interface of a launch that says whether it has a public address."""

    device_index: int = field(name="deviceIndex")
    associate_public_ip_address: bool | UnsetType = field(name="associatePublicIpAddress", default=UNSET)
    subnet_id: str | UnsetType = field(name="subnetId", default=UNSET)
    groups: list[str] | UnsetType = UNSET


class RunInstances(Params):
    """A launch, as a group has it made."""

    min_count: int | UnsetType = field(name="minCount", default=UNSET)
    max_count: int | UnsetType = field(name="maxCount", default=UNSET)
    image_id: str | UnsetType = field(name="imageId", default=UNSET)
    instance_type: str | UnsetType = field(name="instanceType", default=UNSET)
    key_name: str | UnsetType = field(name="keyName", default=UNSET)
    kernel_id: str | UnsetType = field(name="kernelId", default=UNSET)
    ramdisk_id: str | UnsetType = field(name="ramdiskId", default=UNSET)
    security_group_ids: list[str] | UnsetType = field(name="securityGroupIds", default=UNSET)
    subnet_id: str | UnsetType = field(name="subnetId", default=UNSET)
    user_data: str | UnsetType = field(name="userData", default=UNSET)
    placement: Where | UnsetType = UNSET
    monitoring: Monitoring | UnsetType = UNSET
    ebs_optimized: bool | UnsetType = field(name="ebsOptimized", default=UNSET)
    block_device_mappings: list[Device] | UnsetType = field(name="blockDeviceMappings", default=UNSET)
    iam_instance_profile: Profile | UnsetType = field(name="iamInstanceProfile", default=UNSET)
    network_interfaces: list[Interface] | UnsetType = field(name="networkInterfaces", default=UNSET)
    instance_market_options: Market | UnsetType = field(name="instanceMarketOptions", default=UNSET)
    launch_template: api.LaunchTemplateSpecification | UnsetType = field(name="launchTemplate", default=UNSET)
    metadata_options: api.InstanceMetadataOptions | UnsetType = field(name="metadataOptions", default=UNSET)
    tag_specifications: list[TagSpecification] | UnsetType = field(name="tagSpecifications", default=UNSET)
    client_token: str | UnsetType = field(name="clientToken", default=UNSET)


class OfInstances(Params):
    """What concerns instances by id."""

    instance_ids: list[str] | UnsetType = field(name="instanceIds", default=UNSET)


class StartInstances(OfInstances):
    """Instances start."""


class StopInstances(OfInstances):
    """Instances stop."""


class TerminateInstances(OfInstances):
    """Instances are terminated."""
