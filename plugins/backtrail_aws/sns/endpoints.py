"""Where subscriptions lead: which endpoints there are for a protocol, and which need no confirmation.

https://docs.aws.amazon.com/sns/latest/api/API_Subscribe.html
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from backtrail import Call, told
from backtrail_aws.sns import arns, errors
from backtrail_aws.sns.api import Subscribe
from backtrail_aws.sns.state import Sns, Topic

HTTP = frozenset({"http", "https"})
MAIL = frozenset({"email", "email-json"})
PROTOCOLS = frozenset({*HTTP, *MAIL, "sms", "sqs", "application", "lambda", "firehose"})
AT_ONCE = frozenset({"sms", "sqs", "application", "lambda", "firehose"})
"""Protocols whose subscriptions need no confirmation, within an account."""
SENT_A_TOKEN = frozenset({*HTTP, *MAIL, "sqs"})
"""Protocols whose endpoints are sent the token that confirms."""

PHONE = re.compile(r"\+?[1-9]\d{4,14}")
_SEPARATORS = re.compile(r"[ ().-]")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+")
_QUEUE = re.compile(r"arn:aws[a-z-]*:sqs:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]{1,80}(?:\.fifo)?")
_FUNCTION = re.compile(
    r"arn:aws[a-z-]*:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]+(?::[A-Za-z0-9$_-]+)?"
)
_STREAM = re.compile(r"arn:aws[a-z-]*:firehose:[a-z0-9-]+:\d{12}:deliverystream/[A-Za-z0-9_.-]+")
_BAD_URL = re.compile(r"[\s\x00-\x1f\x7f]")


def check(state: Sns, call: Call[Subscribe], topic: Topic) -> str:
    """The endpoint of a Subscribe. Raises `Refusal` where it is none of its protocol, or not for that topic."""
    protocol, endpoint = call.params.protocol, told(call.params.endpoint, "")
    if protocol not in PROTOCOLS:
        # evidence: guess
        raise errors.invalid(f"Amazon SNS does not support this protocol string: {protocol}")
    if topic.fifo and protocol != "sqs":
        # evidence: https://github.com/hashicorp/terraform-provider-aws/issues/38441
        raise errors.invalid(f"Invalid protocol type: {protocol}")
    if protocol in HTTP:
        _check_url(protocol, endpoint)
    elif protocol in MAIL:
        if _MAIL.fullmatch(endpoint) is None:
            raise errors.invalid("Email address")  # evidence: guess
    elif protocol == "sms":
        if PHONE.fullmatch(_SEPARATORS.sub("", endpoint)) is None:
            # evidence: https://github.com/aws-samples/aws-sagemaker-build/issues/4
            raise errors.invalid(f"Invalid SMS endpoint: {endpoint}")
    elif protocol == "application":
        _check_device(state, endpoint)
    else:
        _check_arn(protocol, endpoint, topic)
    return endpoint


def confirms_itself(protocol: str, endpoint: str, account: str) -> bool:
    """Whether no confirmation is needed: the caller's account owns the endpoint, or nobody could be asked."""
    if protocol not in AT_ONCE:
        return False
    arn = arns.parsed(endpoint)
    return arn is None or arn.account == account or protocol not in ("sqs", "lambda")


def public(endpoint: str) -> str:
    """An endpoint as it may be shown: a URL without its password."""
    if "://" not in endpoint or "@" not in endpoint:
        return endpoint
    parts = urlsplit(endpoint)
    if parts.password is None:
        return endpoint
    host = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or ''}:****@{host}").geturl()


def queue_url(queue_arn: str) -> str:
    """The URL of a queue."""
    arn = arns.parsed(queue_arn)
    if arn is None:
        return queue_arn
    end = ".cn" if queue_arn.startswith("arn:aws-cn:") else ""
    return f"https://sqs.{arn.region}.amazonaws.com{end}/{arn.account}/{arn.resource}"


def _check_url(protocol: str, endpoint: str) -> None:
    try:
        parts = urlsplit(endpoint)
        good = parts.scheme == protocol and bool(parts.hostname) and parts.port != 0
    except ValueError:
        good = False
    if not good or not endpoint.startswith(f"{protocol}://") or _BAD_URL.search(endpoint):
        # evidence: https://github.com/argoproj/argo-events/issues/414
        raise errors.invalid("Endpoint must match the specified protocol")


def _check_device(state: Sns, endpoint: str) -> None:
    arn = arns.parsed(endpoint)
    if arn is None or arn.service != "sns" or not arn.resource.startswith("endpoint/"):
        raise errors.invalid(f"Application endpoint arn invalid:{endpoint}")  # evidence: guess
    if endpoint not in state.devices:
        # evidence: guess
        raise errors.because("Endpoint", f"Endpoint does not exist for endpoint {endpoint}")


def _check_arn(protocol: str, endpoint: str, topic: Topic) -> None:
    if protocol == "sqs":
        if _QUEUE.fullmatch(endpoint) is None:
            raise errors.invalid("SQS endpoint ARN")  # evidence: guess
        if endpoint.endswith(".fifo") and not topic.fifo:
            # evidence: guess
            raise errors.invalid(
                "Invalid parameter: Endpoint Reason: FIFO SQS Queues can not be subscribed to standard SNS topics"
            )
    elif protocol == "lambda":
        if _FUNCTION.fullmatch(endpoint) is None:
            raise errors.invalid("Lambda endpoint ARN")  # evidence: guess
    elif _STREAM.fullmatch(endpoint) is None:
        raise errors.invalid("Firehose endpoint ARN")  # evidence: guess
