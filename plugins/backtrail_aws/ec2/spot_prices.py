"""Spot prices: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-spot-instances-history.html

AWS's market is not here: each type and zone has a price, a part of what it costs on demand, that changes once a day
and never by much. `backtrail option ec2.spot_price 0.9` sets one for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from backtrail import UNSET, Call, UnsetType, ids, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, instance_offerings, regions, type_data
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.type_data import Type

PRICE = service.option(
    "spot_price", 0.0, "Dollars an hour of every spot instance; 0: as its type has it.", least=0
)
PRODUCTS = {
    "Linux/UNIX": 1.0, "Linux/UNIX (Amazon VPC)": 1.0, "Red Hat Enterprise Linux": 1.3, "SUSE Linux": 1.2,
    "Windows": 1.8,
    "Windows (Amazon VPC)": 1.8,
}  # fmt: skip
_SHARE = (0.30, 0.45)
"""Of the price on demand: "up to a 90% discount"; most are around a third."""
_DAYS_MAX = 90  # using-spot-instances-history.html: "for the past 90 days"


def parsed(text: str) -> float:
    """A price that somebody gives. Raises `Refusal`."""
    try:
        price = float(text)
    except ValueError as error:
        # evidence: guess
        raise errors.invalid(f"Invalid value '{text}' for spotPrice.") from error
    if price <= 0:
        # evidence: guess
        raise errors.invalid(f"Invalid value '{text}' for spotPrice. Must be greater than zero.")
    return price


def current(call: Call[Any], kind: Type, zone: str = "") -> float:
    """A type's price at the time of a call."""
    return told_price(call) or at(kind, zone or regions.of(call.region).zones[0].name, call.time)


def told_price(call: Call[Any]) -> float:
    """The price that the option sets, 0 where it sets none."""
    return float(call.option(PRICE))


def at(kind: Type, zone: str, time: datetime) -> float:
    """A type's price in a zone on a day: always the same, whoever asks."""
    day = time.astimezone(UTC).date().toordinal()
    chance = int.from_bytes(ids.digest(zone, "spot price", f"{kind.name}/{day}")[:4]) / 2**32
    steady = int.from_bytes(ids.digest(zone, "spot price", kind.name)[:4]) / 2**32
    share = _SHARE[0] + (_SHARE[1] - _SHARE[0]) * (0.9 * steady + 0.1 * chance)
    return round(kind.price * share, 6)


@service.read
def describe_spot_price_history(
    state: Ec2, call: Call[api.DescribeSpotPriceHistory]
) -> api.DescribeSpotPriceHistoryResult:
    """The prices of a time, the newest first; without a start, the current ones."""
    params = call.params
    fields = filters.matching(params.filters, _FIELDS)
    held = {
        f"{index:09}": one
        for index, one in enumerate(one for one in _prices(call) if fields is None or fields(one))
    }
    page = filters.paged(call, held, bounds=(1, 1000))
    return api.DescribeSpotPriceHistoryResult(spot_price_history=page.items, next_token=page.next or "")


def _prices(call: Call[api.DescribeSpotPriceHistory]) -> Iterator[api.SpotPrice]:
    params = call.params
    end = min(told(params.end_time, call.time), call.time)
    start = max(told(params.start_time, end), call.time - timedelta(days=_DAYS_MAX))
    midnight = datetime(end.year, end.month, end.day, tzinfo=UTC)
    wanted = told(params.instance_types, [])
    kinds = [kind for kind in type_data.types().values() if not wanted or kind.name in wanted]
    products = told(params.product_descriptions, list(PRODUCTS)) or list(PRODUCTS)
    days = max((midnight.date() - start.astimezone(UTC).date()).days, 0)
    for back in range(days + 1):
        time = midnight - timedelta(days=back)
        for kind in kinds:
            for zone in regions.of(call.region).zones:
                if params.availability_zone not in (UNSET, zone.name):
                    continue
                if (
                    not isinstance(params.availability_zone_id, UnsetType)
                    and params.availability_zone_id != zone.id
                ):
                    continue
                if not instance_offerings.offered(call.region, zone.name, kind):
                    continue
                price = told_price(call) or at(kind, zone.name, time)
                for product in products:
                    if product in PRODUCTS:
                        yield _shown(kind, zone, product, price, time)


def _shown(kind: Type, zone: regions.Zone, product: str, price: float, time: datetime) -> api.SpotPrice:
    return api.SpotPrice(
        availability_zone=zone.name, availability_zone_id=zone.id, instance_type=kind.name, product_description=product,
        spot_price=f"{price * PRODUCTS[product]:.6f}", timestamp=IsoMillisZ.of(time),
    )  # fmt: skip


_FIELDS: filters.Fields[api.SpotPrice] = {
    "availability-zone": lambda one: one.availability_zone,
    "availability-zone-id": lambda one: one.availability_zone_id,
    "instance-type": lambda one: one.instance_type,
    "product-description": lambda one: one.product_description,
    "spot-price": lambda one: one.spot_price,
    "timestamp": lambda one: UNSET if isinstance(one.timestamp, UnsetType) else str(one.timestamp.written()),
}
"""API_DescribeSpotPriceHistory: Filters."""
