"""Queue URLs and ARNs: which account and which queue they mean.

Today's form is https://sqs.REGION.amazonaws.com/ACCOUNT/NAME; older ones are https://REGION.queue.amazonaws.com/…
and https://queue.amazonaws.com/… (us-east-1): https://docs.aws.amazon.com/general/latest/gr/sqs-service.html. Here
the host is whatever the client called, and only the path counts.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import msgspec

from backtrail import Call, Event

_REGIONAL = re.compile(r"(?:sqs\.|)([a-z]{2}(?:-[a-z]+)+-\d)(?:\.queue)?\.amazonaws\.com(?:\.cn)?(?::\d+)?")
_ACCOUNT = re.compile(r"\d{12}")


class Address(msgspec.Struct, frozen=True):
    """A queue: whose, and its name; the region where the URL says one."""

    account: str
    name: str
    region: str = ""


@lru_cache(4096)
def of_url(url: str) -> Address | None:
    """The queue that a URL, or the path of one, means; None for what is no queue URL."""
    host, path = _split(url)
    parts = path.strip("/").split("/")
    if len(parts) < 2 or _ACCOUNT.fullmatch(parts[-2]) is None or not parts[-1]:
        return None
    regional = _REGIONAL.fullmatch(host)
    region = (
        regional.group(1) if regional is not None else "us-east-1" if host == "queue.amazonaws.com" else ""
    )
    return Address(parts[-2], parts[-1], region)


@lru_cache(4096)
def of_arn(arn: str) -> Address | None:
    """The queue that an ARN names; None for what is no queue's ARN."""
    parts = arn.split(":")
    if len(parts) != 6 or parts[0] != "arn" or parts[2] != "sqs" or not parts[5]:
        return None
    return Address(parts[4], parts[5], parts[3])


def made(call: Call[Any], account: str, name: str) -> str:
    """The URL of a queue, at the host that the caller called."""
    host = call.host
    if not host or host.endswith(".amazonaws.com"):
        return f"https://{host or f'sqs.{call.region}.amazonaws.com'}/{account}/{name}"
    scheme = call.headers.get("x-forwarded-proto") or "http"
    return f"{scheme}://{host}/{account}/{name}"


def by_url(subject: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """The account and region of the queue that a call or record names by URL."""
    address = of_url(subject.params.queue_url)
    return (address.account if address is not None else subject.account, subject.region)


def by_source(subject: Call[Any] | Event[Any, Any]) -> tuple[str, str]:
    """The account and region of the queue that a move task names by ARN."""
    address = of_arn(subject.params.source_arn)
    return (address.account if address is not None else subject.account, subject.region)


def name_of(url: str) -> str:
    """The queue's name in a URL; the URL itself where it is none."""
    address = of_url(url)
    return address.name if address is not None else url


def waiting_key(account: str, region: str, name: str) -> str:
    """What calls that wait at a queue are parked under."""
    return f"{account}:{region}:{name}"


def key_of(event: Event[Any, Any]) -> str:
    """The waiting key of the queue that a record names by URL."""
    account, region = by_url(event)
    return waiting_key(account, region, name_of(event.params.queue_url))


def _split(url: str) -> tuple[str, str]:
    if "://" not in url:
        return "", url
    host, _, path = url.partition("://")[2].partition("/")
    return host.lower(), path
