"""Which action on which resource a call needs.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Access, Call, told
from backtrail.policy import Value
from backtrail_aws.autoscaling import api, names
from backtrail_aws.autoscaling.state import Group, Scaling, service


@service.authorization
def needs(state: Scaling, call: Call[Any]) -> Iterator[Access]:
    """The action on the group or configuration that the call names; reads are on everything."""
    groups = list(_groups(state, call))
    resources = [_arn(call, state, one) for one in groups]
    name = getattr(call.params, "launch_configuration_name", None)
    if isinstance(name, str) and "LaunchConfiguration" in call.action:
        held = state.configurations.get(name)
        resources = [held.arn if held is not None else names.configuration_arn(call, "*", name)]
    if call.action.startswith("Describe"):
        resources = []
    context: dict[str, Value] = {}
    group = state.groups.get(groups[0]) if groups else None
    if group is not None:
        context |= {f"aws:ResourceTag/{key}": tag.value for key, tag in group.tags.items()}
        context |= {f"autoscaling:ResourceTag/{key}": tag.value for key, tag in group.tags.items()}
    yield Access(
        action=f"autoscaling:{call.action}", resources=list(dict.fromkeys(resources)) or ["*"],
        context=context | _asked(call.params),
    )  # fmt: skip


def _groups(state: Scaling, call: Call[Any]) -> Iterator[str]:
    name = getattr(call.params, "auto_scaling_group_name", None)
    if isinstance(name, str):
        yield names.short(name)
    elif isinstance(policy := getattr(call.params, "policy_name", None), str) and policy.startswith("arn:"):
        yield names.policy_parts(policy)[0]
    ids = [getattr(call.params, "instance_id", None), *(_several(call.params))]
    for one in ids if not isinstance(name, str) else []:
        group = names.group_of(state, one) if isinstance(one, str) else None
        if group is not None:
            yield group.name
    for tag in _tags(call.params):
        if isinstance(tag.resource_id, str):
            yield tag.resource_id


def _several(params: Any) -> list[object]:
    found: object = getattr(params, "instance_ids", None)
    return list(found) if isinstance(found, list) else []  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]


def _arn(call: Call[Any], state: Scaling, name: str) -> str:
    group: Group | None = state.groups.get(name)
    return group.arn if group is not None else names.group_arn(call, "*", name)


def _tags(params: Any) -> list[api.Tag]:
    given: object = getattr(params, "tags", None)
    return [one for one in given if isinstance(one, api.Tag)] if isinstance(given, list) else []  # pyright: ignore[reportUnknownVariableType]


_KEYS = (
    ("min_size", "autoscaling:MinSize"), ("max_size", "autoscaling:MaxSize"),
    ("launch_configuration_name", "autoscaling:LaunchConfigurationName"), ("instance_type", "autoscaling:InstanceType"),
    ("image_id", "autoscaling:ImageId"), ("spot_price", "autoscaling:SpotPrice"),
)  # fmt: skip


def _asked(params: Any) -> dict[str, Value]:
    """What condition keys say of the parameters."""
    context: dict[str, Value] = {}
    tags = _tags(params)
    if tags:
        context["aws:TagKeys"] = [one.key for one in tags]
        context |= {f"aws:RequestTag/{one.key}": told(one.value, "") for one in tags}
    for member, key in _KEYS:
        value = getattr(params, member, None)
        if isinstance(value, str | int):
            context[key] = str(value)
    template = getattr(params, "launch_template", None)
    if isinstance(template, api.LaunchTemplateSpecification):
        context["autoscaling:LaunchTemplateVersionSpecified"] = str(bool(template.version)).lower()
    for member, key in (
        ("load_balancer_names", "autoscaling:LoadBalancerNames"), ("target_group_arns", "autoscaling:TargetGroupARNs"),
    ):  # fmt: skip
        held = getattr(params, member, None)
        if isinstance(held, list):
            context[key] = [str(one) for one in held]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return context
