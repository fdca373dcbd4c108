"""An account's IAM, and the documents that its tests use."""

from __future__ import annotations

import json

import pytest

import backtrail_aws.iam
from backtrail.testing import Scenario

_ALLOW = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
_ASSUME = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}


@pytest.fixture
def iam() -> Scenario:
    """IAM alone, called by the root."""
    return Scenario(backtrail_aws.iam)


@pytest.fixture
def document() -> str:
    """A policy of an identity."""
    return json.dumps({"Version": "2012-10-17", "Statement": [_ALLOW]})


@pytest.fixture
def trust() -> str:
    """Who may assume a role."""
    return json.dumps({"Version": "2012-10-17", "Statement": [_ASSUME]})
