"""What SNS knows of one account in one region."""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Service, SortedMap, State, UnsetType
from backtrail_aws.sns import errors, limits
from backtrail_aws.sns.api import MessageAttributeValue
from backtrail_aws.sns.commands import DeliverHttp
from backtrail_aws.sns.trail import TRAIL


class Deduplicated(msgspec.Struct, kw_only=True):
    """A deduplication id that was used: the message that it stands for, and the record that published it."""

    message_id: str
    sequence: str
    event_id: str
    at_us: int


class Published(msgspec.Struct, kw_only=True):
    """A message as it was published: what deliveries are made of, and what an archive keeps."""

    message_id: str
    at_us: int
    message: str
    subject: str | UnsetType = UNSET
    structure: str | UnsetType = UNSET
    attributes: dict[str, MessageAttributeValue] = {}
    group: str | UnsetType = UNSET
    deduplication: str | UnsetType = UNSET
    sequence: str | UnsetType = UNSET


class Topic(msgspec.Struct, kw_only=True):
    """A topic. Of one that was only inferred (`created` UNSET), attributes that no record told are unknown.

    `used` has the deduplication ids of a FIFO topic, `recent` their order; `archive` what its ArchivePolicy keeps.
    """

    name: str
    arn: str
    created: bool | UnsetType = UNSET
    attributes: dict[str, str] = {}
    tags: dict[str, str] = {}
    data_protection: str = ""
    confirmed: int = 0
    pending: int = 0
    deleted: int = 0
    sequence: int = 0
    used: dict[str, Deduplicated] = {}
    recent: SortedMap[str, str] = msgspec.field(default_factory=SortedMap[str, str])
    archive: SortedMap[str, Published] = msgspec.field(default_factory=SortedMap[str, Published])

    @property
    def fifo(self) -> bool:
        """Whether it is a FIFO topic: its name says so."""
        return self.name.endswith(".fifo")

    @property
    def account(self) -> str:
        """The owner's account."""
        return self.arn.split(":")[4]

    @property
    def most_bytes(self) -> int:
        """How long a message may be."""
        found = self.attributes.get("MaximumMessageSize", "")
        return int(found) if found.isdecimal() else limits.MESSAGE_DEFAULT_BYTES


class Subscription(msgspec.Struct, kw_only=True):
    """A subscription. `guessed`: a foreign record told no ARN, so it stands under one that was made up.

    `tokens` are those that confirm it, with the time each was sent at; `base` is where the links in its messages lead.
    `locked`: who unsubscribes must prove who he is.
    `removed_by`: the record that unsubscribed it. `ended`: a replay
    had an ending point, so that nothing new is delivered.
    """

    arn: str
    topic_arn: str
    protocol: str | UnsetType = UNSET
    endpoint: str | UnsetType = UNSET
    owner: str = ""
    principal: str = ""
    confirmed: bool = False
    authenticated: bool = False
    locked: bool = False
    guessed: bool = False
    attributes: dict[str, str] = {}
    tokens: dict[str, int] = {}
    base: str = ""
    ended: bool = False
    removed_by: str = ""
    failures: int = 0
    last_failure: str = ""

    def setting(self, name: str) -> str:
        """An attribute's value, empty where it has none."""
        return self.attributes.get(name, "")

    @property
    def raw(self) -> bool:
        """Whether messages are delivered as they were published."""
        return self.setting("RawMessageDelivery") == "true"


class Letter(msgspec.Struct, kw_only=True):
    """A mail, a text message or a push that would have left: nothing leaves the machine.

    `outcome` says whether AWS would have delivered it, and else why not.
    """

    id: str
    at: str
    protocol: str
    to: str
    subject: str | UnsetType = UNSET
    body: str | UnsetType = UNSET
    sender: str | UnsetType = UNSET
    kind: str = "Notification"
    message_id: str | UnsetType = UNSET
    topic_arn: str | UnsetType = UNSET
    subscription_arn: str | UnsetType = UNSET
    token: str | UnsetType = UNSET
    link: str | UnsetType = UNSET
    outcome: str = "delivered"


class Waiting(msgspec.Struct, kw_only=True):
    """A delivery over HTTP that failed and is to be tried again: its next command, and when."""

    due_us: int
    command: DeliverHttp


class Failure(msgspec.Struct, kw_only=True):
    """A delivery that failed for good."""

    at: str
    subscription_arn: str
    message_id: str
    code: str
    reason: str


class Application(msgspec.Struct, kw_only=True):
    """A platform application. `attributes` holds its credentials, too, which no answer shows."""

    arn: str
    attributes: dict[str, str] = {}


class Device(msgspec.Struct, kw_only=True):
    """A platform endpoint: an app on a device."""

    arn: str
    application: str
    attributes: dict[str, str] = {}


class SandboxNumber(msgspec.Struct, kw_only=True):
    """A phone number of the SMS sandbox."""

    number: str
    verified: bool = False
    password: str | UnsetType = UNSET


def _sorted(kind: Any) -> Any:
    return msgspec.field(default_factory=SortedMap[str, kind])


class Sns(State):
    """The topics of one account in one region, by name, their subscriptions by ARN, and all else.

    `subscriptions` holds, beside those of the own topics, a copy of those that the account has in topics of others.
    `places` finds a subscription by topic, protocol and endpoint; `tokens` by confirmation token. `removed` are
    those that were unsubscribed and may be subscribed again with their token. `alarms` is what time will bring.
    """

    topics: SortedMap[str, Topic] = _sorted(Topic)
    fifo_topics: int = 0
    subscriptions: SortedMap[str, Subscription] = _sorted(Subscription)
    places: dict[str, str] = {}
    tokens: dict[str, str] = {}
    removed: dict[str, Subscription] = {}
    waiting: dict[str, Waiting] = {}
    failures: SortedMap[str, Failure] = _sorted(Failure)
    outbox: SortedMap[str, Letter] = _sorted(Letter)
    applications: SortedMap[str, Application] = _sorted(Application)
    devices: SortedMap[str, Device] = _sorted(Device)
    device_tokens: dict[str, str] = {}
    sms: dict[str, str] = {}
    opted_out: SortedMap[str, str] = _sorted(str)
    sandbox: SortedMap[str, SandboxNumber] = _sorted(SandboxNumber)
    alarms: SortedMap[str, str] = _sorted(str)


service = Service(
    "sns",
    Sns,
    trail=TRAIL,
    errors=errors.CODES,
    validate=True,
)
limits.declare(service)
service.resource(
    "AWS::SNS::Topic",
    collection=lambda state: state.topics,
    arn=lambda topic: topic.arn,
    tags=lambda topic: topic.tags,
)
service.resource(
    "AWS::SNS::Subscription",
    collection=lambda state: state.subscriptions,
    arn=lambda subscription: subscription.arn,
    parent=lambda subscription: subscription.topic_arn,
)
service.resource(
    "AWS::SNS::PlatformApplication",
    collection=lambda state: state.applications,
    arn=lambda application: application.arn,
)
service.resource(
    "AWS::SNS::PlatformEndpoint",
    collection=lambda state: state.devices,
    arn=lambda device: device.arn,
    parent=lambda device: device.application,
)
