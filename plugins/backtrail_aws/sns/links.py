"""The links in SNS's messages: to confirm, to unsubscribe, to the certificate.

They lead to where the subscription was made: to the address that its client called, or to AWS's own.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from backtrail import Call
from backtrail.record import partition_of

_AWS = ".amazonaws.com"
_VERSION = "&Version=2010-03-31"  # tells a server of many services whose action it is
_SAFE = ":/*-._~"


def base_of(call: Call[Any]) -> str:
    """The address that a caller called."""
    host = call.host
    if not host or host.endswith((_AWS, f"{_AWS}.cn")):
        return aws(call.region)
    return f"{call.headers.get('x-forwarded-proto') or 'http'}://{host}"


def aws(region: str) -> str:
    """AWS's own address."""
    return f"https://sns.{region}{_AWS}{'.cn' if partition_of(region) == 'aws-cn' else ''}"


def confirm(base: str, topic_arn: str, token: str) -> str:
    """The link that confirms a subscription."""
    query = f"?Action=ConfirmSubscription&TopicArn={quote(topic_arn, _SAFE)}&Token={quote(token, _SAFE)}"
    return f"{base}/{query}{_version(base)}"


def unsubscribe(base: str, subscription_arn: str) -> str:
    """The link that ends a subscription."""
    return f"{base}/?Action=Unsubscribe&SubscriptionArn={quote(subscription_arn, _SAFE)}{_version(base)}"


def certificate(base: str, name: str) -> str:
    """The link to a certificate."""
    return f"{base}/SimpleNotificationService-{name}.pem"


def _version(base: str) -> str:
    return "" if _AWS in base else _VERSION
