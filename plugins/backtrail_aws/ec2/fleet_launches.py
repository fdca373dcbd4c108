"""What fleets launch: the pools they may draw from, and how they divide a target among them.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-fleet-allocation-strategy.html
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import msgspec

from backtrail import CALLER, UNSET, Command, Refusal, UnsetType, told
from backtrail_aws.ec2 import (
    api,
    errors,
    instance_requirements,
    instances,
    launch_templates,
    launching,
    type_data,
)
from backtrail_aws.ec2.casting import cast, filled
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_compute import Instance

FLEET_TAG, SPOT_FLEET_TAG = "aws:ec2:fleet-id", "aws:ec2spot:fleet-request-id"


class Pool(msgspec.Struct, kw_only=True):
    """One way to launch an instance: what to ask for, what it weighs and costs; `index` is its place in the request."""

    index: int
    params: api.RunInstances
    type: str
    weight: float = 1.0
    price: float = 0.0
    limit: str | UnsetType = UNSET
    priority: float = math.inf


class Wanted(msgspec.Struct, kw_only=True):
    """What a fleet wants more of: weighted capacity of each market."""

    fleet: str
    tag: str
    on_demand: float
    spot: float
    strategy: str = "lowest-price"
    spot_strategy: str = "lowest-price"
    behavior: str | UnsetType = UNSET
    tags: list[api.TagSpecification] = []


Override: TypeAlias = "api.FleetLaunchTemplateOverridesRequest | api.LaunchTemplateOverrides"


def pool(
    state: Ec2,
    index: int,
    named: launch_templates.Reference,
    version: str | UnsetType,
    override: Override | None,
    region: str,
) -> Pool:
    """The pool of a template with an override. Raises `Refusal` where there is no such template."""
    template = launch_templates.found(state, named)
    data = launch_templates.version(template, version).data
    params = api.RunInstances(
        min_count=1, max_count=1,
        launch_template=api.LaunchTemplateSpecification(launch_template_id=template.id, version=version),
    )  # fmt: skip
    if override is not None:
        params = _overridden(params, override)
    kind = _type(params, data, override)
    if kind != data.instance_type:
        params = msgspec.structs.replace(params, instance_type=kind)
    held = type_data.types().get(kind)
    weight = told(override.weighted_capacity, 1.0) if override is not None else 1.0
    limit = getattr(override, "max_price", getattr(override, "spot_price", UNSET))
    return Pool(
        index=index, params=params, type=kind, weight=max(weight, 1e-9), limit=limit,
        price=held.price if held is not None else 0.0,
        priority=told(override.priority, math.inf) if override is not None else math.inf,
    )  # fmt: skip


def _type(params: api.RunInstances, data: api.RequestLaunchTemplateData, override: Override | None) -> str:
    """The type of a pool: the one that is named, or the cheapest that has what is required. Raises `Refusal`."""
    named = told(params.instance_type, told(data.instance_type, ""))
    required: Any = getattr(override, "instance_requirements", UNSET)
    if isinstance(required, UnsetType):
        required = data.instance_requirements
    if isinstance(params.instance_type, str) or isinstance(required, UnsetType):
        return named or launching.DEFAULT_TYPE
    wanted: instance_requirements.Requirements = required
    found = instance_requirements.matching(wanted)
    if not found:
        # evidence: page errors-overview.html; words: guess
        raise errors.invalid("No instance type matches the specified InstanceRequirements.")
    return min(found, key=lambda one: (one.price, one.name)).name


def _overridden(params: api.RunInstances, override: Override) -> api.RunInstances:
    placement = getattr(override, "placement", UNSET)
    zone = override.availability_zone
    if isinstance(zone, str) and "," in zone:
        zone = zone.partition(",")[0]
    if isinstance(zone, str):
        placement = msgspec.structs.replace(told(placement, api.Placement()), availability_zone=zone)
    given = cast(override, api.RunInstances, min_count=1, max_count=1, placement=placement)
    return msgspec.structs.replace(given, launch_template=params.launch_template)


def commands(
    pools: Sequence[Pool], wanted: Wanted, *, as_: str | None = CALLER, label: str = ""
) -> Iterator[Command]:
    """The launches that bring a fleet to its target."""
    for spot, target, strategy in (
        (False, wanted.on_demand, wanted.strategy), (True, wanted.spot, wanted.spot_strategy)
    ):  # fmt: skip
        for number, (one, count) in enumerate(_divided(pools, target, strategy)):
            market: api.InstanceMarketOptionsRequest | UnsetType = UNSET
            if spot:
                options = api.SpotMarketOptions(max_price=one.limit)
                market = api.InstanceMarketOptionsRequest(market_type="spot", spot_options=filled(options))
            token = f"{wanted.fleet}{label}-{'spot' if spot else 'on-demand'}-{number}"
            mark = api.TagSpecification(
                resource_type="instance", tags=[api.Tag(key=wanted.tag, value=wanted.fleet)]
            )
            params = msgspec.structs.replace(
                one.params, min_count=1, max_count=count, client_token=token, instance_market_options=market,
                tag_specifications=[*told(one.params.tag_specifications, []), *wanted.tags, mark],
            )  # fmt: skip
            yield Command("ec2", params, as_=as_)


def _divided(pools: Sequence[Pool], target: float, strategy: str) -> list[tuple[Pool, int]]:
    """How many instances of which pools make up a target."""
    if target <= 0 or not pools:
        return []
    plain = strategy.replace("-", "").lower()
    if plain == "diversified":
        share = target / len(pools)
        counts = [(one, math.ceil(share / one.weight)) for one in pools]
        return _trimmed(counts, target)
    if "prioritized" in plain:
        best = min(pools, key=lambda one: (one.priority, one.index))
    else:
        best = min(pools, key=lambda one: (one.price / one.weight, one.index))
    return [(best, math.ceil(target / best.weight))]


def _trimmed(counts: list[tuple[Pool, int]], target: float) -> list[tuple[Pool, int]]:
    left, kept = target, list[tuple[Pool, int]]()
    for one, count in counts:
        count = min(count, math.ceil(left / one.weight)) if left > 0 else 0
        if count:
            kept.append((one, count))
            left -= count * one.weight
    return kept


# what a fleet has


def members(state: Ec2, fleet: str) -> list[Instance]:
    """A fleet's instances that are not terminated."""
    held = (state.compute.instances.get(one) for one in state.fleets.members.get(fleet, []))
    return [one for one in held if one is not None and instances.alive(one)]


def weight_of(pools: Sequence[Pool], instance: Instance) -> float:
    """What an instance counts for."""
    return next((one.weight for one in pools if one.type == instance.type), 1.0)


def split(pools: Sequence[Pool], found: Sequence[Instance]) -> tuple[float, float]:
    """The weighted capacity of instances: on demand, and spot."""
    spot = sum(weight_of(pools, one) for one in found if one.lifecycle == "spot")
    return sum(weight_of(pools, one) for one in found) - spot, spot


def quiet(pools: Iterator[Pool]) -> list[Pool]:
    """Pools, where their templates are there; none where one is not."""
    try:
        return list(pools)
    except Refusal:
        return []


def marked(event_tags: dict[str, str]) -> str | None:
    """The fleet that an instance was launched for, as its tags tell."""
    return event_tags.get(FLEET_TAG) or event_tags.get(SPOT_FLEET_TAG)
