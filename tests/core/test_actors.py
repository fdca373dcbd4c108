"""Who acts, and who stands behind."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from backtrail.actors import Confidence, Link, Sessions, actor, recipient

ACCOUNT = "123456789012"
AT = "2026-03-01T12:00:05Z"


def record(identity: Any, **more: Any) -> dict[str, Any]:
    """A record of somebody."""
    return {"userIdentity": identity, "eventTime": AT, "eventID": "e0", "eventName": "ListWidgets", **more}


def user(name: str = "eve", **more: Any) -> dict[str, Any]:
    """An IAM user's identity."""
    arn = f"arn:aws:iam::{ACCOUNT}:user/team/{name}"
    identity = {
        "type": "IAMUser",
        "principalId": f"AIDA{name}",
        "arn": arn,
        "accountId": ACCOUNT,
        "userName": name,
    }
    return {**identity, "accessKeyId": f"AKIA{name}", **more}


def role(name: str, session: str, key: str | None = None, began: str = AT, **more: Any) -> dict[str, Any]:
    """A role session's identity."""
    identity = {
        "type": "AssumedRole",
        "principalId": f"AROA{name}:{session}",
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}",
        "accountId": ACCOUNT,
        "sessionContext": {
            "sessionIssuer": {"type": "Role", "userName": name, "arn": f"arn:aws:iam::{ACCOUNT}:role/{name}"},
            "attributes": {"creationDate": began, "mfaAuthenticated": "true"},
        },
    }
    return {**identity, **({"accessKeyId": key} if key else {}), **more}


def assume(
    caller: dict[str, Any], name: str, session: str, key: str, event: str, **more: Any
) -> dict[str, Any]:
    """A call that gives a role session."""
    answer = {
        "credentials": {"accessKeyId": key, "expiration": "Mar 1, 2026, 1:00:00 PM"},
        "assumedRoleUser": {
            "assumedRoleId": f"AROA{name}:{session}",
            "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{session}",
        },
    }
    made = record(caller, eventName="AssumeRole", eventID=event, responseElements=answer, readOnly=True)
    return {**made, **more}


def path(links: list[Link]) -> list[tuple[str, str | None, str]]:
    """A chain for reading: (name, event, confidence)."""
    return [(link.actor.name, link.event_id, link.confidence.value) for link in links]


def learned(*records: dict[str, Any]) -> Sessions:
    """Sessions that were told of records."""
    sessions = Sessions()
    for made in records:
        sessions.learn(made)
    return sessions


@pytest.mark.parametrize(
    ("identity", "kind", "name", "account"),
    [
        (user(), "IAMUser", "eve", ACCOUNT),
        ({"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/team/eve"}, "IAMUser", "eve", ACCOUNT),
        (
            {"type": "Root", "arn": f"arn:aws:iam::{ACCOUNT}:root", "userName": "alias"},
            "Root",
            "root",
            ACCOUNT,
        ),
        (role("admin", "s1"), "AssumedRole", "admin/s1", ACCOUNT),
        ({"type": "AssumedRole", "principalId": "AROAX:s1"}, "AssumedRole", "s1", None),
        (
            {
                "type": "AssumedRole",
                "arn": f"arn:aws:iam::{ACCOUNT}:role/app/fn",
                "invokedBy": "lambda.amazonaws.com",
            },
            "AssumedRole",
            "fn",
            ACCOUNT,
        ),
        ({"type": "Role", "arn": f"arn:aws:iam::{ACCOUNT}:role/r1"}, "Role", "r1", ACCOUNT),
        (
            {"type": "FederatedUser", "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob"},
            "FederatedUser",
            "bob",
            ACCOUNT,
        ),
        (
            {"type": "AWSAccount", "accountId": "999999999999"},
            "AWSAccount",
            "account 999999999999",
            "999999999999",
        ),
        (
            {"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"},
            "AWSAccount",
            "anonymous",
            "ANONYMOUS_PRINCIPAL",
        ),
        ({"type": "AWSService", "invokedBy": "x.amazonaws.com"}, "AWSService", "x.amazonaws.com", None),
        (
            {"type": "WebIdentityUser", "userName": "sub:1", "identityProvider": "p"},
            "WebIdentityUser",
            "sub:1",
            None,
        ),
        ({"type": "SAMLUser", "userName": "bob@corp", "identityProvider": "p"}, "SAMLUser", "bob@corp", None),
        (
            {"type": "IdentityCenterUser", "arn": "", "accessKeyId": "", "onBehalfOf": {"userId": "u-1"}},
            "IdentityCenterUser",
            "u-1",
            None,
        ),
        ({"type": "Directory", "userName": "bob"}, "Directory", "bob", None),
        ({"type": "Unknown", "principalId": "p1", "accountId": ACCOUNT}, "Unknown", "p1", ACCOUNT),
        ({"accountId": ACCOUNT, "invokedBy": "AWS Internal"}, "AWSService", "AWS Internal", ACCOUNT),
        ({"accountId": ACCOUNT}, "Unknown", "unknown", ACCOUNT),
        (None, "Unknown", "unknown", None),
        ("nonsense", "Unknown", "unknown", None),
    ],
)
def test_every_type_of_identity_is_read(identity: Any, kind: str, name: str, account: str | None) -> None:
    """Each type has a kind, a short name and its account; what is empty is None."""
    who = actor(record(identity))
    assert (who.kind, who.name, who.account) == (kind, name, account)
    assert "" not in (who.arn, who.access_key, who.principal)


