"""A key of a build server leaks. In forty minutes a stranger makes a way back in, takes over a role, opens a bucket,
carries payslips out and destroys them; in the morning the owner cleans up.

All names, accounts and addresses are invented (https://www.rfc-editor.org/rfc/rfc5737).
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from backtrail_cli.incidents.account import Account, Hand, body

ACCOUNT, REGION, STRANGER = "418273645501", "eu-west-1", "990011223344"
PAYSLIPS = [
    f"2024-{month:02}/payslips-{team}.csv" for month in (1, 2) for team in ("sales", "lab", "office", "board")
]
REPORTS = ["access/2024-03-11.log", "access/2024-03-12.log", "access/2024-03-13.log"]
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

_OFFICE, _BUILDER, _APP, _OUTSIDE = "198.51.100.24", "198.51.100.80", "198.51.100.91", "203.0.113.66"
_CLI, _SDK, _TOOL = "aws-cli/2.15.30 Python/3.11.8", "Boto3/1.34.60 Python/3.11.8", "python-requests/2.31.0"


def play() -> list[bytes]:
    """Act it out; the records that remain."""
    account = Account(ACCOUNT, REGION, datetime(2024, 3, 1, 9, 0, tzinfo=UTC))
    mara, leaked, queue = _build(account)
    _work(account, queue)
    _break_in(account, leaked, queue)
    _clean_up(account, mara, leaked)
    account.check()
    return account.records


def _build(account: Account) -> tuple[Hand, str, str]:
    """Mara sets the account up: her hand, the key that will leak, the queue."""
    root = Hand(account.root, _OFFICE, _CLI)
    account.call(root, "iam", "CreateUser", userName="mara")
    account.call(root, "iam", "AttachUserPolicy", userName="mara", policyArn=ADMINISTRATOR)
    mara = Hand(account.holder(_key(account, root, "mara")), _OFFICE, _CLI)
    for bucket in ("kestrel-payroll", "kestrel-access-logs"):
        where = {"LocationConstraint": REGION}
        account.call(mara, "s3", "CreateBucket", bucketName=bucket, CreateBucketConfiguration=where)
    made = account.call(mara, "sqs", "CreateQueue", queueName="payroll-events")
    for role in ("payroll-app", "payroll-admin", "org-reader"):
        account.call(mara, "iam", "CreateRole", roleName=role, assumeRolePolicyDocument=_trust())
        account.call(
            mara, "iam", "PutRolePolicy", roleName=role, policyName="work", policyDocument=_allow(role)
        )
    account.call(mara, "iam", "CreateUser", userName="ci-deploy")
    account.call(
        mara, "iam", "PutUserPolicy", userName="ci-deploy", policyName="deploy", policyDocument=_allow("*")
    )
    return mara, _key(account, mara, "ci-deploy"), str(made.queue_url)


def _work(account: Account, queue: str) -> None:
    """An ordinary fortnight of the payroll application."""
    account.at(datetime(2024, 3, 13, 18, 0, tzinfo=UTC))
    app = Hand(_session(account, Hand(account.root, _APP, _SDK), "payroll-app", "nightly"), _APP, _SDK)
    for key in PAYSLIPS:
        text = f"name,gross,net\n{key},4200,2700\n"
        account.call(app, "s3", "PutObject", bucketName="kestrel-payroll", key=key, Body=body(text))
        account.call(app, "sqs", "SendMessage", queueUrl=queue, messageBody=f"made {key}")
    for key in REPORTS:
        account.call(app, "s3", "PutObject", bucketName="kestrel-access-logs", key=key, Body=body(f"{key}\n"))


def _break_in(account: Account, leaked: str, queue: str) -> None:
    """02:11: the key is used from elsewhere."""
    account.at(datetime(2024, 3, 14, 2, 11, 7, tzinfo=UTC))
    thief = Hand(account.holder(leaked), _OUTSIDE, _TOOL)
    account.call(thief, "sts", "GetCallerIdentity")
    for action in ("ListUsers", "ListRoles", "ListGroups", "ListAccountAliases", "GetAccountSummary"):
        account.call(thief, "iam", action)
    account.call(thief, "iam", "GetUserPolicy", userName="ci-deploy", policyName="deploy")
    account.call(thief, "s3", "ListBuckets")
    for bucket in ("kestrel-payroll", "kestrel-access-logs"):
        account.call(thief, "s3", "ListObjectsV2", bucketName=bucket)
        account.call(thief, "s3", "GetBucketPolicy", bucketName=bucket, refused="NoSuchBucketPolicy")
    account.call(thief, "sqs", "ListQueues")

    account.at(datetime(2024, 3, 14, 2, 19, 30, tzinfo=UTC))
    account.call(thief, "iam", "CreateUser", userName="mara", refused="EntityAlreadyExists")
    account.call(thief, "iam", "CreateUser", userName="backup-operator")
    account.call(thief, "iam", "AttachUserPolicy", userName="backup-operator", policyArn=ADMINISTRATOR)
    back_door = Hand(account.holder(_key(account, thief, "backup-operator")), _OUTSIDE, _TOOL)

    account.at(datetime(2024, 3, 14, 2, 24, 2, tzinfo=UTC))
    admin = Hand(_session(account, back_door, "payroll-admin", "maintenance"), _OUTSIDE, _TOOL)
    policy = _bucket_policy("kestrel-payroll")
    account.call(admin, "s3", "PutBucketPolicy", bucketName="kestrel-payroll", bucketPolicy=policy)
    for key in PAYSLIPS:
        account.call(admin, "s3", "GetObject", bucketName="kestrel-payroll", key=key)
    account.call(admin, "s3", "DeleteBucket", bucketName="kestrel-payroll", refused="BucketNotEmpty")
    for key in PAYSLIPS:
        account.call(admin, "s3", "DeleteObject", bucketName="kestrel-payroll", key=key)
    account.call(admin, "sqs", "PurgeQueue", queueUrl=queue)

    account.at(datetime(2024, 3, 14, 2, 41, 15, tzinfo=UTC))
    reader = Hand(_session(account, admin, "org-reader", "audit"), _OUTSIDE, _TOOL)
    account.call(reader, "s3", "ListObjectsV2", bucketName="kestrel-access-logs")
    for key in REPORTS:
        account.call(reader, "s3", "DeleteObject", bucketName="kestrel-access-logs", key=key)
    account.call(reader, "s3", "DeleteBucket", bucketName="kestrel-access-logs")


def _clean_up(account: Account, mara: Hand, leaked: str) -> None:
    """09:02: Mara sees it."""
    account.at(datetime(2024, 3, 14, 9, 2, 44, tzinfo=UTC))
    account.call(mara, "iam", "UpdateAccessKey", userName="ci-deploy", accessKeyId=leaked, status="Inactive")
    keys = account.call(mara, "iam", "ListAccessKeys", userName="backup-operator").access_key_metadata
    for key in keys:
        account.call(
            mara, "iam", "DeleteAccessKey", userName="backup-operator", accessKeyId=key.access_key_id
        )
    account.call(mara, "iam", "DetachUserPolicy", userName="backup-operator", policyArn=ADMINISTRATOR)
    account.call(mara, "iam", "DeleteUser", userName="backup-operator")
    account.call(mara, "s3", "DeleteBucketPolicy", bucketName="kestrel-payroll")


def _key(account: Account, who: Hand, user: str) -> str:
    made = account.call(who, "iam", "CreateAccessKey", userName=user)
    return str(made.access_key.access_key_id)


def _session(account: Account, who: Hand, role: str, name: str) -> Any:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{role}"
    given = account.call(who, "sts", "AssumeRole", roleArn=arn, roleSessionName=name)
    return account.holder(str(given.credentials.access_key_id))


def _document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


def _trust() -> str:
    return _document(Principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, Action="sts:AssumeRole")


def _allow(role: str) -> str:
    wide = {"org-reader": ["s3:*"], "payroll-app": ["s3:*", "sqs:SendMessage"]}
    return _document(Action=wide.get(role, ["iam:*", "s3:*", "sqs:*", "sts:*"]), Resource="*")


def _bucket_policy(bucket: str) -> str:
    principal = {"AWS": f"arn:aws:iam::{STRANGER}:root"}
    return _document(Principal=principal, Action="s3:GetObject", Resource=f"arn:aws:s3:::{bucket}/*")
