"""Reserved instances: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-reserved-instances.html

Prices derive from what a type costs on demand; AWS's discounts differ by type and change.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

from backtrail import UNSET, Call, Event, Refusal, UnsetType, ids, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, limits, tags, type_data
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_fleets import Reserved
from backtrail_aws.ec2.type_data import Type

RESERVED = Kind(
    "reserved-instances", "ri", Reserved, lambda state: state.fleets.reserved,
    code="InvalidReservedInstancesId", noun="reserved instances ID",
    parameters=("reserved_instances_ids",), created_by=("PurchaseReservedInstancesOffering",),
)  # fmt: skip
YEAR = 31_536_000  # API_ReservedInstancesOffering: Duration
DISCOUNTS = {
    (YEAR, "No Upfront"): 0.37, (YEAR, "Partial Upfront"): 0.40, (YEAR, "All Upfront"): 0.41,
    (3 * YEAR, "No Upfront"): 0.57, (3 * YEAR, "Partial Upfront"): 0.60, (3 * YEAR, "All Upfront"): 0.62,
}  # fmt: skip
"""aws.amazon.com/ec2/pricing/reserved-instances/pricing: about so much less than on demand, by duration and payment."""
CLASSES = {"standard": 0.0, "convertible": -0.08}
PRODUCTS = {"Linux/UNIX": 1.0, "Windows": 1.9}


def _offerings(region: str, kinds: list[Type]) -> Iterator[api.ReservedInstancesOffering]:
    for kind in kinds:
        for (duration, payment), discount in DISCOUNTS.items():
            for offered, less in CLASSES.items():
                for product, factor in PRODUCTS.items():
                    yield _offering(
                        region, kind, duration, payment, discount + less, offered, product, factor
                    )


def _offering(
    region: str,
    kind: Type,
    duration: int,
    payment: str,
    discount: float,
    offered: str,
    product: str,
    factor: float,
) -> api.ReservedInstancesOffering:
    hours = duration / 3600
    hourly = kind.price * factor * (1 - discount)
    share = {"No Upfront": 0.0, "Partial Upfront": 0.5, "All Upfront": 1.0}[payment]
    label = f"{kind.name}/{duration}/{payment}/{offered}/{product}"
    recurring = [api.RecurringCharge(amount=round(hourly * (1 - share), 6), frequency="Hourly")]
    return api.ReservedInstancesOffering(
        reserved_instances_offering_id=ids.new_id(region, "uuid", label), instance_type=kind.name, duration=duration,
        fixed_price=round(hourly * share * hours, 2), usage_price=0.0, product_description=product, currency_code="USD",
        instance_tenancy="default", offering_class=offered, offering_type=payment, marketplace=False, scope="Region",
        pricing_details=[], recurring_charges=recurring if share < 1 else [],
    )  # fmt: skip


def _found(region: str, identifier: str) -> api.ReservedInstancesOffering | None:
    every = _offerings(region, list(type_data.types().values()))
    return next((one for one in every if one.reserved_instances_offering_id == identifier), None)


@service.read
def describe_reserved_instances_offerings(
    state: Ec2, call: Call[api.DescribeReservedInstancesOfferings]
) -> api.DescribeReservedInstancesOfferingsResult:
    """What can be reserved."""
    params = call.params
    kinds = [
        one for one in type_data.types().values() if params.instance_type in (UNSET, one.name) and one.current
    ]
    wanted = told(params.reserved_instances_offering_ids, [])
    keep = filters.matching(params.filters, _FIELDS)
    held = {
        told(one.reserved_instances_offering_id, ""): one
        for one in _offerings(call.region, kinds)
        if _asked(params, one)
        and (not wanted or one.reserved_instances_offering_id in wanted)
        and (keep is None or keep(one))
    }
    if lost := [one for one in wanted if one not in held and _found(call.region, one) is None]:
        raise no_offering(lost[0])
    page = filters.paged(call, held, bounds=(1, 1000))
    return api.DescribeReservedInstancesOfferingsResult(
        reserved_instances_offerings=page.items, next_token=page.next or UNSET
    )


def _asked(params: api.DescribeReservedInstancesOfferings, one: api.ReservedInstancesOffering) -> bool:
    duration = told(one.duration, 0)
    return (
        params.offering_class in (UNSET, one.offering_class)
        and params.offering_type in (UNSET, one.offering_type)
        and params.product_description
        in (UNSET, one.product_description, f"{one.product_description} (Amazon VPC)")
        and params.instance_tenancy in (UNSET, one.instance_tenancy)
        and told(params.min_duration, 0) <= duration <= told(params.max_duration, duration)
        and isinstance(params.availability_zone, UnsetType)
    )


def no_offering(identifier: str) -> Refusal:
    """An offering that there is not."""
    # evidence: page errors-overview.html (InvalidReservedInstancesOfferingId); words: guess
    return Refusal(
        "InvalidReservedInstancesOfferingId", f"Invalid reserved instances offering ID: {identifier}"
    )


_FIELDS: filters.Fields[api.ReservedInstancesOffering] = {
    "availability-zone": lambda one: one.availability_zone,
    "duration": lambda one: one.duration,
    "fixed-price": lambda one: str(one.fixed_price),
    "instance-type": lambda one: one.instance_type,
    "marketplace": lambda one: False,
    "product-description": lambda one: one.product_description,
    "reserved-instances-offering-id": lambda one: one.reserved_instances_offering_id,
    "scope": lambda one: one.scope,
    "usage-price": lambda one: str(one.usage_price),
}
"""API_DescribeReservedInstancesOfferings: Filters."""


# purchase


@service.handle
def purchase_reserved_instances_offering(
    state: Ec2, call: Call[api.PurchaseReservedInstancesOffering]
) -> api.PurchaseReservedInstancesOfferingResult:
    """Reserve, from now on."""
    params = call.params
    if _found(call.region, params.reserved_instances_offering_id) is None:
        raise no_offering(params.reserved_instances_offering_id)
    if params.instance_count < 1:
        # evidence: page API_PurchaseReservedInstancesOffering; words: guess
        raise errors.invalid(f"Invalid value '{params.instance_count}' for instanceCount.")
    if sum(one.count for one in state.fleets.reserved.values()) + params.instance_count > limits.RESERVED_MAX:
        # evidence: page errors-overview.html (ReservedInstancesLimitExceeded); words: guess
        raise Refusal("ReservedInstancesLimitExceeded",
        "Your current quota does not allow you to purchase the required number of reserved instances")  # fmt: skip
    return api.PurchaseReservedInstancesOfferingResult(reserved_instances_id=call.new_id("uuid", "reserved"))


@service.project
def reserved_instances_purchased(
    state: Ec2,
    event: Event[api.PurchaseReservedInstancesOffering, api.PurchaseReservedInstancesOfferingResult],
) -> None:
    """They are reserved."""
    if isinstance(event.result.reserved_instances_id, UnsetType):
        return
    identifier = event.result.reserved_instances_id
    state.fleets.reserved[identifier] = Reserved(
        id=identifier, arn=RESERVED.arn(event, identifier), offering=event.params.reserved_instances_offering_id,
        count=event.params.instance_count, start=event.time,
    )  # fmt: skip


@service.read
def describe_reserved_instances(
    state: Ec2, call: Call[api.DescribeReservedInstances]
) -> api.DescribeReservedInstancesResult:
    """What was reserved, also what is over."""
    wanted = told(call.params.reserved_instances_ids, [])
    if lost := [one for one in wanted if one not in state.fleets.reserved]:
        # evidence: page errors-overview.html (InvalidReservedInstancesId); words: guess
        raise Refusal("InvalidReservedInstancesId", f"The reserved instances ID '{lost[0]}' does not exist")
    looks: filters.Fields[api.ReservedInstances] = {
        **{
            name: _member(name.replace("-", "_"))
            for name in (
                "duration",
                "instance-type",
                "product-description",
                "reserved-instances-id",
                "scope",
                "state",
            )
        },
        "availability-zone": lambda one: None,
    }
    keep = filters.matching(call.params.filters, looks)
    found = [_shown(call, one) for one in state.fleets.reserved.values() if not wanted or one.id in wanted]
    return api.DescribeReservedInstancesResult(
        reserved_instances=[
            one
            for one in found
            if call.params.offering_class in (UNSET, one.offering_class)
            and call.params.offering_type in (UNSET, one.offering_type)
            and (keep is None or keep(one))
        ]
    )


def _member(name: str) -> Callable[[api.ReservedInstances], filters.Value]:
    return lambda one: getattr(one, name)


def _shown(call: Call[Any], one: Reserved) -> api.ReservedInstances:
    offering = _found(call.region, one.offering) or api.ReservedInstancesOffering()
    end = one.start + timedelta(seconds=told(offering.duration, YEAR))
    return api.ReservedInstances(
        reserved_instances_id=one.id, instance_count=one.count, start=IsoMillisZ.of(one.start), end=IsoMillisZ.of(end),
        state="active" if call.time < end else "retired", duration=offering.duration,
        instance_type=offering.instance_type,
        fixed_price=offering.fixed_price, usage_price=offering.usage_price,
        product_description=offering.product_description,
        currency_code="USD", instance_tenancy="default", offering_class=offering.offering_class,
        offering_type=offering.offering_type, recurring_charges=offering.recurring_charges, scope=one.scope,
        tags=tags.shown(one.tags) or UNSET,
    )  # fmt: skip
