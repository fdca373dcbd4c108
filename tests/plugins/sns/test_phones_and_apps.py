"""Text messages, the sandbox, opting out; push applications and their endpoints."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.plugins.sns.topic_scenario import Sns, arn, refuse, text

from backtrail import UNSET
from backtrail.testing import ACCOUNT
from backtrail_aws.sns import api

PHONE = "+12025550100"
HIDDEN = "HIDDEN_DUE_TO_SECURITY_REASONS"
GCM = {"PlatformCredential": "server-key"}


def verified(sns: Sns) -> Sns:
    """The phone number is verified in the sandbox."""
    sns.given(api.CreateSMSSandboxPhoneNumber(phone_number=PHONE))
    password = str(sns.outbox()[-1].token)
    sns.given(api.VerifySMSSandboxPhoneNumber(phone_number=PHONE, one_time_password=password))
    return sns


def application(sns: Sns, **attributes: str) -> str:
    """A push application's ARN."""
    sns.given(api.CreatePlatformApplication(name="app", platform="GCM", attributes={**GCM, **attributes}))
    return str(sns.answer.platform_application_arn)


def endpoint(sns: Sns, app: str, token: str = "device", **members: Any) -> str:
    """An endpoint's ARN."""
    sns.given(api.CreatePlatformEndpoint(platform_application_arn=app, token=token, **members))
    return str(sns.answer.endpoint_arn)


def test_a_text_message_lands_in_the_outbox() -> None:
    """Nothing leaves the machine; the outbox says that the sandbox would have kept it back, until it is verified."""
    sns = Sns()
    sns.given(
        api.Publish(phone_number=PHONE, message="hi", message_attributes={"AWS.SNS.SMS.SenderID": text("Me")})
    )
    assert sns.answer.message_id
    (message,) = sns.outbox()
    assert (message.to, message.body, message.sender) == (PHONE, "hi", "Me")
    assert message.outcome == "not delivered: the SMS sandbox has no such number"
    verified(sns).given(api.Publish(phone_number=PHONE, message="hi"))
    assert sns.outbox()[-1].outcome == "delivered"
    assert all(PHONE.encode() not in entry.record for entry in sns.log)
    sns.replays()


def test_the_sandbox_verifies_numbers() -> None:
    """Pending until the password that was sent comes back; ten numbers at most."""
    sns = Sns()
    sns.given(api.GetSMSSandboxAccountStatus())
    assert sns.answer.is_in_sandbox is True
    sns.given(api.CreateSMSSandboxPhoneNumber(phone_number=PHONE))
    created, sent = (json.loads(entry.record) for entry in sns.log[-2:])
    assert "oneTimePassword" not in created["requestParameters"]
    assert (sent["eventName"], sns.outbox()[-1].outcome) == ("DeliverMessage", "delivered")
    wrong = api.VerifySMSSandboxPhoneNumber(phone_number=PHONE, one_time_password="00000")
    refuse(sns, wrong, "VerificationException")
    sns.given(api.ListSMSSandboxPhoneNumbers())
    assert sns.answer.phone_numbers == [api.SMSSandboxPhoneNumber(phone_number=PHONE, status="Pending")]
    verified(sns).given(api.ListSMSSandboxPhoneNumbers())
    assert sns.answer.phone_numbers[0].status == "Verified"
    for number in range(9):
        sns.given(api.CreateSMSSandboxPhoneNumber(phone_number=f"+1202555011{number}"))
    refuse(sns, api.CreateSMSSandboxPhoneNumber(phone_number="+12025550199"), "UserError")
    sns.given(api.ListSMSSandboxPhoneNumbers(max_results=4))
    assert (len(sns.answer.phone_numbers), sns.answer.next_token is UNSET) == (4, False)
    sns.given(api.DeleteSMSSandboxPhoneNumber(phone_number=PHONE))
    refuse(sns, api.DeleteSMSSandboxPhoneNumber(phone_number=PHONE), "ResourceNotFound")
    refuse(sns, wrong, "ResourceNotFound")
    sns.replays()


