"""What SNS asks of others, in their words, and of itself.

A delivery carries `sns` beside what the receiver reads of it: which subscription it is for, so that what comes of it
can be told to that subscription. The receiver's own type knows no such member and drops it.
"""

from __future__ import annotations

from backtrail import UNSET, Params, Sealed, UnsetType, field

# to others


class About(Params):
    """What a delivery is for. `letter` is the message as a dead-letter queue gets it, where it is not the body."""

    subscription_arn: str = field(name="subscriptionArn")
    message_id: str = field(name="messageId")
    dead: bool = False
    letter: str | UnsetType = UNSET


class SqsAttribute(Params):
    """A message attribute as SQS has it."""

    data_type: str = field(name="dataType")
    string_value: str | UnsetType = field(name="stringValue", default=UNSET)
    binary_value: bytes | UnsetType = field(name="binaryValue", default=UNSET)


class SendMessage(Params):
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html"""

    queue_url: str = field(name="queueUrl")
    message_body: str = field(name="messageBody")
    message_attributes: dict[str, SqsAttribute] | UnsetType = field(name="messageAttributes", default=UNSET)
    message_group_id: str | UnsetType = field(name="messageGroupId", default=UNSET)
    message_deduplication_id: str | UnsetType = field(name="messageDeduplicationId", default=UNSET)
    sns: About | UnsetType = UNSET


class Invoke(Params):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html"""

    function_name: str = field(name="functionName")
    invocation_type: str = field(name="invocationType")
    payload: bytes
    sns: About | UnsetType = UNSET


class FirehoseRecord(Params):
    """One record of a delivery stream."""

    data: bytes


class PutRecord(Params):
    """https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html"""

    delivery_stream_name: str = field(name="deliveryStreamName")
    record: FirehoseRecord
    sns: About | UnsetType = UNSET


class Publish(Params):
    """A notice of a platform application to one of the account's topics."""

    topic_arn: str = field(name="topicArn")
    subject: str
    message: str


# to itself


class Envelope(Params):
    """What SNS writes around a message (https://docs.aws.amazon.com/sns/latest/dg/sns-message-and-json-formats.html),
    without the signature. `base` is where its links lead."""

    type: str
    message_id: str = field(name="messageId")
    topic_arn: str = field(name="topicArn")
    message: str
    timestamp: str
    base: str
    version: str = "1"
    subject: str | UnsetType = UNSET
    sequence: str | UnsetType = UNSET
    token: str | UnsetType = UNSET
    link: str | UnsetType = UNSET
    attributes: dict[str, dict[str, str]] | UnsetType = UNSET


class DeliverHttp(Params):
    """The service's own action: a message is posted to an endpoint, for the nth time."""

    delivery_id: str = field(name="deliveryId")
    subscription_arn: str = field(name="subscriptionArn")
    message_id: str = field(name="messageId")
    type: str
    attempt: int
    raw: bool = False
    content_type: str | UnsetType = field(name="contentType", default=UNSET)
    url: Sealed[str] | UnsetType = UNSET
    envelope: Sealed[Envelope] | UnsetType = UNSET


class RetryDelivery(Params):
    """The service's own action: a delivery that failed is due again."""

    delivery_id: str = field(name="deliveryId")


class FailDelivery(Params):
    """The service's own action: a delivery has failed for good. With what a dead-letter queue gets of it."""

    subscription_arn: str = field(name="subscriptionArn")
    message_id: str = field(name="messageId")
    code: str
    reason: str
    dead: bool = False
    letter: Sealed[str] | UnsetType = UNSET
    attributes: Sealed[dict[str, SqsAttribute]] | UnsetType = UNSET
    group: str | UnsetType = UNSET
    deduplication: str | UnsetType = UNSET


class DeliverMessage(Params):
    """The service's own action: a mail, a text message or a push goes into the outbox."""

    protocol: str
    kind: str
    message_id: str = field(name="messageId")
    topic_arn: str | UnsetType = field(name="topicArn", default=UNSET)
    subscription_arn: str | UnsetType = field(name="subscriptionArn", default=UNSET)
    to: Sealed[str] | UnsetType = UNSET
    subject: Sealed[str] | UnsetType = UNSET
    body: Sealed[str] | UnsetType = UNSET
    sender: Sealed[str] | UnsetType = UNSET
    token: Sealed[str] | UnsetType = UNSET
    link: Sealed[str] | UnsetType = UNSET


class ExpireConfirmation(Params):
    """The service's own action: two days have passed, and a token confirms nothing any more."""

    subscription_arn: str = field(name="subscriptionArn")
    token: Sealed[str] | UnsetType = UNSET
