"""Creating, finding, listing, purging and deleting queues."""

from __future__ import annotations

import pytest
from tests.plugins.sqs.queue_scenario import Sqs, arn, url

from backtrail import UNSET
from backtrail_aws.sqs import api


def test_a_new_queue_has_awss_defaults() -> None:
    """A standard queue shows every attribute that AWS gives it, with today's values."""
    sqs = Sqs().queue("a")
    shown = sqs.attributes("a")
    assert {name: value for name, value in shown.items() if not name.endswith("Timestamp")} == {
        "QueueArn": arn("a"),
        "ApproximateNumberOfMessages": "0",
        "ApproximateNumberOfMessagesNotVisible": "0",
        "ApproximateNumberOfMessagesDelayed": "0",
        "DelaySeconds": "0",
        "MaximumMessageSize": "1048576",
        "MessageRetentionPeriod": "345600",
        "ReceiveMessageWaitTimeSeconds": "0",
        "VisibilityTimeout": "30",
        "SqsManagedSseEnabled": "true",
    }
    assert shown["CreatedTimestamp"] == shown["LastModifiedTimestamp"] == "1704067201"
    sqs.replays()


def test_a_new_fifo_queue_has_awss_defaults() -> None:
    """A FIFO queue shows how it deduplicates."""
    shown = Sqs().queue("a.fifo").attributes("a.fifo")
    assert (shown["FifoQueue"], shown["ContentBasedDeduplication"]) == ("true", "false")
    assert (shown["DeduplicationScope"], shown["FifoThroughputLimit"]) == ("queue", "perQueue")


def test_only_asked_attributes_are_shown() -> None:
    """GetQueueAttributes gives what was named, and nothing where nothing was."""
    sqs = Sqs().queue("a")
    assert sqs.attributes("a", "QueueArn", "Policy") == {"QueueArn": arn("a")}
    sqs.given(api.GetQueueAttributes(queue_url=url("a")))
    assert sqs.answer.attributes is UNSET
    sqs.when(api.GetQueueAttributes(queue_url=url("a"), attribute_names=["Colour"])).refused(
        "InvalidAttributeName"
    )


@pytest.mark.parametrize("name", ["", "a b", "x" * 81, "a.fifo", "ä"])
def test_bad_names_are_refused(name: str) -> None:
    """A standard queue's name has 1 to 80 letters, digits, hyphens and underscores."""
    Sqs().when(api.CreateQueue(queue_name=name)).refused("InvalidParameterValue")


def test_a_fifo_queue_needs_its_suffix_and_its_attribute() -> None:
    """FifoQueue and .fifo go together; FifoQueue=false is not even an attribute."""
    sqs = Sqs()
    sqs.when(api.CreateQueue(queue_name="a", attributes={"FifoQueue": "true"})).refused(
        "InvalidParameterValue"
    )
    sqs.when(api.CreateQueue(queue_name="a", attributes={"FifoQueue": "false"}))
    sqs.refused("InvalidAttributeName", "Unknown Attribute FifoQueue.")


def test_creating_again_with_equal_attributes_finds_the_queue() -> None:
    """CreateQueue is idempotent for equal attributes and for none, and changes nothing."""
    sqs = Sqs().queue("a", DelaySeconds="5")
    sqs.send("a", "kept")
    for again in (UNSET, {"DelaySeconds": "5"}, {"VisibilityTimeout": "30"}):
        sqs.given(api.CreateQueue(queue_name="a", attributes=again, tags={"not": "added"}))
        assert sqs.answer.queue_url == url("a")
    assert len(sqs.held("a").messages) == 1
    assert sqs.held("a").tags == {}
    sqs.replays()


def test_creating_again_with_other_attributes_is_refused() -> None:
    """The refusal names the attribute that differs."""
    sqs = Sqs().queue("a")
    sqs.when(api.CreateQueue(queue_name="a", attributes={"DelaySeconds": "7"}))
    sqs.refused("QueueNameExists", "different value for attribute DelaySeconds")
    sqs.replays()


def test_a_deleted_name_is_free_after_a_minute() -> None:
    """QueueDeletedRecently for 60 seconds."""
    sqs = Sqs().queue("a")
    sqs.given(api.DeleteQueue(queue_url=url("a")))
    sqs.when(api.CreateQueue(queue_name="a")).refused("QueueDeletedRecently", "You must wait 60 seconds")
    sqs.later(seconds=60).given(api.CreateQueue(queue_name="a"))
    sqs.replays()


def test_a_deleted_queue_is_gone() -> None:
    """Every call about a deleted queue says that it does not exist, and its messages are gone."""
    sqs = Sqs().queue("a")
    sqs.send("a", "lost")
    sqs.given(api.DeleteQueue(queue_url=url("a")))
    sqs.when(api.SendMessage(queue_url=url("a"), message_body="x")).refused("QueueDoesNotExist")
    sqs.when(api.DeleteQueue(queue_url=url("a"))).refused("QueueDoesNotExist")
    sqs.when(api.GetQueueUrl(queue_name="a")).refused("QueueDoesNotExist")
    sqs.later(days=5)
    assert not sqs.state().queues
    assert not sqs.state().alarms
    sqs.replays()


