"""Every operation of the four services, by boto3 over a real socket, with every member of every answer.

The stories are data (`operations/`); `test_aws_cli.py` acts them out with the AWS CLI.
"""

from __future__ import annotations

import pytest
from botocore import xform_name

from backtrail import model
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry

from .acting import Boto3, act
from .driving import Story
from .operations import (
    iam_analysis,
    iam_certificates,
    iam_credentials,
    iam_policies,
    iam_providers,
    iam_roles,
    iam_users,
    s3_buckets,
    s3_configurations,
    s3_objects,
    s3_uploads,
    s3_versions,
    sqs_dead_letters,
    sqs_messages,
    sqs_queues,
    sts,
)
from .records import records

STORIES: list[Story] = [
    story
    for module in (
        s3_buckets, s3_configurations, s3_objects, s3_versions, s3_uploads, sqs_queues, sqs_messages,
        sqs_dead_letters, sts, iam_users, iam_roles, iam_policies, iam_credentials, iam_certificates, iam_providers,
        iam_analysis,
    )
    for story in module.STORIES
]  # fmt: skip
OURS = {"iam", "s3", "sqs", "sts"}
OTHERWISE = {
    ("s3", "PostObject"): "a form that a browser posts, in no SDK: test_s3_objects.py",
    ("sts", "DecodeAuthorizationMessage"): "EC2's denials are encoded: test_permission_scenarios.py",
    **dict.fromkeys(
        (
            ("iam", "GenerateOrganizationsAccessReport"),
            ("iam", "GetOrganizationsAccessReport"),
            ("iam", "ListOrganizationsFeatures"),
            ("iam", "EnableOrganizationsRootSessions"),
            ("iam", "DisableOrganizationsRootSessions"),
            ("iam", "EnableOrganizationsRootCredentialsManagement"),
            ("iam", "DisableOrganizationsRootCredentialsManagement"),
        ),
        "it takes an organization: test_organizations.py",
    ),
    ("sts", "AssumeRoot"): "it takes an organization: test_organizations.py",
    ("sts", "GetWebIdentityToken"): "outbound federation is off, as in every account that did not turn it on",
}
"""Operations that no story calls with success, and why."""
FOLLOWED = "PermanentRedirect"
"""What a client follows by itself, with a second call: a bucket in another region."""


@pytest.mark.parametrize("story", STORIES, ids=[f"{story.service}: {story.name}" for story in STORIES])
def test_boto3_acts_out(endpoint: str, server: BackgroundServer, story: Story) -> None:
    """Each call is answered with the members that AWS gives, no more and no fewer, and is one record."""
    act(story, Boto3(endpoint))

    calls = [
        record
        for record in records(server)
        if record["eventType"] == "AwsApiCall" and record.get("errorCode") != FOLLOWED
    ]
    written = [(record["eventSource"].partition(".")[0], record.get("errorCode")) for record in calls]

    assert len(written) == len(story.steps)
    assert [service for service, _ in written] == [step.service(story) for step in story.steps]
    assert [code is not None for _, code in written] == [step.code is not None for step in story.steps]


def test_no_operation_is_missing() -> None:
    """Every operation that a plugin of these serves is called with success in a story, or is told of in `OTHERWISE`.

    The other plugins' stories say so themselves (`test_logs.py`).
    """
    here = {story.service for story in STORIES}
    served = {
        (name, action)
        for name, service in registry().services.items()
        if name in OURS
        for action, handler in service.handlers.items()
        if name in here and not handler.internal
    }
    called = {
        (step.service(story), step.action) for story in STORIES for step in story.steps if step.code is None
    }

    assert called | OTHERWISE.keys() == served
    assert not called & OTHERWISE.keys()


def test_no_operation_is_invented() -> None:
    """The stories call the API's operations and no others, by boto3's own names for them."""
    for story in STORIES:
        for step in story.steps:
            assert step.action in model.load(step.service(story)).operations, step.operation
            assert xform_name(step.action).isidentifier()
