"""SNS as boto3 sees it, over a real socket: every operation once, fan-out to queues, and HTTP endpoints."""

from __future__ import annotations

import base64
import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry

from .records import records

Client = Callable[..., Any]
PHONE = "+12025550100"

CALLED: set[str] = set()
"""The operations that stories called with success."""


@pytest.fixture
def client(client: Client) -> Client:
    """Clients that remember what they called of SNS."""

    def remember(http_response: Any, model: Any, **more: Any) -> None:
        if http_response.status_code == 200:
            CALLED.add(model.name)

    def make(service: str, **given: Any) -> Any:
        made = client(service, **given)
        if service == "sns":
            made.meta.events.register("after-call.sns", remember)
        return made

    return make


class Receiver:
    """An HTTP endpoint on this machine: what was posted to it, and what it answers (200 when nothing is left)."""

    def __init__(self) -> None:
        self.got: list[tuple[str, dict[str, str], str]] = []
        self.answers: list[int] = []
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver.got.append((self.path, headers, body))
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        """Stop."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)

    def wait(self, count: int) -> None:
        """Until so many messages were posted."""
        eventually(lambda: len(self.got) >= count)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """An HTTP endpoint that tests post to."""
    made = Receiver()
    yield made
    made.close()


def eventually(true: Callable[[], object]) -> None:
    """Wait until something is true."""
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it never came true"
        time.sleep(0.02)


def queue(sqs: Any, name: str, **attributes: str) -> tuple[str, str]:
    """A new queue that lets SNS in: its URL and its ARN."""
    arn = f"arn:aws:sqs:us-east-1:123456789012:{name}"
    statement = {
        "Effect": "Allow", "Principal": {"Service": "sns.amazonaws.com"}, "Action": "sqs:SendMessage", "Resource": arn,
    }  # fmt: skip
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return sqs.create_queue(QueueName=name, Attributes={"Policy": policy, **attributes})["QueueUrl"], arn


def received(sqs: Any, url: str, count: int = 1) -> list[dict[str, Any]]:
    """So many messages of a queue."""
    found: list[dict[str, Any]] = []
    while len(found) < count:
        answer = sqs.receive_message(
            QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=5, MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )  # fmt: skip
        assert "Messages" in answer, f"only {len(found)} of {count} messages came"
        found += answer["Messages"]
    return found


def test_one_message_reaches_two_queues_and_a_filter_keeps_it_from_the_third(client: Client) -> None:
    """SNS-06, SNS-07: the same MessageId in both envelopes; the bare body where delivery is raw."""
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="orders")["TopicArn"]
    plain, plain_arn = queue(sqs, "plain")
    raw, raw_arn = queue(sqs, "raw")
    picky, picky_arn = queue(sqs, "picky")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=plain_arn)
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=raw_arn, Attributes={"RawMessageDelivery": "true"})
    sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=picky_arn, Attributes={"FilterPolicy": '{"kind":["large"]}'}
    )
    kind = {"kind": {"DataType": "String", "StringValue": "small"}}
    sent = sns.publish(TopicArn=topic, Message="hello", Subject="Re", MessageAttributes=kind)["MessageId"]
    envelope = json.loads(received(sqs, plain)[0]["Body"])
    assert (envelope["MessageId"], envelope["Message"], envelope["Subject"]) == (sent, "hello", "Re")
    assert envelope["TopicArn"] == topic
    assert envelope["MessageAttributes"] == {"kind": {"Type": "String", "Value": "small"}}
    message = received(sqs, raw)[0]
    assert (message["Body"], message["MessageAttributes"]) == ("hello", kind)
    assert "Messages" not in sqs.receive_message(QueueUrl=picky)
    kind["kind"]["StringValue"] = "large"
    sns.publish(TopicArn=topic, Message="big", MessageAttributes=kind)
    assert json.loads(received(sqs, picky)[0]["Body"])["Message"] == "big"


def test_a_fifo_topic_keeps_order_and_drops_duplicates(client: Client) -> None:
    """Groups, ids and rising numbers; what comes twice arrives once."""
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="t.fifo", Attributes={"FifoTopic": "true"})["TopicArn"]
    url, arn = queue(sqs, "q.fifo", FifoQueue="true")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    numbers = [
        sns.publish(TopicArn=topic, Message=str(n), MessageGroupId="g", MessageDeduplicationId=f"d{n}")
        for n in (0, 1, 2, 1)
    ]
    assert numbers[3]["MessageId"] == numbers[1]["MessageId"]
    assert numbers[3]["SequenceNumber"] == numbers[1]["SequenceNumber"]
    entries = [
        {"Id": str(n), "Message": str(n), "MessageGroupId": "g", "MessageDeduplicationId": f"d{n}"}
        for n in (2, 3)
    ]
    batch = sns.publish_batch(TopicArn=topic, PublishBatchRequestEntries=entries)
    assert batch["Successful"][0]["MessageId"] == numbers[2]["MessageId"]
    assert not batch.get("Failed")
    messages = received(sqs, url, 4)
    assert [message["Body"] for message in messages] == ["0", "1", "2", "3"]
    assert messages[0]["Attributes"]["MessageGroupId"] == "g"
    with pytest.raises(
        sns.exceptions.InvalidParameterException, match="MessageGroupId parameter is required"
    ):
        sns.publish(TopicArn=topic, Message="m")


def test_an_http_endpoint_confirms_itself_and_gets_signed_messages(
    client: Client, receiver: Receiver, endpoint: str
) -> None:
    """It follows the link, without a signature of its own, and verifies what it gets with our certificate."""
    sns = client("sns", region="eu-west-1")
    topic = sns.create_topic(Name="t", Attributes={"SignatureVersion": "2"})["TopicArn"]
    answer = sns.subscribe(TopicArn=topic, Protocol="http", Endpoint=f"{receiver.url}/hook?x=1")
    assert answer["SubscriptionArn"] == "pending confirmation"
    receiver.wait(1)
    path, headers, body = receiver.got[0]
    assert (path, headers["x-amz-sns-message-type"]) == ("/hook?x=1", "SubscriptionConfirmation")
    assert headers["content-type"] == "text/plain; charset=UTF-8"
    assert headers["user-agent"] == "Amazon Simple Notification Service Agent"
    asked = json.loads(body)
    assert asked["SubscribeURL"].startswith(f"{endpoint}/?Action=ConfirmSubscription&TopicArn=")
    verify(asked)
    with urllib.request.urlopen(asked["SubscribeURL"]) as confirmed:
        assert f"<SubscriptionArn>{topic}:" in confirmed.read().decode()
    sns.publish(TopicArn=topic, Message="hello", Subject="Re")
    receiver.wait(2)
    _, headers, body = receiver.got[1]
    notice = json.loads(body)
    assert (headers["x-amz-sns-message-type"], notice["Message"], notice["Subject"]) == (
        "Notification",
        "hello",
        "Re",
    )
    assert headers["x-amz-sns-subscription-arn"].startswith(f"{topic}:")
    verify(notice)
    with urllib.request.urlopen(notice["UnsubscribeURL"]) as ended:
        assert "UnsubscribeResponse" in ended.read().decode()
    receiver.wait(3)
    goodbye = json.loads(receiver.got[2][2])
    assert goodbye["Type"] == "UnsubscribeConfirmation"
    verify(goodbye)
    assert sns.list_subscriptions()["Subscriptions"] == []
    sns.confirm_subscription(TopicArn=topic, Token=goodbye["Token"])
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1
    with pytest.raises(urllib.error.HTTPError) as wrong:
        urllib.request.urlopen(asked["SubscribeURL"].replace("Token=", "Token=x"))
    assert wrong.value.code == 400
    wrong.value.close()


def verify(message: dict[str, str]) -> None:
    """Check a message's signature as a receiver does: with the certificate that it names."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding, rsa

    names = ("Message", "MessageId", "SubscribeURL", "Subject", "Timestamp", "Token", "TopicArn", "Type")
    signed = "".join(f"{name}\n{message[name]}\n" for name in names if name in message)
    with urllib.request.urlopen(message["SigningCertURL"]) as answer:
        key = x509.load_pem_x509_certificate(answer.read()).public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    algorithm = hashes.SHA256() if message["SignatureVersion"] == "2" else hashes.SHA1()
    key.verify(base64.b64decode(message["Signature"]), signed.encode(), padding.PKCS1v15(), algorithm)