def test_sessions_are_read_in_full() -> None:
    """Name, beginning, issuer, second factor, console, source identity and the service in between."""
    identity = role("admin", "s1", "ASIA1", invokedBy="cloudy.amazonaws.com")
    identity["sessionContext"]["sourceIdentity"] = "eve"
    who = actor(record(identity, sessionCredentialFromConsole="true"))
    assert (who.session, who.began, who.issuer) == ("s1", AT, f"arn:aws:iam::{ACCOUNT}:role/admin")
    assert (who.mfa, who.console, who.source_identity) == (True, True, "eve")
    assert (who.invoked_by, who.access_key) == ("cloudy.amazonaws.com", "ASIA1")
    assert who.session_key == (ACCOUNT, "AssumedRole", "AROAadmin:s1", AT)
    assert actor(record(user(invokedBy="signin.amazonaws.com"))).console


def test_a_chain_of_roles_leads_to_the_human_in_any_order_of_learning() -> None:
    """Every role of the chain is a link with the event that gave it."""
    first = assume(user(), "one", "s1", "ASIA1", "e1")
    second = assume(role("one", "s1", "ASIA1"), "two", "s2", "ASIA2", "e2")
    third = assume(role("two", "s2", "ASIA2"), "three", "s3", "ASIA3", "e3")
    call = record(role("three", "s3", "ASIA3"))
    for order in itertools.permutations([first, second, third]):
        assert path(learned(*order).chain(call)) == [
            ("three/s3", "e3", "certain"),
            ("two/s2", "e2", "certain"),
            ("one/s1", "e1", "certain"),
            ("eve", None, "certain"),
        ]


def test_a_failed_call_gives_nothing() -> None:
    """Credentials are only learnt from a success."""
    failed = assume(user(), "one", "s1", "ASIA1", "e1", errorCode="AccessDenied")
    chain = learned(failed).chain(record(role("one", "s1", "ASIA1")))
    assert path(chain) == [("one/s1", None, "unknown")]
    assert chain[0].missing == (
        f"no record gave access key ASIA1: look at {AT} in the trail of account {ACCOUNT}, "
        "or of the account that called"
    )


@pytest.mark.parametrize(
    ("began", "confidence"),
    [(AT, "likely"), ("2026-03-01T12:00:06Z", "possible"), ("2026-03-01T12:00:09Z", "unknown")],
)
def test_without_a_key_principal_and_beginning_decide(began: str, confidence: str) -> None:
    """The same second is likely, two seconds are possible, more is unknown."""
    sessions = learned(assume(user(), "one", "s1", "ASIA1", "e1"))
    chain = sessions.chain(record(role("one", "s1", None, began, invokedBy="cloudy.amazonaws.com")))
    assert chain[0].confidence == confidence
    assert chain[-1].actor.name == ("eve" if confidence != "unknown" else "one/s1")


