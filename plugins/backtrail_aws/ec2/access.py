"""Which actions on which resources a call needs, and what is known of these.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html: describing actions have no
resources; all others have those that their parameters name (`Kind.parameters`), and those that they make
(`Kind.created_by`), of which no id is known yet. Tags that are given with them need `ec2:CreateTags`, too.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import UNSET, Access, Call, ResourcePolicy, UnsetType, told
from backtrail.policy import Value
from backtrail_aws.ec2 import api, kinds, tags
from backtrail_aws.ec2.held import Held
from backtrail_aws.ec2.state import Ec2, service

BARE, NAMING = ("Describe", "Search"), "Attribute"
"""Actions that have no resources begin so, but for those that end so (DescribeInstanceAttribute, in denied-calls)."""


@service.authorization
def needs(state: Ec2, call: Call[Any]) -> Iterator[Access]:
    """The action on each resource that it names or makes, and the tagging of what it makes."""
    context = _context(call)
    if call.action.startswith(BARE) and not call.action.endswith(NAMING):
        yield Access(action=f"ec2:{call.action}", resources=["*"], context=context, shown="")
        return
    named = _named(state, call)
    made = [kind.arn(call, "*") for kind in kinds.CREATED.get(call.action, ())]
    if not named and not made:
        yield Access(action=f"ec2:{call.action}", resources=["*"], context=context, shown="")
    for arn, held in named:
        yield Access(action=f"ec2:{call.action}", resources=[arn], context={**context, **_of(held)})
    for arn in made:
        yield Access(action=f"ec2:{call.action}", resources=[arn], context=context)
    for kind in kinds.CREATED.get(call.action, ()):
        if tags.given(getattr(call.params, "tag_specifications", UNSET), kind.name):
            creating: dict[str, Value] = {**context, "ec2:CreateAction": call.action}
            yield Access(action="ec2:CreateTags", resources=[kind.arn(call, "*")], context=creating)


@service.policies
def policies_of(state: Ec2, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """No resource of EC2 has a policy; its owner and its tags are known."""
    parts = arn.split(":", 5)
    name, _, identifier = parts[5].partition("/")
    kind = next((one for one in kinds.KINDS.values() if one.arn_name == name), None)
    held = kind.get(state, identifier) if kind is not None else None
    return ResourcePolicy(
        account=parts[4] or call.account, bare=True, tags=held.tags if held is not None else {}
    )


def _named(state: Ec2, call: Call[Any]) -> list[tuple[str, Held | None]]:
    """The ARNs of what the parameters name, and the resources where they are there.

    What is not there is any of its kind: `security-group/*` (AuthorizeSecurityGroupEgress, in denied-calls).
    """
    found: dict[str, Held | None] = {}
    if isinstance(call.params, api.CreateTags | api.DeleteTags):
        pairs = [(kinds.of_id(one), one) for one in told(call.params.resources, [])]
    else:
        pairs = [
            (kind, identifier)
            for parameter, kind in kinds.PARAMETERS.items()
            for identifier in _texts(getattr(call.params, parameter, None))
        ]
    for kind, identifier in pairs:
        if kind is not None:
            held = kind.get(state, identifier)
            found[kind.arn(call, identifier if held is not None else "*")] = held
    return list(found.items())


def _texts(held: object) -> list[str]:
    if isinstance(held, str):
        return [held]
    return [one for one in held if isinstance(one, str)] if isinstance(held, list) else []  # pyright: ignore[reportUnknownVariableType]


def _context(call: Call[Any]) -> dict[str, Value]:
    """The region, and the tags that the call brings."""
    context: dict[str, Value] = {"ec2:Region": call.region}
    given: dict[str, str] = {}
    specifications: tags.Specifications = getattr(call.params, "tag_specifications", UNSET)
    for one in told(specifications, []):
        given.update(tags.plain(told(one.tags, [])))
    if isinstance(call.params, api.CreateTags | api.DeleteTags):
        given = tags.plain(told(call.params.tags, []))
    if given:
        context["aws:TagKeys"] = list(given)
        context |= {f"aws:RequestTag/{key}": value for key, value in given.items()}
    return context


def _of(held: Held | None) -> dict[str, Value]:
    """A resource's tags, under EC2's own key, and its VPC."""
    if held is None:
        return {}
    context: dict[str, Value] = {f"ec2:ResourceTag/{key}": value for key, value in held.tags.items()}
    vpc: str | UnsetType | None = getattr(held, "vpc", None)
    if isinstance(vpc, str):
        region, account = held.arn.split(":")[3:5] if held.arn else ("", "")
        context["ec2:Vpc"] = f"arn:aws:ec2:{region}:{account}:vpc/{vpc}"
    return context
