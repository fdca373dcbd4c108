"""The scenarios of the specification: who reaches what, and whose record says so."""

from __future__ import annotations

import json
from typing import Any

from backtrail.facts import Facts

from .accounts import ACCOUNT, Company, allow, deny, iam, managed, policy, queue_arn, s3, sqs, statement, url

BUCKET = "acme-files"
LIST = s3.ListObjectsV2(bucket=BUCKET)


def test_people_programs_and_servers_reach_a_bucket_in_their_own_ways() -> None:
    """SCN-01: two through a group, one directly, one program by its keys, a server through a role; detaching the
    group's policy cuts off the two alone."""
    company = Company()
    company.root(s3.CreateBucket(bucket=BUCKET))
    company.root(iam.CreateGroup(group_name="admins"))
    company.root(iam.AttachGroupPolicy(group_name="admins", policy_arn=managed("AmazonS3FullAccess")))
    people = {name: company.user(name) for name in ("bob", "carl")}
    for name in people:
        company.root(iam.AddUserToGroup(group_name="admins", user_name=name))
    helena = company.user("helena", managed("AmazonS3FullAccess"))
    sam = company.user("sam", own=allow("s3:ListBucket", f"arn:aws:s3:::{BUCKET}"))
    role = company.role("server", {"Service": "ec2.amazonaws.com", "AWS": ACCOUNT}, files=allow("s3:*", "*"))
    server = company.assume("test", role, "i-0123456789abcdef0")
    everybody = [*people.values(), helena, sam, server]

    types: set[Any] = set()
    for key in ["test", *everybody]:
        company(key, LIST).works()
        identity = company.record["userIdentity"]
        types.add((identity["type"], "sessionContext" in identity, identity["arn"].rpartition("/")[2]))
    assert len(types) == 6

    company.root(iam.DetachGroupPolicy(group_name="admins", policy_arn=managed("AmazonS3FullAccess")))
    for key in people.values():
        company(key, LIST).is_denied("because no identity-based policy allows the s3:ListBucket action")
    for key in (helena, sam, server):
        company(key, LIST).works()
    company.root(iam.DeleteRolePolicy(role_name="server", policy_name="files"))
    company(server, LIST).is_denied("assumed-role/server/i-0123456789abcdef0 is not authorized to perform")
    company.replays()


def test_a_group_lets_a_team_go_and_a_deny_suspends_one() -> None:
    """SCN-02: one detach removes the whole legal team; AWSDenyAll takes all from one, and gives all back."""
    company = Company()
    company.root(s3.CreateBucket(bucket=BUCKET), iam.CreateGroup(group_name="legal"))
    company.root(iam.AttachGroupPolicy(group_name="legal", policy_arn=managed("AmazonS3ReadOnlyAccess")))
    keys = [company.user(f"lawyer{number}") for number in range(4)]
    for number in range(4):
        company.root(iam.AddUserToGroup(group_name="legal", user_name=f"lawyer{number}"))
    mother = company.user("mother", managed("AdministratorAccess"))

    for key in keys:
        company(key, LIST).works()
    company.root(iam.DetachGroupPolicy(group_name="legal", policy_arn=managed("AmazonS3ReadOnlyAccess")))
    for key in keys:
        company(key, LIST).is_denied()

    company(mother, LIST).works()
    company.root(iam.AttachUserPolicy(user_name="mother", policy_arn=managed("AWSDenyAll")))
    for call in (LIST, sqs.ListQueues(), iam.ListUsers()):
        company(mother, call).is_denied(
            f"with an explicit deny in an identity-based policy: {managed('AWSDenyAll')}"
        )
    company.root(iam.DetachUserPolicy(user_name="mother", policy_arn=managed("AWSDenyAll")))
    for call in (LIST, sqs.ListQueues(), iam.ListUsers()):
        company(mother, call).works()
    company.replays()


def test_new_people_have_no_rights_until_their_groups_give_some() -> None:
    """SCN-03: Clark and Samantha come without rights; admins may everything, developers S3, less what is denied."""
    company = Company()
    company.root(s3.CreateBucket(bucket=BUCKET), s3.CreateBucket(bucket="acme-secret"))
    clark, samantha = company.user("clark"), company.user("samantha")
    for name in ("clark", "samantha"):
        company.root(
            iam.CreateLoginProfile(user_name=name, password="Correct-Horse-1", password_reset_required=True)
        )
    calls: list[Any] = [LIST, s3.ListBuckets(), sqs.ListQueues(), iam.ListUsers()]
    for key in (clark, samantha):
        for call in calls:
            company(key, call).is_denied("because no identity-based policy allows")

    company.root(iam.CreateGroup(group_name="admins"), iam.CreateGroup(group_name="Developers"))
    company.root(iam.AttachGroupPolicy(group_name="admins", policy_arn=managed("AdministratorAccess")))
    company.root(iam.AttachGroupPolicy(group_name="Developers", policy_arn=managed("AmazonS3FullAccess")))
    own = policy(
        statement("Allow", "sqs:*", "*"),
        statement("Deny", "s3:*", ["arn:aws:s3:::acme-secret", "arn:aws:s3:::acme-secret/*"]),
    )
    company.root(iam.CreatePolicy(policy_name="own", policy_document=json.dumps(own)))
    company.root(
        iam.AttachGroupPolicy(group_name="Developers", policy_arn=f"arn:aws:iam::{ACCOUNT}:policy/own")
    )
    company.root(iam.AddUserToGroup(group_name="admins", user_name="clark"))
    company.root(iam.AddUserToGroup(group_name="Developers", user_name="samantha"))

    for call in calls:
        company(clark, call).works()
    for call, works in zip(calls, (True, True, True, False), strict=True):
        company(samantha, call)
        company.works() if works else company.is_denied()
    company(samantha, s3.ListObjectsV2(bucket="acme-secret")).is_denied(
        f"with an explicit deny in an identity-based policy: arn:aws:iam::{ACCOUNT}:policy/own"
    )
    company.replays()


def test_one_resource_of_many_and_only_from_the_office() -> None:
    """SCN-25: a user may use one queue of a hundred, and only from the office's addresses."""
    company = Company()
    company.root(*(sqs.CreateQueue(queue_name=f"q{number}") for number in range(3)))
    office = {"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}
    key = company.user(
        "worker", one=allow("sqs:SendMessage", queue_arn("q1")), place=deny("*", "*", **office)
    )

    def send(queue: str, address: str) -> Company:
        message = sqs.SendMessage(queue_url=url(queue), message_body="x")
        return company(key, message, facts=Facts(source_ip=address))

    send("q1", "203.0.113.7").works()
    send("q2", "203.0.113.7").is_denied(
        f"not authorized to perform: sqs:sendmessage on resource: {queue_arn('q2')} because no identity-based policy "
        "allows the sqs:sendmessage action"
    )
    send("q1", "198.51.100.1").is_denied("with an explicit deny in an identity-based policy")
    assert company.record["requestParameters"] is None
    assert (company.record["errorCode"], company.record["sourceIPAddress"]) == (
        "AccessDenied",
        "198.51.100.1",
    )
    company.replays()


def test_whoever_may_nothing_may_know_who_they_are() -> None:
    """GetCallerIdentity needs no permission, not even against a deny."""
    from backtrail_aws.sts.api import GetCallerIdentity

    company = Company()
    key = company.user("nobody", managed("AWSDenyAll"))
    company(key, GetCallerIdentity()).works()
    assert company.answer.arn == f"arn:aws:iam::{ACCOUNT}:user/nobody"
    company.replays()
