"""The metadata service of an instance, over a socket: versions 1 and 2, user data, and a role's credentials."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import boto3
import pytest

TRUST = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}


def client(endpoint: str, service: str, **given: Any) -> Any:
    """A client of the server under test."""
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client(service, endpoint_url=endpoint, region_name="us-east-1", **{**keys, **given})


def launched(endpoint: str, **params: Any) -> str:
    """A new instance's id."""
    given = {
        "ImageId": "ami-0123456789abcdef0",
        "InstanceType": "t3.micro",
        "MinCount": 1,
        "MaxCount": 1,
        **params,
    }
    return str(client(endpoint, "ec2").run_instances(**given)["Instances"][0]["InstanceId"])


def asked(endpoint: str, instance: str, path: str, method: str = "GET", **headers: str) -> tuple[int, str]:
    """Status and body of an answer of the service."""
    request = urllib.request.Request(f"{endpoint}/_imds/{instance}/latest/{path}", method=method)
    for name, value in headers.items():
        request.add_header(f"X-aws-ec2-metadata-{name.replace('_', '-')}", value)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_version_one(endpoint: str) -> None:
    """Plain requests are answered: what the instance is, and its user data."""
    instance = launched(endpoint, UserData="#!/bin/bash")

    assert asked(endpoint, instance, "meta-data/instance-id") == (200, instance)
    assert asked(endpoint, instance, "user-data") == (200, "#!/bin/bash")
    assert asked(endpoint, instance, "meta-data/placement/availability-zone") == (200, "us-east-1a")
    status, names = asked(endpoint, instance, "meta-data/")
    assert status == 200
    assert {"ami-id", "local-ipv4", "public-ipv4", "placement/", "security-groups"} <= set(names.split())
    status, text = asked(endpoint, instance, "dynamic/instance-identity/document")
    assert (json.loads(text)["instanceId"], json.loads(text)["accountId"]) == (instance, "123456789012")
    assert asked(endpoint, instance, "meta-data/iam/info")[0] == 404
    assert asked(endpoint, "i-00000000000000000", "meta-data/")[0] == 404


def test_version_two(endpoint: str) -> None:
    """Where tokens are required, plain requests are not; a token is its instance's own."""
    instance = launched(endpoint, MetadataOptions={"HttpTokens": "required"})
    assert asked(endpoint, instance, "meta-data/instance-id")[0] == 401
    assert asked(endpoint, instance, "api/token", "PUT")[0] == 400
    status, token = asked(endpoint, instance, "api/token", "PUT", token_ttl_seconds="60")
    assert status == 200
    assert asked(endpoint, instance, "meta-data/instance-id", token=token) == (200, instance)
    other = launched(endpoint)
    assert asked(endpoint, other, "meta-data/instance-id", token=token)[0] == 401

    client(endpoint, "ec2").modify_instance_metadata_options(InstanceId=instance, HttpEndpoint="disabled")
    assert asked(endpoint, instance, "meta-data/instance-id", token=token)[0] == 403
    client(endpoint, "ec2").stop_instances(InstanceIds=[instance])
    assert asked(endpoint, instance, "meta-data/")[0] == 404


def hopped(endpoint: str, instance: str, hops: int) -> int:
    """The status of an answer to a request for a token from so many hops away."""
    request = urllib.request.Request(f"{endpoint}/_imds/{instance}/latest/api/token", method="PUT")
    request.add_header("X-aws-ec2-metadata-token-ttl-seconds", "60")
    request.add_header("X-Backtrail-Hops", str(hops))
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_a_token_travels_so_far(endpoint: str) -> None:
    """The answer with a token takes as many hops as the options say: a container is one more away."""
    instance = launched(endpoint, MetadataOptions={"HttpTokens": "required"})
    assert (hopped(endpoint, instance, 1), hopped(endpoint, instance, 2)) == (200, 504)
    client(endpoint, "ec2").modify_instance_metadata_options(InstanceId=instance, HttpPutResponseHopLimit=2)
    assert (hopped(endpoint, instance, 2), hopped(endpoint, instance, 3)) == (200, 504)


def test_a_proxy_gets_no_token(endpoint: str) -> None:
    """A request that was forwarded gets none, nor one whose time to live is out of bounds."""
    instance = launched(endpoint)
    request = urllib.request.Request(f"{endpoint}/_imds/{instance}/latest/api/token", method="PUT")
    request.add_header("X-aws-ec2-metadata-token-ttl-seconds", "60")
    request.add_header("X-Forwarded-For", "10.0.0.1")
    with pytest.raises(urllib.error.HTTPError) as refusal:
        urllib.request.urlopen(request)
    with refusal.value as error:
        assert error.code == 403
    assert asked(endpoint, instance, "api/token", "PUT", token_ttl_seconds="21601")[0] == 400
    assert asked(endpoint, instance, "api/token", token_ttl_seconds="60")[0] == 405


def test_a_role_works(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 finds credentials by itself, and is the role's session, named after the instance."""
    iam = client(endpoint, "iam")
    policy = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    iam.create_role(RoleName="web", AssumeRolePolicyDocument=policy)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="web")
    instance = launched(
        endpoint, IamInstanceProfile={"Name": "web"}, MetadataOptions={"HttpTokens": "required"}
    )
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", f"{endpoint}/_imds/{instance}/")

    sts = boto3.Session().client("sts", endpoint_url=endpoint, region_name="us-east-1")
    who = sts.get_caller_identity()["Arn"]

    assert who == f"arn:aws:sts::123456789012:assumed-role/web/{instance}"