def test_sms_settings_are_kept() -> None:
    """Set, shown, asked for by name, refused where they break their rules."""
    sns = Sns()
    sns.given(api.SetSMSAttributes(attributes={"DefaultSMSType": "Transactional", "DefaultSenderID": "Me"}))
    sns.given(api.GetSMSAttributes())
    assert sns.answer.attributes == {
        "MonthlySpendLimit": "1",
        "DefaultSMSType": "Transactional",
        "DefaultSenderID": "Me",
    }
    sns.given(api.GetSMSAttributes(attributes=["DefaultSenderID"]))
    assert sns.answer.attributes == {"DefaultSenderID": "Me"}
    for name, value in {"Unknown": "x", "DefaultSMSType": "x", "DefaultSenderID": "1234", "MonthlySpendLimit": "-1",
                        "DeliveryStatusSuccessSamplingRate": "101"}.items():  # fmt: skip
        refuse(sns, api.SetSMSAttributes(attributes={name: value}), "InvalidParameter", name)
    sns.replays()


def test_opting_in_and_looking() -> None:
    """Nobody is known to have opted out; malformed numbers are refused; no numbers are rented here."""
    sns = Sns()
    sns.given(api.CheckIfPhoneNumberIsOptedOut(phone_number=PHONE))
    assert sns.answer.is_opted_out is False
    sns.given(api.OptInPhoneNumber(phone_number=PHONE), api.ListPhoneNumbersOptedOut())
    assert sns.answer.phone_numbers == []
    sns.given(api.ListOriginationNumbers())
    assert sns.answer.phone_numbers == []
    refuse(sns, api.CheckIfPhoneNumberIsOptedOut(phone_number="x"), "InvalidParameter")
    sns.state().opted_out[PHONE] = PHONE
    sns.given(api.CheckIfPhoneNumberIsOptedOut(phone_number=PHONE))
    assert sns.answer.is_opted_out is True
    refuse(sns, api.CreateSMSSandboxPhoneNumber(phone_number=PHONE), "OptedOut")
    sns.given(api.OptInPhoneNumber(phone_number=PHONE), api.CheckIfPhoneNumberIsOptedOut(phone_number=PHONE))
    assert sns.answer.is_opted_out is False


def test_applications_hide_their_credentials() -> None:
    """Neither record nor answer shows them; settings are shown, changed and taken back."""
    sns = Sns()
    app = application(sns, SuccessFeedbackSampleRate="5")
    assert app == arn("app/GCM/app")
    assert sns.record["requestParameters"]["attributes"] == HIDDEN
    sns.given(api.GetPlatformApplicationAttributes(platform_application_arn=app))
    assert sns.answer.attributes == {"Enabled": "true", "SuccessFeedbackSampleRate": "5"}
    changed = {"SuccessFeedbackSampleRate": "", "PlatformCredential": "other-key", "Enabled": "false"}
    sns.given(api.SetPlatformApplicationAttributes(platform_application_arn=app, attributes=changed))
    sns.given(api.ListPlatformApplications())
    listed = api.PlatformApplication(platform_application_arn=app, attributes={"Enabled": "false"})
    assert sns.answer.platform_applications == [listed]
    assert all(b"-key" not in entry.record for entry in sns.log)
    sns.given(api.DeletePlatformApplication(platform_application_arn=app))
    sns.given(api.DeletePlatformApplication(platform_application_arn=app))
    refuse(sns, api.GetPlatformApplicationAttributes(platform_application_arn=app), "NotFound")
    sns.replays()


@pytest.mark.parametrize(
    ("platform", "name", "attributes"),
    [
        ("FAX", "a", GCM),
        ("GCM", "a b", GCM),
        ("GCM", "a", {"PlatformPrincipal": "x"}),
        ("APNS", "a", GCM),
        ("GCM", "a", {**GCM, "Unknown": "x"}),
    ],
)
def test_applications_keep_their_rules(platform: str, name: str, attributes: dict[str, str]) -> None:
    """A known platform, a good name, the credentials that the platform has."""
    call = api.CreatePlatformApplication(name=name, platform=platform, attributes=attributes)
    refuse(Sns(), call, "InvalidParameter")


