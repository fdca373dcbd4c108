"""Launch templates: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-launch-templates.html"""

from __future__ import annotations

import re
from typing import Any, Protocol

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, images, limits, tags, type_data
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_compute import Template, TemplateVersion

TEMPLATES = Kind(
    "launch-template", "lt", Template, lambda state: state.compute.templates,
    code="InvalidLaunchTemplateId.NotFound", noun="launch template ID", cloudformation="AWS::EC2::LaunchTemplate",
    parameters=("launch_template_id", "launch_template_ids"), created_by=("CreateLaunchTemplate",),
)  # fmt: skip

_NAME = re.compile(r"[a-zA-Z0-9().\-/_]{3,128}")  # API_CreateLaunchTemplate
LATEST, DEFAULT = "$Latest", "$Default"


class Reference(Protocol):
    """What names a template: by id or by name."""

    @property
    def launch_template_id(self) -> str | UnsetType: ...
    @property
    def launch_template_name(self) -> str | UnsetType: ...


# create


@service.handle(token="client_token")
def create_launch_template(
    state: Ec2, call: Call[api.CreateLaunchTemplate]
) -> api.CreateLaunchTemplateResult:
    """A template with its first version."""
    params = call.params
    tags.check_new(params.tag_specifications, "launch-template")
    if _NAME.fullmatch(params.launch_template_name) is None:
        # evidence: page errors-overview.html (InvalidLaunchTemplateName.MalformedException); words: guess
        raise Refusal(
            "InvalidLaunchTemplateName.MalformedException",
            "Launch template name must be between 3 and 128 characters, and may contain letters, numbers, and the "
            "following characters: - ( ) . / _.",
        )
    if params.launch_template_name in state.compute.template_names:
        # evidence: page errors-overview.html; words: guess
        raise Refusal(
            "InvalidLaunchTemplateName.AlreadyExistsException", "Launch template name already in use."
        )
    if len(state.compute.templates) >= call.quota("launch_templates", limits.LAUNCH_TEMPLATES_MAX):
        raise errors.limit("MaxTemplateLimitExceeded", "launch templates")
    check_data(params.launch_template_data)
    template = Template(
        id=call.new_id("lt"), name=params.launch_template_name, created=call.time, creator=call.caller.arn,
        tags=tags.given(params.tag_specifications, "launch-template"),
    )  # fmt: skip
    return api.CreateLaunchTemplateResult(launch_template=shown(template))


def check_data(data: api.RequestLaunchTemplateData) -> None:
    """Refuse what no launch could do with; what is not there at launch is not asked now."""
    if isinstance(data.instance_type, str) and isinstance(
        data.instance_requirements, api.InstanceRequirementsRequest
    ):
        # evidence: page API_RequestLaunchTemplateData; words: guess
        raise errors.combination("You can specify either InstanceType or InstanceRequirements, but not both.")
    if isinstance(data.instance_type, str) and data.instance_type not in type_data.types():
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid(f"Invalid value '{data.instance_type}' for InstanceType.")
    if isinstance(data.image_id, str) and not data.image_id.startswith("resolve:"):
        images.check_form([data.image_id])
    if len(told(data.user_data, "")) > limits.USER_DATA_MAX * 4 // 3 + 4:
        # evidence: page API_RequestLaunchTemplateData; words: guess
        raise errors.invalid(f"User data is limited to {limits.USER_DATA_MAX} bytes")


@service.project
def launch_template_created(
    state: Ec2, event: Event[api.CreateLaunchTemplate, api.CreateLaunchTemplateResult]
) -> None:
    """There is the template."""
    made = told(event.result.launch_template, api.LaunchTemplate())
    if isinstance(made.launch_template_id, UnsetType):
        return
    params = event.params
    template = Template(
        id=made.launch_template_id, name=params.launch_template_name, created=event.time,
        creator=told(made.created_by, event.identity.arn), tags=tags.given(params.tag_specifications,
        "launch-template"),
        arn=TEMPLATES.arn(event, made.launch_template_id),
    )  # fmt: skip
    template.versions["1"] = TemplateVersion(
        number=1, data=params.launch_template_data, description=params.version_description, created=event.time,
        creator=template.creator,
    )  # fmt: skip
    state.compute.templates[template.id] = template
    state.compute.template_names[params.launch_template_name] = template.id


# modify, delete


@service.handle(token="client_token")
def modify_launch_template(
    state: Ec2, call: Call[api.ModifyLaunchTemplate]
) -> api.ModifyLaunchTemplateResult:
    """Another version is the default one."""
    template = found(state, call.params)
    made = shown(template)
    if isinstance(call.params.default_version, str):
        number = version(template, call.params.default_version).number
        made = shown(template, default=number)
    return api.ModifyLaunchTemplateResult(launch_template=made)


@service.project
def launch_template_modified(
    state: Ec2, event: Event[api.ModifyLaunchTemplate, api.ModifyLaunchTemplateResult]
) -> None:
    """It is."""
    template = noticed(state, event, event.params)
    wanted = told(event.params.default_version, "")
    if template is not None and wanted.isdigit():
        template.default = int(wanted)
        template.latest = max(template.latest, template.default)
    elif template is not None and wanted == LATEST:
        template.default = template.latest