def test_a_failing_endpoint_is_tried_again_and_its_message_buried(
    client: Client, receiver: Receiver, server: BackgroundServer
) -> None:
    """Two attempts at once, one after a second; then the dead-letter queue has the raw message."""
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="t")["TopicArn"]
    url, arn = queue(sqs, "dead")
    policy = {"minDelayTarget": 1, "maxDelayTarget": 1, "numRetries": 2, "numNoDelayRetries": 1}
    sns.subscribe(
        TopicArn=topic, Protocol="http", Endpoint=receiver.url,
        Attributes={
            "RawMessageDelivery": "true", "RedrivePolicy": json.dumps({"deadLetterTargetArn": arn}),
            "DeliveryPolicy": json.dumps({"healthyRetryPolicy": policy}),
        },
    )  # fmt: skip
    receiver.wait(1)
    sns.confirm_subscription(TopicArn=topic, Token=json.loads(receiver.got[0][2])["Token"])
    receiver.answers = [500, 503, 502]
    sns.publish(TopicArn=topic, Message="raw text")
    receiver.wait(4)
    assert [body for _, _, body in receiver.got[1:]] == ["raw text"] * 3
    assert receiver.got[1][1]["x-amz-sns-rawdelivery"] == "true"
    assert received(sqs, url)[0]["Body"] == "raw text"
    failed = [one for one in records(server) if one["eventName"] == "FailDelivery"]
    assert [one["serviceEventDetails"]["code"] for one in failed] == ["502"]