def test_an_endpoint_is_made_once() -> None:
    """The same token and attributes give the same ARN; others are refused in AWS's words."""
    sns = Sns()
    app = application(sns)
    one = endpoint(sns, app, custom_user_data="me")
    assert one.startswith(arn("endpoint/GCM/app/"))
    assert (
        endpoint(sns, app, custom_user_data="me") == one == endpoint(sns, app, attributes={"Enabled": "true"})
    )
    refuse(
        sns, api.CreatePlatformEndpoint(platform_application_arn=app, token="device", custom_user_data="you"),
        "InvalidParameter",
        f"Token Reason: Endpoint {one} already exists with the same Token, but different attributes.",
    )  # fmt: skip
    sns.given(api.GetEndpointAttributes(endpoint_arn=one))
    assert sns.answer.attributes == {"Enabled": "true", "CustomUserData": "me", "Token": "device"}
    two = endpoint(sns, app, "other")
    taken = api.SetEndpointAttributes(endpoint_arn=two, attributes={"Token": "device"})
    refuse(sns, taken, "InvalidParameter", "already registered with a different token")
    sns.given(api.SetEndpointAttributes(endpoint_arn=two, attributes={"Token": "third", "Enabled": "false"}))
    assert endpoint(sns, app, "other") not in (one, two)
    sns.given(api.ListEndpointsByPlatformApplication(platform_application_arn=app))
    assert len(sns.answer.endpoints) == 3
    sns.given(api.DeleteEndpoint(endpoint_arn=one), api.DeleteEndpoint(endpoint_arn=one))
    refuse(sns, api.GetEndpointAttributes(endpoint_arn=one), "NotFound", "Endpoint does not exist")
    sns.given(api.DeletePlatformApplication(platform_application_arn=app))
    assert (len(sns.state().devices), sns.state().device_tokens) == (0, {})
    sns.replays()


def test_a_push_lands_in_the_outbox() -> None:
    """Directly, and through a topic; with the text of its platform; not to what is switched off."""
    sns = Sns().topic("t")
    app = application(sns)
    one = endpoint(sns, app)
    sns.given(api.Publish(target_arn=one, message='{"default":"d","GCM":"g"}', message_structure="json"))
    assert (sns.outbox()[-1].to, sns.outbox()[-1].body, sns.outbox()[-1].outcome) == (one, "g", "delivered")
    sns.subscribe("t", "application", one)
    sns.publish("t", "news")
    assert sns.outbox()[-1].body == "news"
    sns.given(api.SetEndpointAttributes(endpoint_arn=one, attributes={"Enabled": "false"}))
    refuse(sns, api.Publish(target_arn=one, message="m"), "EndpointDisabled", "Endpoint is disabled")
    sns.publish("t", "unheard")
    assert sns.outbox()[-1].outcome == "not delivered: the endpoint is disabled"
    sns.given(
        api.SetPlatformApplicationAttributes(platform_application_arn=app, attributes={"Enabled": "false"})
    )
    refuse(sns, api.Publish(target_arn=one, message="m"), "PlatformApplicationDisabled")
    sns.replays()


def test_a_topic_hears_of_endpoints() -> None:
    """Created, updated, deleted: each is published to the application's topic, once."""
    sns = Sns().topic("events").queue("q")
    sns.subscribe_queue("events", "q")
    names = ("EventEndpointCreated", "EventEndpointUpdated", "EventEndpointDeleted")
    app = application(sns, **dict.fromkeys(names, arn("events")))
    one = endpoint(sns, app)
    endpoint(sns, app)
    sns.given(api.SetEndpointAttributes(endpoint_arn=one, attributes={"CustomUserData": "x"}))
    sns.given(api.DeleteEndpoint(endpoint_arn=one), api.DeleteEndpoint(endpoint_arn=one))
    heard = [json.loads(note) for note in sns.notes("q")]
    assert [note["EventType"] for note in heard] == ["EndpointCreated", "EndpointUpdated", "EndpointDeleted"]
    assert {(note["EndpointArn"], note["Resource"], note["Service"]) for note in heard} == {(one, app, "SNS")}
    sns.replays()


def test_the_outbox_keeps_the_latest() -> None:
    """It is bounded; the log has everything."""
    from backtrail_aws.sns import limits

    sns = Sns()
    keep, limits.OUTBOX_MAX = limits.OUTBOX_MAX, 3
    try:
        for number in range(5):
            sns.given(api.Publish(phone_number=PHONE, message=str(number)))
        assert [letter.body for letter in sns.outbox()] == ["2", "3", "4"]
    finally:
        limits.OUTBOX_MAX = keep
    assert ACCOUNT in str(sns.record)
