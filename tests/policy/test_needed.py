"""What a call needs, found without making it; and how an answer is explained."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail.call import Access, Call
from backtrail.policy import Outcome

from .accounts import ACCOUNT, Company, allow, iam, s3, sqs, url


def asked(company: Company, key: str, params: Any) -> Call[Any]:
    """A call with a key, not yet decided."""
    company.with_key(key)
    return Call(
        company.machine, service=type(params).__module__.split(".")[1], params=params, account=ACCOUNT,
        region="us-east-1", time=company.now, event_id="", request_id="", caller=company.caller,
    )  # fmt: skip


def needs(company: Company, params: Any) -> list[tuple[str, list[str]]]:
    """The actions and resources that a call needs."""
    call = asked(company, "test", params)
    handler = company.machine.registry.handler(call.service, call.action)
    assert handler is not None
    before = company.machine.digest()
    found = company.machine.authorization.needs(handler, call)
    assert company.machine.digest() == before
    return [(one.action, one.resources) for one in found]


def test_needs_are_those_of_the_declaration_and_of_the_decision() -> None:
    """What a service declares, what it asks once it has found the thing, and nothing is changed by it."""
    company = Company().root(s3.CreateBucket(bucket="acme-files"), sqs.CreateQueue(queue_name="work"))
    assert needs(company, s3.ListBuckets()) == [("s3:ListAllMyBuckets", ["arn:aws:s3:::*"])]
    assert ("s3:GetObject", ["arn:aws:s3:::acme-files/k"]) in needs(
        company, s3.GetObject(bucket="acme-files", key="k")
    )
    assert needs(company, sqs.PurgeQueue(queue_url=url("work")))[0][1] == [
        f"arn:aws:sqs:us-east-1:{ACCOUNT}:work"
    ]
    assert needs(company, iam.DeleteUser(user_name="nobody")) == [
        ("iam:DeleteUser", [f"arn:aws:iam::{ACCOUNT}:user/nobody"])
    ]


@pytest.mark.parametrize(
    ("action", "outcome", "through"),
    [
        ("sqs:PurgeQueue", Outcome.ALLOWED, f"arn:aws:iam::{ACCOUNT}:group/g"),
        ("sqs:DeleteQueue", Outcome.IMPLICIT_DENY, ""),
        ("s3:ListAllMyBuckets", Outcome.ALLOWED, f"arn:aws:iam::{ACCOUNT}:user/eve"),
    ],
)
def test_an_explanation_names_through_whom_a_policy_counts(
    action: str, outcome: Outcome, through: str
) -> None:
    """The group's policy through the group, the own one through the user."""
    company = Company()
    key = company.user("eve", own=allow("s3:*", "*"))
    document = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"sqs:Purge*","Resource":"*"}}'
    company.root(
        iam.CreateGroup(group_name="g"),
        iam.PutGroupPolicy(group_name="g", policy_name="p", policy_document=document),
        iam.AddUserToGroup(group_name="g", user_name="eve"),
    )
    call = asked(company, key, sqs.ListQueues())
    (found,) = company.machine.authorization.explain(call, Access(action=action, resources=["*"]))
    assert found.decision.outcome is outcome
    assert [one.policy.through for one in found.decision.found] == ([through] if through else [])
    assert bool(found.denial) is (outcome is not Outcome.ALLOWED)


def test_somebody_of_whom_no_record_tells_is_not_judged() -> None:
    """A user that no record made may have policies; one that was deleted has none."""
    from backtrail.call import Caller
    from backtrail.record import Identity

    company = Company()
    for name in ("stranger", "gone"):
        arn = f"arn:aws:iam::{ACCOUNT}:user/{name}"
        if name == "gone":
            company.root(iam.CreateUser(user_name="gone"), iam.DeleteUser(user_name="gone"))
        call = asked(company, "test", sqs.ListQueues())
        call.caller = Caller(
            identity=Identity(type="IAMUser", arn=arn, account_id=ACCOUNT, user_name=name), account=ACCOUNT
        )
        (found,) = company.machine.authorization.explain(
            call, Access(action="sqs:ListQueues", resources=["*"])
        )
        expected = Outcome.UNKNOWN if name == "stranger" else Outcome.IMPLICIT_DENY
        assert found.decision.outcome is expected


def test_the_last_calls_of_a_principal_and_of_an_account() -> None:
    """By user, and over all principals of the account, each action once with its latest call."""
    company = Company()
    key = company.user("eve", own=allow("sqs:*", "*"))
    company(key, sqs.ListQueues()).works()
    company.root(sqs.ListQueues())
    call = asked(company, "test", sqs.ListQueues())
    eve = call.accessed(f"arn:aws:iam::{ACCOUNT}:user/eve")
    assert set(eve) == {"sqs:ListQueues"}
    whole = call.accessed(ACCOUNT)
    assert whole["sqs:ListQueues"].time > eve["sqs:ListQueues"].time
    assert call.accessed("arn:aws:iam::123456789012:user/none") == {}


def test_what_is_remembered_of_a_user_ends_with_the_next_record() -> None:
    """A user's standing is gathered once, and anew after each of IAM's records."""
    company = Company()
    key = company.user("eve")
    for _ in range(2):  # the first record of a caller may have told who it is
        company(key, sqs.ListQueues()).is_denied()
    assert any(isinstance(one, tuple) and "standing" in one for one in company.machine.memory)
    company.root(
        iam.PutUserPolicy(
            user_name="eve",
            policy_name="p",
            policy_document='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}',
        )
    )
    company(key, sqs.ListQueues()).works()
