"""Tags of every kind of resource."""

from __future__ import annotations

import pytest

from backtrail import UNSET
from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, tagged, where


def tag(key: str, value: str | None = None) -> api.Tag:
    """A tag; without a value where none is given."""
    return api.Tag(key=key, value=UNSET if value is None else value)


def listed(ec2: Ec2, **filters: str | list[str]) -> list[tuple[str, str, str]]:
    """Kind, key and value of the tags that are found."""
    found = ec2.did(api.DescribeTags(filters=where(**filters))).tags
    return [(one.resource_type, one.key, one.value) for one in found]


def test_tags_come_and_go() -> None:
    """Tags are set on several kinds at once, overwritten, and deleted by key, by value, or all together."""
    ec2 = Ec2()
    vpc = ec2.vpc(tag_specifications=tagged("vpc", a="1"))
    subnet = ec2.subnet(vpc)
    ec2.given(api.CreateTags(resources=[vpc, subnet], tags=[tag("a", "2"), tag("b")]))
    assert listed(ec2) == [("subnet", "a", "2"), ("subnet", "b", ""), ("vpc", "a", "2"), ("vpc", "b", "")]
    ec2.given(api.DeleteTags(resources=[vpc], tags=[tag("a", "1"), tag("b")]))
    assert listed(ec2, resource_id=vpc) == [("vpc", "a", "2")]
    ec2.given(api.DeleteTags(resources=[vpc, subnet]))
    assert listed(ec2) == []
    ec2.replays()


@pytest.mark.parametrize(
    ("tags", "code", "words"),
    [
        (
            [tag("aws:a", "b")],
            "InvalidParameterValue",
            "Tag keys starting with 'aws:' are reserved for internal use",
        ),
        ([tag("a", "1"), tag("a", "2")], "InvalidParameterValue", "Duplicate"),
        ([tag("k" * 129, "v")], "InvalidParameterValue", "key"),
        ([tag("k", "v" * 257)], "InvalidParameterValue", "value"),
        ([tag(str(number), "v") for number in range(51)], "TagLimitExceeded", ""),
        ([], "MissingParameter", ""),
    ],
)
def test_what_tags_are_refused_for(tags: list[api.Tag], code: str, words: str) -> None:
    """Keys are unique, not AWS's, and not too many."""
    ec2 = Ec2()
    ec2.when(api.CreateTags(resources=[ec2.vpc()], tags=tags)).refused(code, words)


def test_tagging_what_is_not_there() -> None:
    """An id of no kind is invalid; one of a kind is not found."""
    ec2 = Ec2()
    ec2.when(api.CreateTags(resources=["pony-1"], tags=[tag("a")])).refused(
        "InvalidID", "The ID 'pony-1' is not valid"
    )
    ec2.when(api.CreateTags(resources=["vpc-1"], tags=[tag("a")])).refused("InvalidVpcID.NotFound")


def test_tags_are_found_and_paged() -> None:
    """Filters look at key, value, resource and kind; pages go on where they ended."""
    ec2 = Ec2()
    vpcs = [ec2.vpc(f"10.{number}.0.0/16") for number in range(4)]
    ec2.given(api.CreateTags(resources=vpcs, tags=[tag("a", "1"), tag("b", "2")]))
    assert listed(ec2, key="a", value="1") == [("vpc", "a", "1")] * 4
    assert listed(ec2, resource_type="subnet") == []
    assert len(listed(ec2, **{"tag:b": "2"})) == 4
    seen: list[tuple[str, str]] = []
    token: str | None = None
    for _ in range(2):
        answer = ec2.did(api.DescribeTags(max_results=5, next_token=token or UNSET))
        seen += [(one.resource_id, one.key) for one in answer.tags]
        token = answer.next_token if isinstance(answer.next_token, str) else None
    assert token is None
    assert seen == sorted((vpc, key) for vpc in vpcs for key in "ab")
    ec2.when(api.DescribeTags(next_token="?")).refused("InvalidNextToken")