@service.handle
def delete_launch_template(
    state: Ec2, call: Call[api.DeleteLaunchTemplate]
) -> api.DeleteLaunchTemplateResult:
    """A template with all its versions."""
    return api.DeleteLaunchTemplateResult(launch_template=shown(found(state, call.params)))


@service.project
def launch_template_deleted(
    state: Ec2, event: Event[api.DeleteLaunchTemplate, api.DeleteLaunchTemplateResult]
) -> None:
    """It is gone."""
    template = peek(state, event.params)
    if template is not None:
        state.compute.templates.pop(template.id, None)
        state.compute.template_names.pop(told(template.name, ""), None)


# find


def peek(state: Ec2, named: Reference) -> Template | None:
    """The template that an id or a name means; None where there is none."""
    identifier = named.launch_template_id
    if isinstance(identifier, UnsetType):
        identifier = state.compute.template_names.get(told(named.launch_template_name, ""), "")
    return state.compute.templates.get(identifier)


def found(state: Ec2, named: Reference) -> Template:
    """The same. Raises `Refusal`."""
    identifier, name = named.launch_template_id, named.launch_template_name
    if isinstance(identifier, str) and isinstance(name, str):
        # evidence: page API_LaunchTemplateSpecification; words: guess
        raise errors.combination("You can specify either the launch template ID or the name, but not both.")
    template = peek(state, named)
    if template is not None:
        return template
    if isinstance(identifier, str):
        raise no_id(identifier)
    if isinstance(name, str):
        raise no_name(name)
    # evidence: page API_LaunchTemplateSpecification; words: guess
    raise Refusal(
        "MissingParameter", "Either a launch template ID or a launch template name must be specified."
    )


def no_id(identifier: str) -> Refusal:
    """No template has this id."""
    if not TEMPLATES.fits(identifier):
        # evidence: page errors-overview.html (InvalidLaunchTemplateId.Malformed); words: guess
        return Refusal("InvalidLaunchTemplateId.Malformed", f"Invalid launch template id: {identifier}")
    # evidence: page errors-overview.html; words: guess
    return Refusal(
        "InvalidLaunchTemplateId.NotFound",
        f"The specified launch template, with template ID {identifier}, does not exist.",
    )


def no_name(name: str) -> Refusal:
    """No template has this name."""
    # evidence: page errors-overview.html; words: guess
    return Refusal(
        "InvalidLaunchTemplateName.NotFoundException",
        f"The specified launch template, with template name {name}, does not exist.",
    )


def version(template: Template, wanted: str | UnsetType) -> TemplateVersion:
    """A version by its number, `$Latest` or `$Default` (where none is named). Raises `Refusal`."""
    text = told(wanted, DEFAULT)
    number = {LATEST: max(template.numbers(), default=template.latest), DEFAULT: template.default}.get(text)
    if number is None and text.isdigit():
        number = int(text)
    if number is None:
        # evidence: page API_LaunchTemplateSpecification; words: guess
        raise errors.invalid(f"Invalid launch template version: {text}")
    held = template.versions.get(str(number))
    if held is None:
        # evidence: page errors-overview.html (InvalidLaunchTemplateId.VersionNotFound); words: guess
        raise Refusal(
            "InvalidLaunchTemplateId.VersionNotFound",
            f"Could not find the specified version {text} for the launch template with ID {template.id}.",
        )
    return held


def noticed(state: Ec2, event: Event[Any, Any], named: Reference) -> Template | None:
    """In a fold: the template that a record names, inferred where only its id is known."""
    template = peek(state, named)
    if template is None and isinstance(named.launch_template_id, str):
        template = TEMPLATES.known(state, event, named.launch_template_id)
        template.name = named.launch_template_name
    return template


# describe


_FIELDS: filters.Fields[Template] = {
    "create-time": lambda one: (
        UNSET if isinstance(one.created, UnsetType) else str(IsoMillisZ.of(one.created).written())
    ),
    "launch-template-name": lambda one: one.name,
    "operator.managed": lambda one: False,
    "operator.principal": lambda one: None,
}
"""API_DescribeLaunchTemplates: Filters."""


@service.read
def describe_launch_templates(
    state: Ec2, call: Call[api.DescribeLaunchTemplates]
) -> api.DescribeLaunchTemplatesResult:
    """Templates in the order of their ids; those that are named must be there."""
    held = state.compute
    for identifier in told(call.params.launch_template_ids, []):
        if identifier not in held.templates:
            raise no_id(identifier)
    names = told(call.params.launch_template_names, [])
    for name in names:
        if name not in held.template_names:
            raise no_name(name)
    wanted = [*told(call.params.launch_template_ids, []), *(held.template_names[one] for one in names)]
    page = filters.described(
        state, call, TEMPLATES, wanted or UNSET, _FIELDS, alone="launchTemplateIds", bounds=(1, 200)
    )
    return api.DescribeLaunchTemplatesResult(
        launch_templates=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


def shown(template: Template, default: int | None = None) -> api.LaunchTemplate:
    """A template as answers show it."""
    return api.LaunchTemplate(
        launch_template_id=template.id, launch_template_name=template.name,
        create_time=UNSET if isinstance(template.created, UnsetType) else IsoMillisZ.of(template.created),
        created_by=template.creator, default_version_number=default or template.default,
        latest_version_number=template.latest, tags=tags.shown(template.tags) or UNSET,
        operator=api.OperatorResponse(managed=False),
    )  # fmt: skip