def test_strangers_hosts_are_not_posted_to(client: Client, server: BackgroundServer) -> None:
    """Only this machine is, unless the user allows others; the record says so."""
    sns = client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="https", Endpoint="https://example.com/hook")
    eventually(lambda: any(one["eventName"] == "FailDelivery" for one in records(server)))
    failed = next(one for one in records(server) if one["eventName"] == "FailDelivery")
    assert "BACKTRAIL_HTTP_HOSTS" in failed["serviceEventDetails"]["reason"]


def test_mail_texts_and_pushes_lie_in_the_outbox(client: Client, server: BackgroundServer) -> None:
    """SNS-02: nothing leaves the machine, and a test can read it."""
    sns = client("sns")
    topic = sns.create_topic(Name="t")["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="email", Endpoint="me@example.com")
    eventually(lambda: len(outbox(server)) == 1)
    sns.confirm_subscription(TopicArn=topic, Token=outbox(server)[0].token)
    sns.publish(TopicArn=topic, Message="hello")
    sns.publish(PhoneNumber=PHONE, Message="hi")
    eventually(lambda: len(outbox(server)) == 3)
    assert [(one.protocol, one.body) for one in outbox(server)[1:]] == [("email", "hello"), ("sms", "hi")]


def outbox(server: BackgroundServer) -> list[Any]:
    """The outbox of the account's home region."""

    async def look() -> list[Any]:
        state: Any = server.engine.machine.state(("sns", "123456789012", "us-east-1"))
        return list(state.outbox.values())

    return server.run(look())


def test_topics_and_subscriptions_by_every_operation(client: Client) -> None:
    """Made, changed, tagged, permitted, listed, ended."""
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(
        Name="t", Attributes={"DisplayName": "T"}, Tags=[{"Key": "team", "Value": "red"}],
        DataProtectionPolicy='{"Name":"p","Statement":[{"Sid":"s"}]}',
    )["TopicArn"]  # fmt: skip
    assert topic == "arn:aws:sns:us-east-1:123456789012:t"
    assert sns.list_topics()["Topics"] == [{"TopicArn": topic}]
    assert (
        json.loads(sns.get_data_protection_policy(ResourceArn=topic)["DataProtectionPolicy"])["Name"] == "p"
    )
    sns.put_data_protection_policy(ResourceArn=topic, DataProtectionPolicy="")
    sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "a", "Value": "1"}])
    sns.untag_resource(ResourceArn=topic, TagKeys=["team"])
    assert sns.list_tags_for_resource(ResourceArn=topic)["Tags"] == [{"Key": "a", "Value": "1"}]
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="U")
    sns.add_permission(TopicArn=topic, Label="l", AWSAccountId=["111122223333"], ActionName=["Publish"])
    shown = sns.get_topic_attributes(TopicArn=topic)["Attributes"]
    assert (shown["DisplayName"], len(json.loads(shown["Policy"])["Statement"])) == ("U", 2)
    sns.remove_permission(TopicArn=topic, Label="l")
    _, arn = queue(sqs, "q")
    one = sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True)[
        "SubscriptionArn"
    ]
    sns.set_subscription_attributes(
        SubscriptionArn=one, AttributeName="FilterPolicy", AttributeValue='{"k":[{"exists":true}]}'
    )
    assert (
        sns.get_subscription_attributes(SubscriptionArn=one)["Attributes"]["FilterPolicyScope"]
        == "MessageAttributes"
    )
    listed = sns.list_subscriptions()["Subscriptions"]
    assert listed == sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert listed[0] == {
        "SubscriptionArn": one, "Owner": "123456789012", "Protocol": "sqs", "Endpoint": arn, "TopicArn": topic,
    }  # fmt: skip
    sns.unsubscribe(SubscriptionArn=one)
    sns.delete_topic(TopicArn=topic)
    with pytest.raises(sns.exceptions.NotFoundException):
        sns.get_topic_attributes(TopicArn=topic)
    with pytest.raises(ClientError, match="1 validation error detected"):
        sns.tag_resource(ResourceArn=topic, Tags=[{"Key": "k" * 129, "Value": "v"}])


