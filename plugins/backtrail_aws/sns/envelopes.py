"""What SNS writes around a message, and what of it is signed.

https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html,
https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html

What is posted over HTTP is signed with a key (`signing`). Queues and functions get it from a reaction, which has no
key: there a digest of the right length stands in the signature's place.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from backtrail import UnsetType, told
from backtrail_aws.sns import arns, contents, documents, links
from backtrail_aws.sns.api import MessageAttributeValue
from backtrail_aws.sns.commands import Envelope
from backtrail_aws.sns.moments import moment, written
from backtrail_aws.sns.state import Published, Subscription, Topic

NOTIFICATION = "Notification"
_SIGNATURE_BYTES = 256  # of RSA with 2,048 bits
UNSIGNED = hashlib.md5(b"unsigned", usedforsecurity=False).hexdigest()
"""The name of the certificate that no signature was made with."""


def notification(topic: Topic, subscription: Subscription, published: Published, message: str) -> Envelope:
    """A message to one subscription."""
    return Envelope(
        type=NOTIFICATION,
        message_id=published.message_id,
        topic_arn=topic.arn,
        message=message,
        timestamp=written(moment(published.at_us)),
        base=subscription.base or links.aws(arns.by_topic_arn(topic.arn)[1]),
        version=topic.attributes.get("SignatureVersion", "1"),
        subject=published.subject,
        sequence=published.sequence,
        attributes={name: _shown(value) for name, value in published.attributes.items()},
    )


def for_protocol(published: Published, *names: str) -> str:
    """A message's text for a protocol."""
    return contents.for_protocol(published.message, published.structure, *names)


def string_to_sign(envelope: Envelope) -> str:
    """The members that the signature covers, each with its name, in the order of their names."""
    signed: dict[str, str | UnsetType] = {
        "Message": envelope.message,
        "MessageId": envelope.message_id,
        "Subject": envelope.subject,
        "SubscribeURL": envelope.link,
        "Timestamp": envelope.timestamp,
        "Token": envelope.token,
        "TopicArn": envelope.topic_arn,
        "Type": envelope.type,
    }
    return "".join(f"{name}\n{value}\n" for name, value in signed.items() if isinstance(value, str))


def unsigned(envelope: Envelope) -> str:
    """What stands in a signature's place where there is none: as long, and of the message alone."""
    data = string_to_sign(envelope).encode("utf-8", "surrogatepass")
    return base64.b64encode(hashlib.shake_256(data).digest(_SIGNATURE_BYTES)).decode()


def rendered(
    envelope: Envelope, subscription_arn: str, signature: str = "", certificate: str = UNSIGNED
) -> str:
    """The JSON document that endpoints and queues get, spaced as AWS spaces it."""
    lines = [
        f"  {documents.write(name)} : {value if name == 'MessageAttributes' else documents.write(value)}"
        for name, value in _members(envelope, subscription_arn, signature, certificate).items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}"


def _members(envelope: Envelope, subscription_arn: str, signature: str, certificate: str) -> dict[str, str]:
    ended = isinstance(envelope.token, UnsetType)
    found: dict[str, str | UnsetType] = {
        "Type": envelope.type,
        "MessageId": envelope.message_id,
        "SequenceNumber": envelope.sequence,
        "Token": envelope.token,
        "TopicArn": envelope.topic_arn,
        "Subject": envelope.subject,
        "Message": envelope.message,
        "SubscribeURL": envelope.link,
        "Timestamp": envelope.timestamp,
        "SignatureVersion": envelope.version,
        "Signature": signature or unsigned(envelope),
        "SigningCertURL": links.certificate(envelope.base, certificate),
    }
    members = {name: value for name, value in found.items() if isinstance(value, str)}
    if ended:
        members["UnsubscribeURL"] = links.unsubscribe(envelope.base, subscription_arn)
    if told(envelope.attributes, {}):
        members["MessageAttributes"] = _attributes(told(envelope.attributes, {}))
    return members


def function_event(envelope: Envelope, subscription_arn: str) -> bytes:
    """What a Lambda function gets: https://docs.aws.amazon.com/lambda/latest/dg/with-sns.html"""
    notice: dict[str, Any] = {
        "Type": envelope.type,
        "MessageId": envelope.message_id,
        "TopicArn": envelope.topic_arn,
        "Subject": told(envelope.subject, None),
        "Message": envelope.message,
        "Timestamp": envelope.timestamp,
        "SignatureVersion": envelope.version,
        "Signature": unsigned(envelope),
        "SigningCertUrl": links.certificate(envelope.base, UNSIGNED),
        "UnsubscribeUrl": links.unsubscribe(envelope.base, subscription_arn),
        "MessageAttributes": told(envelope.attributes, {}),
    }
    record = {
        "EventSource": "aws:sns",
        "EventVersion": "1.0",
        "EventSubscriptionArn": subscription_arn,
        "Sns": notice,
    }
    return documents.write({"Records": [record]}).encode()


def _attributes(given: dict[str, dict[str, str]]) -> str:
    lines = [f"    {documents.write(name)} : {documents.write(value)}" for name, value in given.items()]
    return "{\n" + ",\n".join(lines) + "\n  }"


def _shown(value: MessageAttributeValue) -> dict[str, str]:
    binary = value.binary_value
    text = base64.b64encode(binary).decode() if isinstance(binary, bytes) else told(value.string_value, "")
    return {"Type": told(value.data_type, "String"), "Value": text}
