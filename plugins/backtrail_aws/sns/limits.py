"""SNS's numbers, each with the page that it comes from.

QUOTAS: https://docs.aws.amazon.com/general/latest/gr/sns.html
FILTERS: https://docs.aws.amazon.com/sns/latest/dg/subscription-filter-policy-constraints.html
"""

from __future__ import annotations

from typing import Any

from backtrail import Service

TOPICS_MAX, FIFO_TOPICS_MAX = 100_000, 1_000  # API_CreateTopic
FIFO_SUBSCRIPTIONS_MAX = 100  # QUOTAS
PENDING_MAX = 5_000  # QUOTAS: subscriptions pending confirmation
PAGE = (
    100  # API_ListTopics, API_ListSubscriptions, API_ListSubscriptionsByTopic, API_ListPlatformApplications
)
SANDBOX_PAGE_MAX = 100  # API_ListSMSSandboxPhoneNumbers
ORIGINATION_PAGE_MAX = 30  # API_ListOriginationNumbers
TAGS_MAX, TAG_KEY_MAX, TAG_VALUE_MAX = 50, 128, 256  # API_TagResource, API_Tag
POLICY_MAX_BYTES = 30_720  # QUOTAS: a topic's access policy; API_PutDataProtectionPolicy
DISPLAY_NAME_MAX = 100  # API_SetTopicAttributes

MESSAGE_DEFAULT_BYTES = 262_144  # API_Publish
MESSAGE_BYTES = (1_024, 1_048_576)  # API_CreateTopic: MaximumMessageSize
LARGE_SUBSCRIPTIONS_MAX = 100  # API_CreateTopic: of a topic with a MaximumMessageSize above the default
SMS_MAX_CHARACTERS = 1_600  # API_Publish
SUBJECT_MAX = 100  # API_Publish
BATCH_MAX, BATCH_ID_MAX = 10, 80  # API_PublishBatch, API_PublishBatchRequestEntry
ATTRIBUTE_NAME_MAX = 256  # dg/sns-message-attributes.html
TOKEN_MAX = 128  # API_Publish: group and deduplication ids

DEDUPLICATION_US = 300 * 1_000_000  # API_Publish: five minutes
TOKEN_LIFE_US = 2 * 86_400 * 1_000_000  # API_Subscribe: confirmation tokens are valid for two days

FILTER_MAX_BYTES, FILTER_KEYS_MAX, FILTER_COMBINATIONS_MAX = 256 * 1024, 5, 150  # FILTERS
FILTERS_PER_TOPIC_MAX = 200  # FILTERS
FILTER_NUMBER_MAX = 1_000_000_000  # FILTERS

ARCHIVE_DAYS = (1, 365)  # dg/message-archiving-and-replay-topic-owner.html
USER_DATA_MAX_BYTES = 2_048  # API_CreatePlatformEndpoint
SANDBOX_NUMBERS_MAX = 10  # dg/sns-sms-sandbox.html

HTTP_TIMEOUT_S = 15.0  # dg/SendMessageToHttp.prepare.html
OUTBOX_MAX = 10_000
"""Mails, text messages and pushes that a region's state keeps; the log has all of them."""
FAILURES_KEPT = 100
"""Failed deliveries that a region's state keeps; the log has all of them."""


def declare(service: Service[Any]) -> None:
    """The quotas that Service Quotas lists of SNS and that are minded here."""
    service.quota(
        "L-61103206", "topics", TOPICS_MAX, "Topics per Account",
        what="The maximum number of standard topics that an account can have",
    )  # fmt: skip
    service.quota(
        "SNS-fifo-topics", "fifo_topics", FIFO_TOPICS_MAX, "FIFO Topics per Account",
        what="The maximum number of FIFO topics that an account can have",
    )  # fmt: skip
