"""Regions and their zones, as data.

https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html (regions, opt-in),
https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-availability-zones.html (zone ids). A zone's name
stands for another zone id in another account; here `a` is the first in all of them.
"""

from __future__ import annotations

import msgspec


class Zone(msgspec.Struct, frozen=True):
    """An Availability Zone."""

    name: str
    id: str


class Region(msgspec.Struct, frozen=True):
    """A region; `opt_in` where an account must ask for it first."""

    name: str
    short: str
    zones: tuple[Zone, ...]
    opt_in: bool = False


# name, zone ids' prefix, letter and number of each zone
_ENABLED = """
ap-northeast-1 apne1 a4 c1 d2
ap-northeast-2 apne2 a1 b2 c3 d4
ap-northeast-3 apne3 a3 b1 c2
ap-south-1 aps1 a1 b3 c2
ap-southeast-1 apse1 a1 b2 c3
ap-southeast-2 apse2 a1 b3 c2
ca-central-1 cac1 a1 b2 d4
eu-central-1 euc1 a2 b3 c1
eu-north-1 eun1 a1 b2 c3
eu-west-1 euw1 a1 b2 c3
eu-west-2 euw2 a2 b3 c1
eu-west-3 euw3 a1 b2 c3
sa-east-1 sae1 a1 b2 c3
us-east-1 use1 a1 b2 c3 d4 e5 f6
us-east-2 use2 a1 b2 c3
us-west-1 usw1 a1 c3
us-west-2 usw2 a1 b2 c3 d4
"""
_OPT_IN = """
af-south-1 afs1 a1 b2 c3
ap-east-1 ape1 a1 b2 c3
ap-east-2 ape2 a1 b2 c3
ap-south-2 aps2 a1 b2 c3
ap-southeast-3 apse3 a1 b2 c3
ap-southeast-4 apse4 a1 b2 c3
ap-southeast-5 apse5 a1 b2 c3
ap-southeast-6 apse6 a1 b2 c3
ap-southeast-7 apse7 a1 b2 c3
ca-west-1 caw1 a1 b2 c3
eu-central-2 euc2 a1 b2 c3
eu-south-1 eus1 a1 b2 c3
eu-south-2 eus2 a1 b2 c3
il-central-1 ilc1 a1 b2 c3
me-central-1 mec1 a1 b2 c3
me-south-1 mes1 a1 b2 c3
mx-central-1 mxc1 a1 b2 c3
"""


def _read(text: str, opt_in: bool) -> dict[str, Region]:
    found: dict[str, Region] = {}
    for line in text.split("\n"):
        if line:
            name, short, *zones = line.split()
            made = tuple(Zone(f"{name}{zone[0]}", f"{short}-az{zone[1]}") for zone in zones)
            found[name] = Region(name, short, made, opt_in)
    return found


REGIONS = {**_read(_ENABLED, opt_in=False), **_read(_OPT_IN, opt_in=True)}


def of(name: str) -> Region:
    """A region by its name; one that nobody heard of has three zones."""
    found = REGIONS.get(name)
    if found is None:
        zones = tuple(Zone(f"{name}{letter}", f"{name}-az{number}") for number, letter in enumerate("abc", 1))
        found = Region(name, name, zones)
    return found


def zone(region: str, name: str) -> Zone | None:
    """A zone of a region by its name or its id."""
    return next((one for one in of(region).zones if name in (one.name, one.id)), None)