def test_a_key_that_gave_another_session_is_not_certain() -> None:
    """Redacted trails show one key for all; then a key proves nothing."""
    sessions = learned(
        assume(user(), "one", "s1", "ASIA***X", "e1"), assume(user(), "two", "s2", "ASIAX", "e2")
    )
    assert (
        sessions.chain(record(role("one", "s1", "ASIAX", "2020-01-01T00:00:00Z")))[0].confidence
        is Confidence.POSSIBLE
    )
    assert sessions.chain(record(user("bob", accessKeyId="ASIAX")))[0].event_id is None


def test_a_circle_ends() -> None:
    """A key that seems to have given itself leads to an unknown root."""
    caller = role("one", "s1", "ASIA1")
    chain = learned(assume(caller, "one", "s1", "ASIA1", "e1")).chain(record(caller))
    assert chain[-1].confidence is Confidence.UNKNOWN
    assert len(chain) == 2


def test_another_account_s_copy_names_the_caller() -> None:
    """One account sees `AWSAccount`, the other the user: together they know."""
    stranger = {"type": "AWSAccount", "principalId": "AIDAeve", "accountId": ACCOUNT}
    theirs = assume(stranger, "one", "s1", "ASIA1", "e1", sharedEventID="shared")
    ours = assume(user(), "one", "s1", "ASIA1", "e2", sharedEventID="shared", responseElements=None)
    call = record(role("one", "s1", "ASIA1"))
    alone = learned(theirs).chain(call)
    assert alone[-1].missing == f"who in account {ACCOUNT} called: that account's trail"
    for order in ((theirs, ours), (ours, theirs)):
        assert learned(*order).chain(call)[-1].actor.name == "eve"


def test_console_sessions_begin_with_their_sign_in() -> None:
    """A user's console session names the ConsoleLogin of its second; a failed one gives none."""
    login = record(user(accessKeyId=""), eventName="ConsoleLogin", eventID="in", eventType="AwsConsoleSignIn")
    ok = {**login, "responseElements": {"ConsoleLogin": "Success"}}
    wrong = {**login, "responseElements": {"ConsoleLogin": "Failure"}}
    call = record(user(accessKeyId="ASIA9", sessionContext={"attributes": {"creationDate": AT}}))
    assert path(learned(ok).chain(call)) == [("eve", "in", "likely")]
    assert path(learned(wrong).chain(call)) == [("eve", None, "certain")]
    role_login = record(
        role("sso", "bob"), eventName="ConsoleLogin", eventID="in", eventType="AwsConsoleSignIn"
    )
    assert path(learned(role_login).chain(record(role("sso", "bob", "ASIA8")))) == [
        ("sso/bob", "in", "likely")
    ]


def test_a_role_switch_in_the_console_leads_to_who_switched() -> None:
    """SwitchRole is a record of the role that names the user in its additional data."""
    switch = record(
        role("admin", "eve"),
        eventName="SwitchRole",
        eventID="sw",
        eventType="AwsConsoleSignIn",
        responseElements={"SwitchRole": "Success"},
        additionalEventData={"SwitchFrom": f"arn:aws:iam::{ACCOUNT}:user/eve"},
    )
    chain = learned(switch).chain(record(role("admin", "eve", "ASIA7")))
    assert path(chain) == [("admin/eve", "sw", "likely"), ("eve", None, "certain")]


