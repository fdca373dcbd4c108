"""Versions of launch templates: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/manage-launch-template-versions.html"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, instances, launch_templates, limits
from backtrail_aws.ec2.casting import cast, merged
from backtrail_aws.ec2.instances import INSTANCES
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Instance, Template, TemplateVersion

Look = Callable[[TemplateVersion], filters.Value]


@service.handle(token="client_token")
def create_launch_template_version(
    state: Ec2, call: Call[api.CreateLaunchTemplateVersion]
) -> api.CreateLaunchTemplateVersionResult:
    """Another version; what it does not say is the source version's, where one is named."""
    params = call.params
    template = launch_templates.found(state, params)
    if len(template.versions) >= call.quota("launch_template_versions", limits.LAUNCH_TEMPLATE_VERSIONS_MAX):
        raise errors.limit("MaxTemplateVersionLimitExceeded", "launch template versions")
    launch_templates.check_data(params.launch_template_data)
    made = TemplateVersion(
        number=template.latest + 1, data=_data(template, params), description=params.version_description,
        created=call.time, creator=call.caller.arn,
    )  # fmt: skip
    return api.CreateLaunchTemplateVersionResult(launch_template_version=shown(template, made))


def _data(template: Template, params: api.CreateLaunchTemplateVersion) -> api.RequestLaunchTemplateData:
    if isinstance(params.source_version, UnsetType):
        return params.launch_template_data
    source = launch_templates.version(template, params.source_version)
    return merged(source.data, params.launch_template_data)


@service.project
def launch_template_version_created(
    state: Ec2, event: Event[api.CreateLaunchTemplateVersion, api.CreateLaunchTemplateVersionResult]
) -> None:
    """There is the version."""
    template = launch_templates.noticed(state, event, event.params)
    if template is None:
        return
    made = told(event.result.launch_template_version, api.LaunchTemplateVersion())
    number = told(made.version_number, template.latest + 1)
    try:
        data = _data(template, event.params)
    except Refusal:
        data = event.params.launch_template_data
    template.versions[str(number)] = TemplateVersion(
        number=number, data=data, description=event.params.version_description, created=event.time,
        creator=told(made.created_by, event.identity.arn),
    )  # fmt: skip
    template.latest = max(template.latest, number)


# delete


@service.handle
def delete_launch_template_versions(
    state: Ec2, call: Call[api.DeleteLaunchTemplateVersions]
) -> api.DeleteLaunchTemplateVersionsResult:
    """Versions, but for the default one; each that cannot be deleted says why."""
    template = launch_templates.found(state, call.params)
    deleted: list[api.DeleteLaunchTemplateVersionsResponseSuccessItem] = []
    kept: list[api.DeleteLaunchTemplateVersionsResponseErrorItem] = []
    for text in told(call.params.versions, []):
        number = int(text) if text.isdigit() else 0
        if number == template.default:
            # evidence: page errors-overview.html; words: guess
            raise Refusal(
                "OperationNotPermitted", f"Cannot delete the default version {number} of launch template."
            )
        if str(number) in template.versions:
            deleted.append(
                api.DeleteLaunchTemplateVersionsResponseSuccessItem(
                    launch_template_id=template.id, launch_template_name=template.name, version_number=number
                )
            )
            continue
        error = api.ResponseError(
            code="launchTemplateVersionDoesNotExist",
            message=f"The version {text} of {template.id} does not exist.",
        )
        kept.append(
            api.DeleteLaunchTemplateVersionsResponseErrorItem(
                launch_template_id=template.id, launch_template_name=template.name, version_number=number,
                response_error=error,
            )
        )  # fmt: skip
    return api.DeleteLaunchTemplateVersionsResult(
        successfully_deleted_launch_template_versions=deleted,
        unsuccessfully_deleted_launch_template_versions=kept,
    )


@service.project
def launch_template_versions_deleted(
    state: Ec2, event: Event[api.DeleteLaunchTemplateVersions, api.DeleteLaunchTemplateVersionsResult]
) -> None:
    """They are gone; their numbers never come again."""
    template = launch_templates.peek(state, event.params)
    for text in told(event.params.versions, []):
        if template is not None and text.isdigit() and int(text) != template.default:
            template.versions.pop(str(int(text)), None)


# describe


def _fields() -> filters.Fields[TemplateVersion]:
    """API_DescribeLaunchTemplateVersions: Filters, of which those that look into the data."""

    def data(member: str) -> Look:
        return lambda one: getattr(one.data, member)

    def option(member: str, name: str) -> Look:
        return lambda one: getattr(getattr(one.data, member), name, UNSET)

    return {
        "create-time": lambda one: (
            UNSET if isinstance(one.created, UnsetType) else str(IsoMillisZ.of(one.created).written())
        ),
        "ebs-optimized": data("ebs_optimized"),
        "http-endpoint": option("metadata_options", "http_endpoint"),
        "http-protocol-ipv4": lambda one: None,
        "host-resource-group-arn": option("placement", "host_resource_group_arn"),
        "iam-instance-profile": option("iam_instance_profile", "arn"),
        "image-id": data("image_id"),
        "instance-type": data("instance_type"),
        "is-default-version": lambda one: None,
        "kernel-id": data("kernel_id"),
        "license-configuration-arn": lambda one: None,
        "network-card-index": lambda one: None,
        "ram-disk-id": data("ram_disk_id"),
    }


