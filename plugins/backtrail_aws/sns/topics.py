"""Topics: creating, listing and deleting them."""

from __future__ import annotations

import re
from typing import Any

from backtrail import UNSET, BadToken, Call, Event, Page, SortedMap, UnsetType, page, told
from backtrail_aws.sns import (
    archives,
    arns,
    data_protection,
    directory,
    errors,
    limits,
    roster,
    tags,
    topic_attributes,
)
from backtrail_aws.sns.api import (
    CreateTopic,
    CreateTopicResult,
    DeleteTopic,
    GetTopicAttributes,
    ListTopics,
    ListTopicsResult,
    Publish,
    SetTopicAttributes,
)
from backtrail_aws.sns.api import Topic as Listed
from backtrail_aws.sns.state import Sns, Topic, service

_NAME = re.compile(r"[A-Za-z0-9_-]{1,256}")
_FIFO_NAME = re.compile(r"(?=.{1,256}\Z)[A-Za-z0-9_-]+\.fifo")
_GONE = frozenset({"NotFound", "NotFoundException"})


@service.handle
def create_topic(state: Sns, call: Call[CreateTopic]) -> CreateTopicResult:
    """The ARN of a new topic, or of the one of that name whose attributes and tags are the given ones."""
    params = call.params
    given, name = told(params.attributes, {}), params.name
    fifo = given.get("FifoTopic") == "true"
    if (_FIFO_NAME if fifo else _NAME).fullmatch(name) is None:
        raise errors.bad_topic_name()
    topic_attributes.check_new(name, given)
    tags.check(told(params.tags, []), {})
    if not isinstance(params.data_protection_policy, UnsetType):
        data_protection.check(params.data_protection_policy)
    old = state.topics.get(name)
    if old is not None:
        _check_same(old, call.params)
    else:
        _check_room(state, call, fifo)
    return CreateTopicResult(topic_arn=call.arn("sns", name))


def _check_same(old: Topic, params: CreateTopic) -> None:
    if not _same_attributes(old, params):
        raise errors.topic_exists("Attributes")
    known = not isinstance(old.created, UnsetType)
    if known and not isinstance(params.tags, UnsetType) and tags.plain(params.tags) != old.tags:
        raise errors.topic_exists("Tags")


def _same_attributes(old: Topic, params: CreateTopic) -> bool:
    given = told(params.attributes, {})
    return all(topic_attributes.same(old, attribute, value) for attribute, value in given.items())


def _check_room(state: Sns, call: Call[CreateTopic], fifo: bool) -> None:
    if fifo:
        full = state.fifo_topics >= call.quota("fifo_topics", limits.FIFO_TOPICS_MAX)
    else:
        full = len(state.topics) - state.fifo_topics >= call.quota("topics", limits.TOPICS_MAX)
    if full:
        raise errors.too_many_topics()


@service.project
def topic_created(state: Sns, event: Event[CreateTopic, CreateTopicResult]) -> None:
    """The topic is there. What was equal before stays as it is: the call only found it."""
    params = event.params
    name = arns.name_of(told(event.result.topic_arn, "")) or params.name
    old = state.topics.get(name)
    if old is not None and not isinstance(old.created, UnsetType):
        if _same_attributes(old, params):
            return
        forget(state, name)
        old = None
    topic = old or Topic(name=name, arn=told(event.result.topic_arn, event.arn("sns", name)))
    if name not in state.topics:
        state.topics[name] = topic
        state.fifo_topics += topic.fifo
    topic.created = True
    topic.tags.update(tags.plain(told(params.tags, [])))
    topic.data_protection = told(params.data_protection_policy, topic.data_protection)
    topic_attributes.apply(topic, told(params.attributes, {}))


@service.handle(at=arns.by_topic)
def delete_topic(state: Sns, call: Call[DeleteTopic]) -> None:
    """A topic that is not there is no error; one that archives messages is."""
    arn = directory.parse("TopicArn", call.params.topic_arn, call)
    topic = state.topics.get(arn.resource)
    if topic is not None and archives.is_active(topic):
        raise errors.archive_is_active()


@service.project(at=arns.by_topic)
def topic_deleted(state: Sns, event: Event[DeleteTopic, None]) -> None:
    """The topic is gone, with its subscriptions."""
    forget(state, arns.name_of(event.params.topic_arn))


def forget(state: Sns, name: str) -> None:
    """Fold that a topic is not there (any more)."""
    topic = state.topics.pop(name, None)
    if topic is None:
        return
    state.fifo_topics -= topic.fifo
    for arn in [subscription.arn for subscription in roster.of_topic(state, topic.arn)]:
        roster.drop(state, arn)


@service.read
def list_topics(state: Sns, call: Call[ListTopics]) -> ListTopicsResult:
    """ARNs by name, a hundred at a time."""
    found = paged(state.topics, call.params.next_token)
    return ListTopicsResult(
        topics=[Listed(topic_arn=topic.arn) for topic in found.items], next_token=found.next or UNSET
    )


def paged(
    items: SortedMap[str, Any], token: str | UnsetType, limit: int = limits.PAGE, **given: Any
) -> Page[Any]:
    """A page of a collection. Raises `Refusal` for a token that it did not give out."""
    try:
        return page(items, told(token, "") or None, limit, **given)
    except BadToken as error:
        # evidence: guess
        raise errors.because("NextToken", "Bad token") from error


@service.evidence(at=arns.by_topic)
def look_failed(state: Sns, event: Event[GetTopicAttributes, None]) -> None:
    """A topic that does not exist to look at is gone."""
    _gone(state, event.error, event.params.topic_arn)


@service.evidence(at=arns.by_topic)
def change_failed(state: Sns, event: Event[SetTopicAttributes, None]) -> None:
    """A topic that does not exist to change is gone."""
    _gone(state, event.error, event.params.topic_arn)


@service.evidence(at=arns.by_target)
def publish_failed(state: Sns, event: Event[Publish, None]) -> None:
    """A topic that does not exist to publish to is gone."""
    if isinstance(event.params.topic_arn, str):
        _gone(state, event.error, event.params.topic_arn)


def _gone(state: Sns, error: str | None, topic_arn: str) -> None:
    if error in _GONE:
        forget(state, arns.name_of(topic_arn))
