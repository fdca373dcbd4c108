"""What calls need of policies, and what a topic's and a queue's own policies decide."""

from __future__ import annotations

import json
from typing import Any

from tests.plugins.sns.topic_scenario import Sns, arn, queue_arn, queue_url

import backtrail_aws.iam
import backtrail_aws.sns
import backtrail_aws.sqs
from backtrail.authorization import Iam
from backtrail.call import Caller
from backtrail.record import Identity
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api as iam
from backtrail_aws.sns import api

OTHER = "111122223333"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"


class Company(Sns):
    """SNS and SQS with IAM, which decides."""

    def __init__(self) -> None:
        Scenario.__init__(self, backtrail_aws.sns, backtrail_aws.sqs, backtrail_aws.iam, service="sns")
        self.machine.iam = Iam.ENFORCE

    def user(self, name: str, *statements: dict[str, Any]) -> Company:
        """Call as a new user with these statements from here on."""
        self.given(iam.CreateUser(user_name=name), iam.CreateAccessKey(user_name=name), service="iam")
        key = str(self.answer.access_key.access_key_id)
        if statements:
            document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
            self.given(
                iam.PutUserPolicy(user_name=name, policy_name="p", policy_document=document), service="iam"
            )
        self.with_key(key)
        return self

    def policy(self, topic: str, *statements: dict[str, Any]) -> Company:
        """Give a topic a policy."""
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        self.given(
            api.SetTopicAttributes(topic_arn=arn(topic), attribute_name="Policy", attribute_value=document)
        )
        return self

    def queue_policy(self, queue: str, **more: Any) -> Company:
        """Let SNS into a queue."""
        statement = {
            "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage",
            "Resource": queue_arn(queue), **more,
        }  # fmt: skip
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        from backtrail_aws.sqs.api import SetQueueAttributes

        self.given(
            SetQueueAttributes(queue_url=queue_url(queue), attributes={"Policy": document}), service="sqs"
        )
        return self


def allow(action: str, resource: str, **more: Any) -> dict[str, Any]:
    """A statement."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def test_a_queue_that_does_not_let_sns_in_gets_nothing() -> None:
    """SNS-06: no error to the publisher; the failure is recorded. With the queue's policy, the message arrives."""
    sns = Company().topic("t").queue("q")
    assert isinstance(sns, Company)
    sns.subscribe_queue("t", "q")
    sns.publish("t", "lost")
    assert sns.bodies("q") == []
    assert sns.only("t").last_failure.startswith("AccessDenied")
    sns.queue_policy("q", Condition={"ArnEquals": {"aws:SourceArn": arn("t")}})
    sns.publish("t", "found")
    assert sns.notes("q") == ["found"]
    sns.queue_policy("q", Condition={"ArnEquals": {"aws:SourceArn": arn("other")}})
    sns.publish("t", "lost again")
    assert sns.bodies("q") == []
    sns.replays()


def test_a_user_needs_a_policy_and_the_default_one_is_none() -> None:
    """A topic's default policy opens it to nobody; the refusal is in AWS's words."""
    sns = Company().topic("t")
    assert isinstance(sns, Company)
    sns.user(
        "u",
        allow("sns:Publish", arn("t")),
        allow("sns:Subscribe", "*", Condition={"StringEquals": {"sns:Protocol": "sqs"}}),
    )
    sns.publish("t", "m")
    entries = [api.PublishBatchRequestEntry(id="a", message="m")]
    sns.given(api.PublishBatch(topic_arn=arn("t"), publish_batch_request_entries=entries))
    sns.subscribe_queue("t", "q")
    sns.when(api.Subscribe(topic_arn=arn("t"), protocol="sms", endpoint="+12025550100")).refused(
        "AuthorizationError"
    )
    sns.when(api.DeleteTopic(topic_arn=arn("t"))).refused(
        "AuthorizationError",
        f"User: arn:aws:iam::{ACCOUNT}:user/u is not authorized to perform: SNS:DeleteTopic on resource: {arn('t')} "
        "because no identity-based policy allows the SNS:DeleteTopic action",
    )
    sns.when(api.ListTopics()).refused("AuthorizationError", f"on resource: {arn('*')}")
    sns.when(api.Publish(phone_number="+12025550100", message="m")).refused("AuthorizationError")
    sns.when(api.CreateTopic(name="u", tags=[api.Tag(key="a", value="b")])).refused("AuthorizationError")
    sns.replays()


def test_a_topics_policy_opens_it_to_another_account() -> None:
    """For what may be granted, and to whom it names; tagging is the owner's."""
    sns = Company().topic("t")
    assert isinstance(sns, Company)
    sns.policy("t", allow("sns:*", arn("t"), Principal={"AWS": f"arn:aws:iam::{OTHER}:root"}))
    identity = Identity(type="Root", arn=f"arn:aws:iam::{OTHER}:root", account_id=OTHER, principal_id=OTHER)
    sns.caller = Caller(identity=identity, account=OTHER)
    sns.when(api.Publish(topic_arn=arn("t"), message="m"), account=OTHER)
    assert sns.error is None
    tags = [api.Tag(key="a", value="b")]
    sns.when(api.TagResource(resource_arn=arn("t"), tags=tags), account=OTHER).refused("AuthorizationError")
    sns.replays()


def test_services_publish_where_they_are_let_in() -> None:
    """An alarm may publish to a topic with the default policy, S3 must be named in it."""

    def publishing(service: str) -> Caller:
        identity = Identity(type="AWSService", invoked_by=service)
        return Caller(identity=identity, account=ACCOUNT, service=service, source_arn="arn:aws:s3:::b")

    sns = Company().topic("t")
    assert isinstance(sns, Company)
    call = api.Publish(topic_arn=arn("t"), message="m")
    sns.when(call, caller=publishing("cloudwatch.amazonaws.com"))
    assert sns.error is None
    sns.when(call, caller=publishing("s3.amazonaws.com")).refused("AuthorizationError")
    sns.policy("t", allow("sns:Publish", arn("t"), Principal={"Service": "s3.amazonaws.com"}))
    sns.when(call, caller=publishing("s3.amazonaws.com"))
    assert sns.error is None


def test_links_need_no_permission() -> None:
    """Whoever has the token confirms; whoever has the link unsubscribes."""
    sns = Company().topic("t")
    assert isinstance(sns, Company)
    sns.subscribe("t", "email", "me@example.com")
    token = str(sns.outbox()[0].token)
    sns.with_key(None)
    sns.given(api.ConfirmSubscription(topic_arn=arn("t"), token=token))
    sns.given(api.Unsubscribe(subscription_arn=sns.answer.subscription_arn))
    sns.when(api.ListTopics()).refused("AuthorizationError")
    sns.replays()
