"""Configurations of which a bucket may have many, each under an id: analytics, inventory, metrics, tiering."""

from __future__ import annotations

from typing import Protocol, TypeVar

from backtrail import UNSET, BadToken, Event, NotInTrail, Page, SortedMap, UnsetType, page
from backtrail_aws.s3 import api, bucket_errors, errors, limits
from backtrail_aws.s3.state import S3, Bucket, known_bucket


class Numbered(Protocol):
    """Parameters that name a bucket and an id."""

    @property
    def bucket(self) -> str: ...
    @property
    def id(self) -> str: ...


class Filter(Protocol):
    """A filter by prefix or tag, or by several of them."""

    @property
    def prefix(self) -> str | UnsetType: ...
    @property
    def tag(self) -> api.Tag | UnsetType: ...


V = TypeVar("V")
N = TypeVar("N", bound=Numbered)


def check(held: SortedMap[str, V], name: str, inner: str) -> None:
    """Refuses a configuration whose two ids differ, and one more than there may be."""
    if name != inner or not name:
        # evidence: guess
        raise errors.invalid_argument(
            "The ID in the request does not match the ID in the configuration.", "id", name
        )
    if name not in held and len(held) >= limits.CONFIGURATIONS_MAX:
        raise bucket_errors.too_many_configurations(limits.CONFIGURATIONS_MAX)


def check_filter(wanted: Filter, others: int) -> None:
    """Refuses a filter of several parts, or of none; `others` is how many it has beside prefix and tag."""
    if sum(one is not UNSET for one in (wanted.prefix, wanted.tag)) + others != 1:
        raise errors.malformed_xml()


def check_all(prefix: str | UnsetType, tags: list[api.Tag] | UnsetType, others: int = 0) -> None:
    """Refuses an And of fewer than two parts, or with one tag twice."""
    found = [] if tags is UNSET else tags
    if (prefix is not UNSET) + len(found) + others < 2 or len({tag.key for tag in found}) != len(found):
        raise errors.malformed_xml()


def found(bucket: Bucket, what: str, held: SortedMap[str, V], name: str) -> V:
    """The configuration of an id. Refuses with NoSuchConfiguration; raises `NotInTrail` where no record tells."""
    if name in held:
        return held[name]
    if bucket.implied_by is not None and f"{what}/{name}" not in bucket.gone:
        raise NotInTrail(f"No record tells the {what} configuration {name} of {bucket.name}.")
    raise bucket_errors.no_such_configuration()


def removed(state: S3, event: Event[N, None], what: str) -> Bucket:
    """The bucket of a recorded delete; that its configuration is not there is known from now on."""
    bucket = known_bucket(state, event.params.bucket, event)
    if bucket.implied_by is not None:
        bucket.gone.add(f"{what}/{event.params.id}")
    return bucket


def listed(held: SortedMap[str, V], token: str | UnsetType) -> Page[V]:
    """A page of a hundred configurations, by id."""
    try:
        return page(held, None if token is UNSET else token, limits.CONFIGURATIONS_PAGE)
    except BadToken as error:
        # evidence: guess
        raise errors.invalid_argument(
            "The continuation token provided is incorrect", "continuation-token"
        ) from error
