"""Repositories and images of ECR."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import backtrail_aws.ecr
from backtrail.machine import Folded
from backtrail.testing import Scenario
from backtrail_aws.ecr import api

TRAILS = Path(__file__).resolve().parents[4] / "shared" / "trails"


class Ecr(Scenario):
    """A scenario with ECR."""

    def __init__(self) -> None:
        super().__init__(backtrail_aws.ecr)

    def did(self, call: Any) -> Any:
        """The answer of a call that succeeds."""
        return self.given(call).answer


def manifest(number: int) -> str:
    """A manifest of one layer."""
    return json.dumps({"schemaVersion": 2, "layers": [{"size": number}]})


def test_a_repository_and_its_images() -> None:
    """Given two images under one tag, then the tag is the second's, and the first has none."""
    aws = Ecr()
    made = aws.did(
        api.CreateRepository(repository_name="web/app", tags=[api.Tag(key="a", value="b")])
    ).repository
    assert made.repository_uri == "123456789012.dkr.ecr.us-east-1.amazonaws.com/web/app"
    aws.when(api.CreateRepository(repository_name="web/app")).refused("RepositoryAlreadyExistsException")
    aws.when(api.CreateRepository(repository_name="Web")).refused("InvalidParameterException")
    put = api.PutImage(repository_name="web/app", image_manifest=manifest(1), image_tag="latest")
    first = aws.did(put).image.image_id.image_digest
    aws.when(put).refused("ImageAlreadyExistsException")
    put = api.PutImage(repository_name="web/app", image_manifest=manifest(2), image_tag="latest")
    second = aws.did(put).image.image_id.image_digest
    details = aws.did(api.DescribeImages(repository_name="web/app")).image_details
    assert {one.image_digest: one.image_size_in_bytes for one in details} == {first: 1, second: 2}
    ids = [api.ImageIdentifier(image_tag="latest"), api.ImageIdentifier(image_tag="none")]
    got = aws.did(api.BatchGetImage(repository_name="web/app", image_ids=ids))
    assert [one.image_manifest for one in got.images] == [manifest(2)]
    assert [one.failure_code for one in got.failures] == ["ImageNotFound"]
    aws.given(api.PutImageTagMutability(repository_name="web/app", image_tag_mutability="IMMUTABLE"))
    put = api.PutImage(repository_name="web/app", image_manifest=manifest(3), image_tag="latest")
    aws.when(put).refused("ImageTagAlreadyExistsException")
    aws.when(api.DeleteRepository(repository_name="web/app")).refused("RepositoryNotEmptyException")
    gone = api.BatchDeleteImage(
        repository_name="web/app", image_ids=[api.ImageIdentifier(image_digest=first), ids[0]]
    )
    assert len(aws.did(gone).image_ids) == 2
    assert aws.did(api.ListImages(repository_name="web/app")).image_ids == []
    assert aws.did(api.ListTagsForResource(resource_arn=made.repository_arn)).tags == [
        api.Tag(key="a", value="b")
    ]
    aws.given(api.DeleteRepository(repository_name="web/app"))
    aws.when(api.DescribeRepositories(repository_names=["web/app"])).refused("RepositoryNotFoundException")
    aws.replays()


def test_policies_and_tokens() -> None:
    """Policies are set, read and deleted; a token is in no record."""
    aws = Ecr()
    aws.given(api.CreateRepository(repository_name="app"))
    aws.when(api.GetRepositoryPolicy(repository_name="app")).refused("RepositoryPolicyNotFoundException")
    aws.when(api.SetRepositoryPolicy(repository_name="app", policy_text="x")).refused(
        "InvalidParameterException"
    )
    aws.given(api.SetRepositoryPolicy(repository_name="app", policy_text="{}"))
    assert aws.did(api.DeleteRepositoryPolicy(repository_name="app")).policy_text == "{}"
    aws.given(api.PutLifecyclePolicy(repository_name="app", lifecycle_policy_text='{"rules":[]}'))
    assert aws.did(api.GetLifecyclePolicy(repository_name="app")).lifecycle_policy_text == '{"rules":[]}'
    aws.given(api.DeleteLifecyclePolicy(repository_name="app"))
    aws.when(api.GetLifecyclePolicy(repository_name="app")).refused("LifecyclePolicyNotFoundException")
    token = aws.did(api.GetAuthorizationToken()).authorization_data[0].authorization_token
    assert token not in str(aws.record)
    aws.replays()


@pytest.mark.skipif(not TRAILS.is_dir(), reason="the real trails are not here")
def test_every_write_of_the_real_trails_folds() -> None:
    """Repositories, images and policies of others fold."""
    aws = Ecr()
    seen = 0
    for path in sorted(TRAILS.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            record = json.loads(line)
            name = record.get("eventName")
            if record.get("eventSource") != "ecr.amazonaws.com" or not str(name).startswith(
                ("Create", "Put", "Set")
            ):
                continue
            seen += 1
            folded = aws.machine.apply(line.encode())
            assert folded in (Folded.PROJECTED, Folded.INFERRED), (line[:300], aws.machine.folder.unread)
    assert seen
