"""What EC2's records tell groups, in the form in which EC2's records stand (`instancesSet: {items: [...]}`)."""

from __future__ import annotations

from backtrail import UNSET, Params, UnsetType, field, told


class TagPair(Params):
    """A tag."""

    key: str | UnsetType = UNSET
    value: str | UnsetType = UNSET


class TagSpecification(Params):
    """Tags for what a launch makes."""

    resource_type: str | UnsetType = field(name="resourceType", default=UNSET)
    tags: list[TagPair] | UnsetType = UNSET


class TagSpecifications(Params):
    """Several of them."""

    items: list[TagSpecification] | UnsetType = UNSET


class Where(Params):
    """Where an instance is."""

    availability_zone: str | UnsetType = field(name="availabilityZone", default=UNSET)


class Launched(Params):
    """An instance, as records name it or show it."""

    instance_id: str | UnsetType = field(name="instanceId", default=UNSET)
    image_id: str | UnsetType = field(name="imageId", default=UNSET)
    instance_type: str | UnsetType = field(name="instanceType", default=UNSET)
    subnet_id: str | UnsetType = field(name="subnetId", default=UNSET)
    placement: Where | UnsetType = UNSET


class Several(Params):
    """Instances."""

    items: list[Launched] | UnsetType = UNSET


class RunInstances(Params):
    """A launch: whom it was for."""

    tag_specifications: TagSpecifications | UnsetType = field(name="tagSpecificationSet", default=UNSET)
    client_token: str | UnsetType = field(name="clientToken", default=UNSET)


class RunInstancesResult(Params):
    """What was launched."""

    instances: Several | UnsetType = field(name="instancesSet", default=UNSET)


class OfInstances(Params):
    """What concerns instances by id."""

    instances: Several | UnsetType = field(name="instancesSet", default=UNSET)

    def ids(self) -> list[str]:
        """Which."""
        return [told(one.instance_id, "") for one in told(told(self.instances, Several()).items, [])]


class StopInstances(OfInstances):
    """Instances were stopped."""


class TerminateInstances(OfInstances):
    """Instances were terminated."""


class BidEvictedEvent(Params):
    """Spot instances were interrupted."""

    instance_id_set: list[str] | UnsetType = field(name="instanceIdSet", default=UNSET)


class FailZone(Params):
    """A zone went down."""

    zone: str | UnsetType = UNSET


class RecoverZone(Params):
    """A zone is up again."""

    zone: str | UnsetType = UNSET
