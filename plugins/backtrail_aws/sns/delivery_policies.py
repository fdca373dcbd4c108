"""Delivery policies: how often, and after how long, a delivery over HTTP is tried again.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-delivery-retries.html: immediately, then at the least delay, then
with a delay that grows from least to greatest, then at the greatest.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from backtrail_aws.sns import documents, errors
from backtrail_aws.sns.state import Subscription, Topic

BACKOFFS = ("linear", "arithmetic", "geometric", "exponential")
_RETRY_DEFAULTS: dict[str, Any] = {
    "minDelayTarget": 20, "maxDelayTarget": 20, "numRetries": 3, "numMaxDelayRetries": 0, "numNoDelayRetries": 0,
    "numMinDelayRetries": 0, "backoffFunction": "linear",
}  # fmt: skip
_CONTENT_TYPE = "text/plain; charset=UTF-8"
_RETRIES_MAX, _DELAY_MAX_S, _TOTAL_MAX_S = 100, 3_600, 3_600
_TOPIC_MEMBERS = frozenset(
    {
        "defaultHealthyRetryPolicy",
        "disableSubscriptionOverrides",
        "defaultThrottlePolicy",
        "defaultRequestPolicy",
    }
)
_SUBSCRIPTION_MEMBERS = frozenset(
    {"healthyRetryPolicy", "sicklyRetryPolicy", "throttlePolicy", "requestPolicy", "guaranteed"}
)


class Retries(msgspec.Struct, frozen=True):
    """A retry policy, complete."""

    least_s: int
    most_s: int
    total: int
    immediate: int
    at_least: int
    at_most: int
    backoff: str

    def delay_s(self, attempt: int) -> float | None:
        """How long after the nth attempt (from 1) the next one comes; None where there is none."""
        retry = attempt  # the retry that follows the nth attempt is the nth
        if retry > self.total:
            return None
        if retry <= self.immediate:
            return 0.0
        if retry <= self.immediate + self.at_least:
            return float(self.least_s)
        growing = self.total - self.immediate - self.at_least - self.at_most
        place = retry - self.immediate - self.at_least
        if place > growing:
            return float(self.most_s)
        return self._grown(place, growing)

    def _grown(self, place: int, growing: int) -> float:
        """The delay at a place in the backoff phase. AWS shows the four curves and no formula."""
        if growing == 1 or self.least_s == self.most_s:
            return float(self.least_s)
        share = (place - 1) / (growing - 1)
        if self.backoff == "arithmetic":  # steps that grow by one step each
            share = place * (place - 1) / (growing * (growing - 1))
        elif self.backoff == "exponential":
            share = (2.0 ** (place - 1) - 1) / (2.0 ** (growing - 1) - 1)
        elif self.backoff == "geometric":
            return float(self.least_s * (self.most_s / self.least_s) ** share)
        return self.least_s + (self.most_s - self.least_s) * share


def check_topic(text: str, parameter: str) -> None:
    """Refuse a topic's policy that AWS would refuse. Raises `Refusal`."""
    policy = _object(text, parameter)
    http = policy.get("http", {})
    if set(policy) - {"http"} or not documents.is_map(http) or set(http) - _TOPIC_MEMBERS:
        raise _bad(parameter, "unexpected JSON member")
    _check_parts(http, "defaultHealthyRetryPolicy", "defaultThrottlePolicy", parameter)


def check_subscription(text: str, parameter: str) -> None:
    """The same, for a subscription's."""
    policy = _object(text, parameter)
    if set(policy) - _SUBSCRIPTION_MEMBERS:
        raise _bad(parameter, "unexpected JSON member")
    _check_parts(policy, "healthyRetryPolicy", "throttlePolicy", parameter)


def effective_topic(topic: Topic) -> dict[str, Any]:
    """What GetTopicAttributes shows as EffectiveDeliveryPolicy."""
    http = _http(topic)
    made: dict[str, Any] = {
        "defaultHealthyRetryPolicy": _RETRY_DEFAULTS | _part(http, "defaultHealthyRetryPolicy"),
        "disableSubscriptionOverrides": http.get("disableSubscriptionOverrides") is True,
    }
    if _part(http, "defaultThrottlePolicy"):
        made["defaultThrottlePolicy"] = http["defaultThrottlePolicy"]
    made["defaultRequestPolicy"] = {"headerContentType": _CONTENT_TYPE} | _part(http, "defaultRequestPolicy")
    return {"http": made}


