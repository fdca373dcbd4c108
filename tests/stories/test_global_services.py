"""Services that stand in one region: their records say so, from wherever they are called."""

from __future__ import annotations

import json

import boto3
import pytest


@pytest.mark.parametrize(
    ("called_in", "recorded_in"), [("eu-west-1", "us-east-1"), ("us-gov-east-1", "us-gov-west-1")]
)
def test_iam_is_recorded_at_home(endpoint: str, called_in: str, recorded_in: str) -> None:
    """IAM's calls are in the event history of its region, a queue's in that of the caller."""
    session = boto3.Session(aws_access_key_id="test", aws_secret_access_key="test", region_name=called_in)
    session.client("iam", endpoint_url=endpoint).create_user(UserName="ada")
    session.client("sqs", endpoint_url=endpoint).create_queue(QueueName="jobs")

    found: dict[str, str] = {}
    for region in (called_in, recorded_in):
        history = session.client("cloudtrail", endpoint_url=endpoint, region_name=region)
        for event in history.lookup_events()["Events"]:
            record = json.loads(event["CloudTrailEvent"])
            found[record["eventName"]] = record["awsRegion"]

    assert (found["CreateUser"], found["CreateQueue"]) == (recorded_in, called_in)