def test_apps_and_phones_by_every_operation(client: Client, server: BackgroundServer) -> None:
    """Push applications and their endpoints; text message settings, the sandbox, opting out."""
    sns = client("sns")
    attributes = {"PlatformCredential": "key"}
    app = sns.create_platform_application(Name="a", Platform="GCM", Attributes=attributes)[
        "PlatformApplicationArn"
    ]
    sns.set_platform_application_attributes(
        PlatformApplicationArn=app, Attributes={"SuccessFeedbackSampleRate": "1"}
    )
    shown = sns.get_platform_application_attributes(PlatformApplicationArn=app)["Attributes"]
    assert shown == {"Enabled": "true", "SuccessFeedbackSampleRate": "1"}
    assert sns.list_platform_applications()["PlatformApplications"][0]["PlatformApplicationArn"] == app
    device = sns.create_platform_endpoint(PlatformApplicationArn=app, Token="t", CustomUserData="me")[
        "EndpointArn"
    ]
    sns.set_endpoint_attributes(EndpointArn=device, Attributes={"Enabled": "false"})
    assert sns.get_endpoint_attributes(EndpointArn=device)["Attributes"] == {
        "Enabled": "false", "CustomUserData": "me", "Token": "t",
    }  # fmt: skip
    assert (
        sns.list_endpoints_by_platform_application(PlatformApplicationArn=app)["Endpoints"][0]["EndpointArn"]
        == device
    )
    with pytest.raises(sns.exceptions.EndpointDisabledException):
        sns.publish(TargetArn=device, Message="m")
    sns.delete_endpoint(EndpointArn=device)
    sns.delete_platform_application(PlatformApplicationArn=app)
    sns.set_sms_attributes(attributes={"DefaultSMSType": "Transactional"})
    assert sns.get_sms_attributes(attributes=["DefaultSMSType"])["attributes"] == {
        "DefaultSMSType": "Transactional"
    }
    assert sns.get_sms_sandbox_account_status()["IsInSandbox"] is True
    sns.create_sms_sandbox_phone_number(PhoneNumber=PHONE)
    with pytest.raises(sns.exceptions.VerificationException):
        sns.verify_sms_sandbox_phone_number(PhoneNumber=PHONE, OneTimePassword="00000")
    sns.verify_sms_sandbox_phone_number(PhoneNumber=PHONE, OneTimePassword=outbox(server)[0].token)
    assert sns.list_sms_sandbox_phone_numbers()["PhoneNumbers"] == [
        {"PhoneNumber": PHONE, "Status": "Verified"}
    ]
    sns.delete_sms_sandbox_phone_number(PhoneNumber=PHONE)
    assert sns.check_if_phone_number_is_opted_out(phoneNumber=PHONE)["isOptedOut"] is False
    sns.opt_in_phone_number(phoneNumber=PHONE)
    assert sns.list_phone_numbers_opted_out()["phoneNumbers"] == []
    assert sns.list_origination_numbers()["PhoneNumbers"] == []


def test_only_links_work_without_a_signature(endpoint: str) -> None:
    """Nobody makes a topic; a link may only confirm and unsubscribe."""
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(f"{endpoint}/?Action=CreateTopic&Name=t&Version=2010-03-31")
    assert refused.value.code == 403
    refused.value.close()


def test_no_operation_is_missing() -> None:
    """Every operation that the plugin serves was called with success by the stories above."""
    if not CALLED:
        pytest.skip("the stories did not run")
    handlers = registry().services["sns"].handlers
    assert {name for name, handler in handlers.items() if not handler.internal} - CALLED == set()
