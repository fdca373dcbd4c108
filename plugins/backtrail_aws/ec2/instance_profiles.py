"""Instance profiles of instances: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-roles-for-amazon-ec2.html"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Access, Call, Event, Params, Refusal, UnsetType, field, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, instances
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance, ProfileUse


class ListInstanceProfiles(Params):
    """Whether there is an IAM to ask."""

    max_items: int = field(name="maxItems")


class ListInstanceProfilesResult(Params):
    """It answered."""


class GetInstanceProfile(Params):
    """What IAM is asked."""

    instance_profile_name: str = field(name="instanceProfileName")


class Role(Params):
    """A role of a profile."""

    arn: str


class Profile(Params):
    """What IAM tells of a profile."""

    arn: str
    instance_profile_id: str = field(name="instanceProfileId")
    roles: list[Role] | UnsetType = UNSET


class GetInstanceProfileResult(Params):
    """What IAM answers."""

    instance_profile: Profile = field(name="instanceProfile")


Specification = api.IamInstanceProfileSpecification | UnsetType


def chosen(call: Call[Any], wanted: Specification) -> ProfileUse | None:
    """The profile that a call gives to instances; the caller must be allowed to pass its role. Raises `Refusal`."""
    if isinstance(wanted, UnsetType) or wanted.arn is UNSET is wanted.name:
        return None
    if isinstance(wanted.arn, str) and isinstance(wanted.name, str):
        # evidence: page errors-overview.html; words: guess
        raise errors.combination("The parameter 'iamInstanceProfile.name' may not be used in combination with "
                                 "'iamInstanceProfile.arn'")  # fmt: skip
    by_name = isinstance(wanted.name, str)
    text = wanted.name if isinstance(wanted.name, str) else told(wanted.arn, "")
    name = text if by_name else text.rpartition("/")[2]
    arn = call.arn("iam", f"instance-profile/{name}", region="") if by_name else text
    if call.ask("iam", ListInstanceProfiles(max_items=1), ListInstanceProfilesResult) is None:
        return ProfileUse(arn=arn, since=call.time)
    found = call.ask("iam", GetInstanceProfile(instance_profile_name=name), GetInstanceProfileResult)
    if found is None or (not by_name and found.instance_profile.arn != arn):
        member, kind = ("name", "name") if by_name else ("arn", "ARN")
        # evidence: record incident-a RunInstances (the name; the ARN: guess)
        raise errors.invalid(
            f"Value ({text}) for parameter iamInstanceProfile.{member} is invalid. Invalid IAM Instance Profile {kind}"
        )
    held = found.instance_profile
    for role in told(held.roles, []):
        call.require(
            Access(
                action="iam:PassRole", resources=[role.arn],
                context={"iam:PassedToService": "ec2.amazonaws.com", "ec2:InstanceProfile": held.arn},
            )
        )  # fmt: skip
    return ProfileUse(arn=held.arn, id=held.instance_profile_id, since=call.time)


def use(state: Ec2, instance: Instance, profile: ProfileUse | None) -> None:
    """In a fold: an instance has a profile, or none."""
    if instance.profile is not None and isinstance(instance.profile.association, str):
        state.compute.profiles.pop(instance.profile.association, None)
    instance.profile = profile
    if profile is not None and isinstance(profile.association, str):
        state.compute.profiles[profile.association] = instance.id


# associations


def _shown(instance: str, profile: ProfileUse, state: str) -> api.IamInstanceProfileAssociation:
    return api.IamInstanceProfileAssociation(
        association_id=profile.association, instance_id=instance, state=state,
        iam_instance_profile=api.IamInstanceProfile(arn=profile.arn, id=profile.id),
        timestamp=UNSET if isinstance(profile.since,
        UnsetType) or state == "associated" else IsoMillisZ.of(profile.since),
    )  # fmt: skip


@service.handle
def associate_iam_instance_profile(
    state: Ec2, call: Call[api.AssociateIamInstanceProfile]
) -> api.AssociateIamInstanceProfileResult:
    """Give a profile to an instance that has none."""
    instance = INSTANCES.find(state, call.params.instance_id)
    now = instances.state_of(call, instance)
    if now not in ("running", "stopped", "stopping", "pending"):
        # evidence: page errors-overview.html (IncorrectInstanceState); words: guess
        raise Refusal(
            "IncorrectInstanceState", f"The instance '{instance.id}' is not in a valid state: {now}."
        )
    if instance.profile is not None:
        # evidence: page errors-overview.html (IncorrectState); words: guess
        raise Refusal("IncorrectState", f"There is an existing association for instance {instance.id}")
    profile = chosen(call, call.params.iam_instance_profile) or ProfileUse(arn="")
    profile.association = call.new_id("iip-assoc")
    return api.AssociateIamInstanceProfileResult(
        iam_instance_profile_association=_shown(instance.id, profile, "associating")
    )


@service.project
def iam_instance_profile_associated(
    state: Ec2, event: Event[api.AssociateIamInstanceProfile, api.AssociateIamInstanceProfileResult]
) -> None:
    """The instance has the profile."""
    instance = INSTANCES.known(state, event, event.params.instance_id)
    made = told(event.result.iam_instance_profile_association, api.IamInstanceProfileAssociation())
    use(state, instance, _of(event, made, event.params.iam_instance_profile))


def _of(event: Event[Any, Any], made: api.IamInstanceProfileAssociation, wanted: Specification) -> ProfileUse:
    """The profile that an answer shows, or that a request names."""
    shown = told(made.iam_instance_profile, api.IamInstanceProfile())
    asked = told(wanted, api.IamInstanceProfileSpecification())
    named = told(asked.arn, event.arn("iam", f"instance-profile/{told(asked.name, '')}", region=""))
    return ProfileUse(
        arn=told(shown.arn, named), id=shown.id, association=made.association_id, since=event.time
    )


def _association(state: Ec2, identifier: str) -> tuple[Instance, ProfileUse]:
    """The instance and the profile of an association. Raises `Refusal`."""
    instance = state.compute.instances.get(state.compute.profiles.get(identifier, ""))
    if instance is None or instance.profile is None:
        # evidence: page errors-overview.html (InvalidAssociationID.NotFound); words: guess
        raise Refusal(
            "InvalidAssociationID.NotFound", f"An invalid association-id of '{identifier}' was given"
        )
    return instance, instance.profile


@service.handle
def disassociate_iam_instance_profile(
    state: Ec2, call: Call[api.DisassociateIamInstanceProfile]
) -> api.DisassociateIamInstanceProfileResult:
    """Take a profile from an instance."""
    instance, profile = _association(state, call.params.association_id)
    return api.DisassociateIamInstanceProfileResult(
        iam_instance_profile_association=_shown(instance.id, profile, "disassociating")
    )


@service.project
def iam_instance_profile_disassociated(
    state: Ec2, event: Event[api.DisassociateIamInstanceProfile, api.DisassociateIamInstanceProfileResult]
) -> None:
    """The instance has none."""
    made = told(event.result.iam_instance_profile_association, api.IamInstanceProfileAssociation())
    identifier = state.compute.profiles.get(event.params.association_id, told(made.instance_id, ""))
    if identifier:
        use(state, INSTANCES.known(state, event, identifier), None)


@service.handle
def replace_iam_instance_profile_association(
    state: Ec2, call: Call[api.ReplaceIamInstanceProfileAssociation]
) -> api.ReplaceIamInstanceProfileAssociationResult:
    """Another profile in place of the one that an instance has; the association is another, too."""
    identifier = call.params.association_id
    if identifier not in state.compute.profiles:
        # evidence: record denied-calls ReplaceIamInstanceProfileAssociation
        raise errors.invalid(f"Invalid Id: {identifier}")
    instance, _ = _association(state, identifier)
    profile = chosen(call, call.params.iam_instance_profile) or ProfileUse(arn="")
    profile.association = call.new_id("iip-assoc")
    return api.ReplaceIamInstanceProfileAssociationResult(
        iam_instance_profile_association=_shown(instance.id, profile, "associating")
    )


@service.project
def iam_instance_profile_replaced(
    state: Ec2,
    event: Event[api.ReplaceIamInstanceProfileAssociation, api.ReplaceIamInstanceProfileAssociationResult],
) -> None:
    """The instance has the other one."""
    made = told(event.result.iam_instance_profile_association, api.IamInstanceProfileAssociation())
    identifier = state.compute.profiles.get(event.params.association_id, told(made.instance_id, ""))
    if identifier:
        instance = INSTANCES.known(state, event, identifier)
        use(state, instance, _of(event, made, event.params.iam_instance_profile))


@service.read
def describe_iam_instance_profile_associations(
    state: Ec2, call: Call[api.DescribeIamInstanceProfileAssociations]
) -> api.DescribeIamInstanceProfileAssociationsResult:
    """Which instances have which profiles."""
    wanted = told(call.params.association_ids, [])
    pairs = [_association(state, one) for one in wanted or state.compute.profiles]
    looks: filters.Fields[tuple[Instance, ProfileUse]] = {
        "instance-id": lambda pair: pair[0].id,
        "state": lambda pair: "associated",
    }
    held = {told(profile.association, ""): (instance, profile) for instance, profile in pairs}
    page = filters.paged(call, held, filters.matching(call.params.filters, looks))
    return api.DescribeIamInstanceProfileAssociationsResult(
        iam_instance_profile_associations=[
            _shown(instance.id, profile, "associated") for instance, profile in page.items
        ],
        next_token=page.next or UNSET,
    )