@service.read
def describe_launch_template_versions(
    state: Ec2, call: Call[api.DescribeLaunchTemplateVersions]
) -> api.DescribeLaunchTemplateVersionsResult:
    """A template's versions, the newest first; without a template, the default or latest versions of all."""
    params = call.params
    wanted = told(params.versions, [])
    pairs: list[tuple[Template, TemplateVersion]]
    if params.launch_template_id is UNSET and params.launch_template_name is UNSET:
        if not wanted or not set(wanted) <= {launch_templates.LATEST, launch_templates.DEFAULT}:
            # evidence: page API_DescribeLaunchTemplateVersions; words: guess
            raise Refusal(
                "MissingParameter", "Either a launch template ID or a launch template name must be specified."
            )
        pairs = [
            (template, launch_templates.version(template, one))
            for template in state.compute.templates.values()
            for one in wanted
            if template.versions
        ]
    else:
        template = launch_templates.found(state, params)
        pairs = [(template, one) for one in _chosen(template, params)]
    looks: filters.Fields[TemplateVersion] = {
        **_fields(),
        "is-default-version": lambda one: one in _defaults(pairs),
    }
    keep = filters.matching(params.filters, looks)
    held = {
        f"{template.id}/{1_000_000_000 - one.number:010}": (template, one)
        for template, one in pairs
        if keep is None or keep(one)
    }
    page = filters.paged(call, held, bounds=(1, 200))
    return api.DescribeLaunchTemplateVersionsResult(
        launch_template_versions=[shown(template, one) for template, one in page.items],
        next_token=page.next or UNSET,
    )


def _defaults(pairs: list[tuple[Template, TemplateVersion]]) -> list[TemplateVersion]:
    return [one for template, one in pairs if one.number == template.default]


def _chosen(template: Template, params: api.DescribeLaunchTemplateVersions) -> list[TemplateVersion]:
    wanted = told(params.versions, [])
    if wanted:
        return list(
            {
                one.number: one for one in (launch_templates.version(template, text) for text in wanted)
            }.values()
        )
    least, most = told(params.min_version, "1"), told(params.max_version, str(template.latest))
    if not least.isdigit() or not most.isdigit():
        # evidence: page API_DescribeLaunchTemplateVersions; words: guess
        raise errors.invalid("Minimum and maximum versions must be numbers.")
    return [
        template.versions[str(number)] for number in template.numbers() if int(least) <= number <= int(most)
    ]


def shown(template: Template, one: TemplateVersion) -> api.LaunchTemplateVersion:
    """A version as answers show it."""
    return api.LaunchTemplateVersion(
        launch_template_id=template.id, launch_template_name=template.name, version_number=one.number,
        version_description=one.description, created_by=one.creator, default_version=one.number == template.default,
        create_time=UNSET if isinstance(one.created, UnsetType) else IsoMillisZ.of(one.created),
        launch_template_data=response(one.data), operator=api.OperatorResponse(managed=False),
    )  # fmt: skip


def response(data: api.RequestLaunchTemplateData) -> api.ResponseLaunchTemplateData:
    """A version's data as answers show it: the same members in types of their own."""
    return cast(data, api.ResponseLaunchTemplateData)


# of an instance


@service.read
def get_launch_template_data(
    state: Ec2, call: Call[api.GetLaunchTemplateData]
) -> api.GetLaunchTemplateDataResult:
    """What an instance would be launched like."""
    instance = INSTANCES.find(state, call.params.instance_id)
    return api.GetLaunchTemplateDataResult(launch_template_data=_of(state, call, instance))


def _of(state: Ec2, call: Call[Any], instance: Instance) -> api.ResponseLaunchTemplateData:
    made = instances.shown(state, call, instance)
    profile = instance.profile
    data = cast(
        made, api.ResponseLaunchTemplateData,
        user_data=instance.user_data, disable_api_termination=told(instance.keeps, False),
        disable_api_stop=told(instance.keeps_running, False), instance_market_options=UNSET, tag_specifications=UNSET,
        instance_initiated_shutdown_behavior=told(instance.shutdown, "stop"), ram_disk_id=instance.ramdisk,
        monitoring=api.LaunchTemplatesMonitoring(enabled=told(instance.monitored, False)), security_groups=UNSET,
        iam_instance_profile=UNSET if profile is None
        else api.LaunchTemplateIamInstanceProfileSpecification(arn=profile.arn),
        block_device_mappings=[
            cast(one, api.LaunchTemplateBlockDeviceMapping, ebs=_ebs(state, instance, told(one.device_name, "")))
            for one in told(made.block_device_mappings, [])
        ],
        network_interfaces=[
            api.LaunchTemplateInstanceNetworkInterfaceSpecification(
                associate_public_ip_address=not isinstance(one.association, UnsetType), description=one.description,
                delete_on_termination=getattr(one.attachment, "delete_on_termination", UNSET),
                device_index=getattr(one.attachment, "device_index", UNSET), ipv6_addresses=one.ipv6_addresses,
                groups=[told(group.group_id, "") for group in told(one.groups, [])], interface_type=one.interface_type,
                private_ip_addresses=[
                    cast(private, api.PrivateIpAddressSpecification)
                    for private in told(one.private_ip_addresses, [])
                ],
                subnet_id=one.subnet_id,
            )
            for one in told(made.network_interfaces, [])
        ],
        credit_specification=UNSET if isinstance(instance.credits, UnsetType)
        else api.CreditSpecification(cpu_credits=instance.credits),
    )  # fmt: skip
    return data


def _ebs(state: Ec2, instance: Instance, device: str) -> api.LaunchTemplateEbsBlockDevice:
    volume = state.storage.volumes[state.compute.devices[instance.id][device]]
    figures = volume.figures
    return api.LaunchTemplateEbsBlockDevice(
        encrypted=volume.encrypted, delete_on_termination=volume.uses[instance.id].delete, iops=figures.iops,
        kms_key_id=volume.kms_key, snapshot_id=told(volume.snapshot, "") or UNSET, volume_size=figures.size,
        volume_type=figures.kind, throughput=figures.throughput,
    )  # fmt: skip
