"""CloudTrail and S3 in memory, with a bucket that lets CloudTrail in."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.cloudtrail
import backtrail_aws.s3
from backtrail import Effect
from backtrail.facts import Incoming
from backtrail.machine import Request
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail_aws.cloudtrail import api
from backtrail_aws.cloudtrail.state import CloudTrail, Trail
from backtrail_aws.s3 import api as s3


def arn(name: str = "audit", region: str = REGION) -> str:
    """The ARN of a trail."""
    return f"arn:aws:cloudtrail:{region}:{ACCOUNT}:trail/{name}"


def policy(bucket: str, action: str = "s3:PutObject", resource: str = "/*") -> str:
    """What CloudTrail asks of a bucket."""
    principal = {"Service": "cloudtrail.amazonaws.com"}
    statements = [
        {
            "Effect": "Allow",
            "Principal": principal,
            "Action": "s3:GetBucketAcl",
            "Resource": f"arn:aws:s3:::{bucket}",
        },
        {
            "Effect": "Allow",
            "Principal": principal,
            "Action": action,
            "Resource": f"arn:aws:s3:::{bucket}{resource}",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
        },
    ]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


class Trails(Scenario):
    """A scenario of CloudTrail. `effects` are those that calls asked for, in order."""

    def __init__(self, *more: object) -> None:
        self.effects: list[Effect] = []
        super().__init__(backtrail_aws.cloudtrail, backtrail_aws.s3, *more, service="cloudtrail")
        self.bucket("logs")

    def bucket(self, name: str, text: str | None = None) -> Trails:
        """A bucket with a policy: one that lets CloudTrail in, where none is given."""
        self.given(s3.CreateBucket(bucket=name), service="s3")
        if text != "":
            self.given(s3.PutBucketPolicy(bucket=name, policy=text or policy(name)), service="s3")
        return self

    def trail(self, name: str = "audit", **given: Any) -> Trails:
        """A trail."""
        self.given(api.CreateTrail(name=name, s3_bucket_name="logs", **given))
        return self

    def logging(self, name: str = "audit", **given: Any) -> Trails:
        """A trail that logs."""
        self.trail(name, **given).given(api.StartLogging(name=name))
        return self

    def _outcome(self, incoming: Incoming, request: Request) -> Any:
        outcome = super()._outcome(incoming, request)
        if isinstance(outcome, Effect):
            self.effects.append(outcome)
        return outcome

    @property
    def state(self) -> CloudTrail:
        """The account's trails."""
        found = self.machine.state(("cloudtrail", ACCOUNT, ""))
        assert isinstance(found, CloudTrail)
        return found

    def held(self, name: str = "audit") -> Trail:
        """A trail as the state has it."""
        return self.state.trails[arn(name)]