def test_listing_pages_by_name_and_prefix() -> None:
    """A token comes only with MaxResults, and leads to the next page."""
    sqs = Sqs()
    for number in range(5):
        sqs.queue(f"b{number}")
    sqs.queue("a").given(api.ListQueues(queue_name_prefix="b", max_results=3))
    assert sqs.answer.queue_urls == [url("b0"), url("b1"), url("b2")]
    sqs.given(api.ListQueues(queue_name_prefix="b", max_results=3, next_token=sqs.answer.next_token))
    assert (sqs.answer.queue_urls, sqs.answer.next_token) == ([url("b3"), url("b4")], UNSET)
    sqs.given(api.ListQueues())
    assert (len(sqs.answer.queue_urls), sqs.answer.next_token) == (6, UNSET)
    sqs.given(api.ListQueues(queue_name_prefix="z"))
    assert sqs.answer.queue_urls is UNSET
    sqs.when(api.ListQueues(max_results=1001)).refused("InvalidParameterValue")
    sqs.when(api.ListQueues(max_results=2, next_token="x")).refused("InvalidParameterValue")


def test_a_url_means_its_path() -> None:
    """The host does not matter, the legacy endpoints and a bare path are good; another region's queue is unknown."""
    sqs = Sqs().queue("a")
    for good in (
        "http://localhost:4566/123456789012/a",
        "https://queue.amazonaws.com/123456789012/a",
        "https://us-east-1.queue.amazonaws.com/123456789012/a",
        "/123456789012/a",
    ):
        sqs.given(api.GetQueueAttributes(queue_url=good))
    sqs.when(api.GetQueueAttributes(queue_url="https://sqs.eu-west-1.amazonaws.com/123456789012/a"))
    sqs.refused("QueueDoesNotExist")
    sqs.when(api.DeleteQueue(queue_url="https://sqs.eu-west-1.amazonaws.com/123456789012/a"))
    sqs.refused("QueueDoesNotExist")
    sqs.when(api.GetQueueAttributes(queue_url="a")).refused("InvalidAddress")
    sqs.given(api.GetQueueAttributes(queue_url=url("a")))
    sqs.replays()


def test_the_url_has_the_host_that_was_called() -> None:
    """A client on localhost gets a URL on localhost."""
    from backtrail.facts import Facts
    from backtrail.trail.forms import HttpFacts

    sqs = Sqs()
    sqs.when(api.CreateQueue(queue_name="a"), facts=Facts(http=HttpFacts(host="localhost:4566")))
    assert sqs.answer.queue_url == "http://localhost:4566/123456789012/a"


def test_regions_and_accounts_have_queues_of_their_own() -> None:
    """One name, two regions: two queues. A URL of another account means that account's queue."""
    sqs = Sqs().queue("a")
    sqs.when(api.CreateQueue(queue_name="a"), region="eu-west-1")
    assert "eu-west-1" in sqs.answer.queue_url
    sqs.when(api.CreateQueue(queue_name="a"), account="111122223333")
    sqs.send("a", "mine")
    sqs.given(api.SendMessage(queue_url=url("a", "111122223333"), message_body="theirs"))
    other = "111122223333"
    sqs.given(api.GetQueueUrl(queue_name="a", queue_owner_aws_account_id=other))
    assert sqs.answer.queue_url == url("a", other)
    sqs.given(api.ReceiveMessage(queue_url=url("a", other)))
    assert [message.body for message in sqs.answer.messages] == ["theirs"]
    assert sqs.bodies("a") == ["mine"]
    sqs.replays()


def test_a_purge_empties_the_queue_once_a_minute() -> None:
    """All messages go, also those in flight; a second purge has to wait."""
    sqs = Sqs().queue("a")
    for body in "abc":
        sqs.send("a", body)
    sqs.receive("a", 1)
    sqs.given(api.PurgeQueue(queue_url=url("a")))
    assert sqs.depth("a") == (0, 0, 0)
    sqs.when(api.PurgeQueue(queue_url=url("a")))
    sqs.refused("PurgeQueueInProgress", "Only one PurgeQueue operation on a is allowed every 60 seconds.")
    sqs.later(seconds=60).given(api.PurgeQueue(queue_url=url("a")))
    sqs.send("a", "after")
    assert sqs.bodies("a") == ["after"]
    sqs.replays()


def test_tags_are_kept_replaced_and_taken_off() -> None:
    """TagQueue adds and replaces, UntagQueue takes off what is there."""
    sqs = Sqs()
    sqs.given(api.CreateQueue(queue_name="a", tags={"k": "1"}))
    sqs.given(api.TagQueue(queue_url=url("a"), tags={"k": "2", "l": ""}))
    sqs.given(
        api.UntagQueue(queue_url=url("a"), tag_keys=["l", "unknown"]), api.ListQueueTags(queue_url=url("a"))
    )
    assert sqs.answer.tags == {"k": "2"}
    sqs.when(api.TagQueue(queue_url=url("a"), tags={"aws:x": "y"})).refused("InvalidParameterValue")
    sqs.when(api.TagQueue(queue_url=url("a"), tags={f"t{n}": "" for n in range(50)})).refused(
        "InvalidParameterValue"
    )
    sqs.replays()


def test_names_of_deleted_queues_are_forgotten() -> None:
    """The state does not keep every name that was ever deleted."""
    sqs = Sqs()
    for number in range(300):
        sqs.queue(f"q{number}").given(api.DeleteQueue(queue_url=url(f"q{number}")))
    assert len(sqs.state().deleted) < 300
    sqs.replays()