def effective_subscription(topic: Topic | None, subscription: Subscription) -> dict[str, Any]:
    """What GetSubscriptionAttributes shows as EffectiveDeliveryPolicy, of an HTTP subscription."""
    http = _http(topic)
    own = documents.read(subscription.setting("DeliveryPolicy")) or {}
    if http.get("disableSubscriptionOverrides") is True:
        own = {}
    retry = _part(own, "healthyRetryPolicy") or _part(http, "defaultHealthyRetryPolicy")
    request = _part(own, "requestPolicy") or _part(http, "defaultRequestPolicy")
    return {
        "healthyRetryPolicy": _RETRY_DEFAULTS | retry,
        "sicklyRetryPolicy": None,
        "throttlePolicy": _part(own, "throttlePolicy") or _part(http, "defaultThrottlePolicy") or None,
        "requestPolicy": {"headerContentType": _CONTENT_TYPE} | request,
        "guaranteed": False,
    }


def retries_of(topic: Topic | None, subscription: Subscription) -> Retries:
    """How a subscription's failed deliveries are tried again."""
    found = effective_subscription(topic, subscription)["healthyRetryPolicy"]
    return Retries(
        least_s=_whole(found["minDelayTarget"], 20), most_s=_whole(found["maxDelayTarget"], 20),
        total=_whole(found["numRetries"], 3), immediate=_whole(found["numNoDelayRetries"], 0),
        at_least=_whole(found["numMinDelayRetries"], 0), at_most=_whole(found["numMaxDelayRetries"], 0),
        backoff=str(found["backoffFunction"]),
    )  # fmt: skip


def content_type(topic: Topic | None, subscription: Subscription) -> str:
    """The Content-Type of what is posted to a subscription's endpoint."""
    return str(effective_subscription(topic, subscription)["requestPolicy"]["headerContentType"])


def _http(topic: Topic | None) -> Mapping[str, Any]:
    if topic is None:
        return {}
    return _part(documents.read(topic.attributes.get("DeliveryPolicy", "")) or {}, "http")


def _part(policy: Mapping[str, Any], name: str) -> dict[str, Any]:
    found = policy.get(name)
    return found if documents.is_map(found) else {}


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else default


def _object(text: str, parameter: str) -> dict[str, Any]:
    found = documents.read(text)
    if found is None:
        raise _bad(parameter, "failed to parse JSON.")
    return found


def _check_parts(policy: Mapping[str, Any], retry: str, throttle: str, parameter: str) -> None:
    if documents.is_map(policy.get(retry)):
        _check_retry(_RETRY_DEFAULTS | policy[retry], set(policy[retry]), retry, parameter)
    rate = _part(policy, throttle).get("maxReceivesPerSecond")
    if rate is not None and _whole(rate, 0) < 1:
        raise _bad(parameter, f"{throttle}.maxReceivesPerSecond must be greater than or equal to 1")


def _check_retry(found: Mapping[str, Any], given: set[str], name: str, parameter: str) -> None:
    if given - set(_RETRY_DEFAULTS):
        raise _bad(parameter, f"unexpected JSON member in {name}")
    numbers = {key: _whole(value, -1) for key, value in found.items() if key != "backoffFunction"}
    least, most, total = numbers["minDelayTarget"], numbers["maxDelayTarget"], numbers["numRetries"]
    for key, value in numbers.items():
        if value < 0:
            raise _bad(parameter, f"{name}.{key} must be greater than or equal to 0")
    if not 1 <= least <= _DELAY_MAX_S or not 1 <= most <= _DELAY_MAX_S:
        raise _bad(parameter, f"{name} delay targets must be between 1 and {_DELAY_MAX_S}")
    if least > most:
        raise _bad(parameter, f"{name}.maxDelayTarget must be greater than or equal to minDelayTarget")
    if total > _RETRIES_MAX:
        raise _bad(parameter, f"{name}.numRetries must be less than or equal to {_RETRIES_MAX}")
    if numbers["numNoDelayRetries"] + numbers["numMinDelayRetries"] + numbers["numMaxDelayRetries"] > total:
        raise _bad(parameter, f"{name}.numRetries must be greater than or equal to the sum of its phases")
    if found["backoffFunction"] not in BACKOFFS:
        raise _bad(parameter, f"{name}.backoffFunction must be one of {', '.join(BACKOFFS)}")
    if numbers["numMaxDelayRetries"] * most + numbers["numMinDelayRetries"] * least > _TOTAL_MAX_S:
        raise _bad(parameter, f"{name}: total policy retry time must not exceed {_TOTAL_MAX_S} seconds")


def _bad(parameter: str, reason: str) -> Exception:
    # evidence: rules on the page above; words: guess
    return errors.invalid(f"{parameter}: {reason}")