def test_session_tokens_and_federation_lead_to_the_user() -> None:
    """GetSessionToken keeps the user; a federated user stands for the user who issued it."""
    answer = {"credentials": {"accessKeyId": "ASIA5"}}
    token = record(user(), eventName="GetSessionToken", eventID="gst", responseElements=answer)
    assert path(learned(token).chain(record(user(accessKeyId="ASIA5")))) == [("eve", "gst", "certain")]
    federated = {
        "type": "FederatedUser",
        "arn": f"arn:aws:sts::{ACCOUNT}:federated-user/bob",
        "accessKeyId": "ASIA6",
        "sessionContext": {"sessionIssuer": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/eve"}},
    }
    assert path(Sessions().chain(record(federated))) == [("bob", None, "certain"), ("eve", None, "certain")]
    given = {"credentials": {"accessKeyId": "ASIA6"}, "federatedUser": {"arn": federated["arn"]}}
    event = record(user(), eventName="GetFederationToken", eventID="gft", responseElements=given)
    assert path(learned(event).chain(record(federated))) == [
        ("bob", "gft", "certain"),
        ("eve", None, "certain"),
    ]


def test_web_and_saml_subjects_are_roots() -> None:
    """The subject of the token is who began; without its record the provider is named."""
    subject = {"type": "WebIdentityUser", "userName": "repo:org/app", "identityProvider": "oidc"}
    sessions = learned(assume(subject, "ci", "run", "ASIA4", "e4", eventName="AssumeRoleWithWebIdentity"))
    assert path(sessions.chain(record(role("ci", "run", "ASIA4")))) == [
        ("ci/run", "e4", "certain"),
        ("repo:org/app", None, "certain"),
    ]
    unseen = role("ci", "run", "ASIA3")
    unseen["sessionContext"]["webIdFederationData"] = {
        "federatedProvider": f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"
    }
    chain = Sessions().chain(record(unseen))
    assert [link.actor.kind for link in chain] == ["AssumedRole", "SAMLUser"]
    assert chain[0].confidence is Confidence.LIKELY
    assert chain[0].missing


def test_instances_services_and_identity_center_are_roots() -> None:
    """What the identity itself tells of its origin is used where no record gave the session."""
    machine = role("web", "i-0123456789abcdef0", "ASIA2")
    assert [link.actor.kind for link in Sessions().chain(record(machine))] == ["AssumedRole", "Instance"]
    service = {"type": "AWSService", "invokedBy": "cloudy.amazonaws.com"}
    given = learned(assume(service, "web", "i-0123456789abcdef0", "ASIA2", "e5")).chain(record(machine))
    assert [link.actor.kind for link in given] == ["AssumedRole", "AWSService", "Instance"]
    linked = role("AWSServiceRoleForCloudy", "s", invokedBy="cloudy.amazonaws.com")
    issuer = linked["sessionContext"]["sessionIssuer"]
    issuer["arn"] = (
        f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/cloudy.amazonaws.com/AWSServiceRoleForCloudy"
    )
    assert Sessions().chain(record(linked))[-1].actor.name == "cloudy.amazonaws.com"
    person = role("AWSReservedSSO_Admin_1", "bob", onBehalfOf={"userId": "u-1"})
    assert Sessions().chain(record(person))[-1].actor.kind == "IdentityCenterUser"


def test_a_service_that_acts_for_a_user_leads_to_the_user() -> None:
    """In a forward access session the caller is in the record itself."""
    chain = Sessions().chain(record(user(accessKeyId="ASIA0", invokedBy="cloudy.amazonaws.com")))
    assert path(chain) == [("eve", None, "certain")]
    assert chain[0].actor.invoked_by == "cloudy.amazonaws.com"


@pytest.mark.parametrize(
    ("made", "expected"),
    [
        ({"recipientAccountId": "1" * 12, "userIdentity": user()}, "1" * 12),
        ({"userIdentity": user()}, ACCOUNT),
        ({"userIdentity": {"type": "IAMUser", "arn": f"arn:aws:iam::{ACCOUNT}:user/x"}}, ACCOUNT),
        ({"userIdentity": {"type": "AWSService"}, "resources": [{"accountId": "2" * 12}]}, "2" * 12),
        ({"resources": [{"ARN": f"arn:aws:sqs:eu-west-1:{ACCOUNT}:q"}]}, ACCOUNT),
        ({"requestParameters": {"list": [{"topicArn": f"arn:aws:sns:eu-west-1:{ACCOUNT}:t"}]}}, ACCOUNT),
        ({"userIdentity": {"type": "AWSAccount", "accountId": "ANONYMOUS_PRINCIPAL"}}, None),
        ({}, None),
    ],
)
def test_the_account_of_a_record(made: dict[str, Any], expected: str | None) -> None:
    """The recipient, else the caller's account, else the first one that an ARN names."""
    assert recipient(made) == expected
