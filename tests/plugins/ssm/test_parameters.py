"""Parameters: values, versions, labels, paths, filters, tiers, policies and tags."""

from __future__ import annotations

import json

import backtrail_aws.secretsmanager
from backtrail_aws.secretsmanager import api as secrets_api
from backtrail_aws.ssm import api

from .ssm_scenario import Ssm


def test_a_value_is_kept_and_its_record_hides_it() -> None:
    """Given a SecureString, when it is read, then only who decrypts sees the value; no record shows it."""
    aws = Ssm()
    tag = api.Tag(key="team", value="x")
    put = api.PutParameter(name="/db/pass", value="s3cr3t", type="SecureString", tags=[tag])
    assert aws.did(put) == api.PutParameterResult(version=1, tier="Standard")
    assert aws.record["requestParameters"]["value"] == "HIDDEN_DUE_TO_SECURITY_REASONS"
    assert aws.record["responseElements"] == {"version": 1, "tier": "Standard"}
    assert "s3cr3t" not in str(aws.record)
    arn = "arn:aws:ssm:us-east-1:123456789012:parameter/db/pass"
    for name in ("/db/pass", arn):
        found = aws.did(api.GetParameter(name=name, with_decryption=True)).parameter
        assert (found.value, found.version, found.arn) == ("s3cr3t", 1, arn)
    hidden = aws.did(api.GetParameter(name="/db/pass")).parameter.value
    assert hidden != "s3cr3t" and hidden == aws.did(api.GetParameter(name="/db/pass")).parameter.value
    aws.when(put).refused("ParameterAlreadyExists")
    both = api.PutParameter(name="/db/pass", value="x", overwrite=True, tags=[tag])
    aws.when(both).refused("ValidationException", "tags and overwrite can't be used together")
    assert aws.did(api.PutParameter(name="/db/pass", value="new", overwrite=True)).version == 2
    old = aws.did(api.GetParameter(name="/db/pass:1", with_decryption=True)).parameter
    assert (old.value, old.selector) == ("s3cr3t", ":1")
    aws.when(api.GetParameter(name="/db/pass:9")).refused("ParameterVersionNotFound")
    aws.when(api.GetParameter(name="/none")).refused("ParameterNotFound")
    found = aws.did(api.GetParameters(names=["/db/pass", "/none"], with_decryption=True))
    assert [one.value for one in found.parameters] == ["new"] and found.invalid_parameters == ["/none"]
    aws.replays()


def test_names_and_values_keep_their_rules() -> None:
    """Given what AWS refuses, when it is put, then it is refused in AWS's words."""
    aws = Ssm()
    for name, code in (
        ("aws-x", "AccessDeniedException"),
        ("/ssm/x", "ValidationException"),
        ("a b", "ValidationException"),
        ("a/b", "ValidationException"),
        ("/a" * 16, "HierarchyLevelLimitExceededException"),
    ):
        aws.when(api.PutParameter(name=name, value="1", type="String")).refused(code)
    for params, code in (
        (api.PutParameter(name="a", value="1"), "ValidationException"),
        (api.PutParameter(name="a", value="1", type="Text"), "UnsupportedParameterType"),
        (api.PutParameter(name="a", value="x" * 4097, type="String"), "ValidationException"),
        (api.PutParameter(name="a", value="x" * 8193, type="String", tier="Advanced"), "ValidationException"),
        (
            api.PutParameter(name="a", value="b", type="String", allowed_pattern="[0-9]+"),
            "ParameterPatternMismatchException",
        ),
        (
            api.PutParameter(name="a", value="b", type="String", allowed_pattern="["),
            "InvalidAllowedPatternException",
        ),
        (api.PutParameter(name="a", value="b", type="String", data_type="x"), "ValidationException"),
        (api.PutParameter(name="a", value="b,,", type="StringList"), "ValidationException"),
        (api.PutParameter(name="a", value="b", type="String", key_id="k"), "ValidationException"),
        (api.PutParameter(name="a", value="b", type="String", tier="None"), "ValidationException"),
    ):
        aws.when(params).refused(code)
    large = api.PutParameter(name="a", value="x" * 5000, type="String", tier="Intelligent-Tiering")
    assert aws.did(large).tier == "Advanced"
    down = api.PutParameter(name="a", value="x", overwrite=True, tier="Standard")
    aws.when(down).refused("ValidationException", "can't downgrade")
    aws.replays()


def test_labels_move_between_versions() -> None:
    """Given two versions, when the label of one is put on the other, then it moves."""
    aws = Ssm()
    for value in ("1", "2"):
        aws.given(api.PutParameter(name="a", value=value, type="String", overwrite=True))
    label = api.LabelParameterVersion(name="a", parameter_version=1, labels=["prod", "aws", "9"])
    assert aws.did(label) == api.LabelParameterVersionResult(invalid_labels=["aws", "9"], parameter_version=1)
    assert aws.did(api.GetParameter(name="a:prod")).parameter.value == "1"
    aws.given(api.LabelParameterVersion(name="a", labels=["prod"]))
    history = aws.did(api.GetParameterHistory(name="a")).parameters
    assert [(one.version, one.value, one.labels) for one in history] == [(1, "1", []), (2, "2", ["prod"])]
    many = api.LabelParameterVersion(name="a", labels=[f"l{one}" for one in range(10)])
    aws.when(many).refused("ParameterVersionLabelLimitExceeded")
    gone = aws.did(api.UnlabelParameterVersion(name="a", parameter_version=2, labels=["prod", "no"]))
    assert (gone.removed_labels, gone.invalid_labels) == (["prod"], ["no"])
    aws.when(api.GetParameter(name="a:prod")).refused("ParameterVersionNotFound")
    first = aws.did(api.GetParameterHistory(name="a", max_results=1))
    rest = aws.did(api.GetParameterHistory(name="a", max_results=1, next_token=first.next_token))
    assert [one.version for one in (*first.parameters, *rest.parameters)] == [1, 2]
    aws.replays()


def test_the_oldest_version_goes_unless_it_has_a_label() -> None:
    """Given a hundred versions, when one more comes, then the oldest goes; labelled, it stands in the way."""
    aws = Ssm()
    put = api.PutParameter(name="a", value="1", type="String", overwrite=True)
    for _ in range(101):
        aws.given(put)
    assert aws.did(api.GetParameterHistory(name="a", max_results=1)).parameters[0].version == 2
    aws.given(api.LabelParameterVersion(name="a", parameter_version=2, labels=["x"]))
    aws.when(put).refused("ParameterMaxVersionLimitExceeded")
    aws.replays()


def test_paths_and_filters() -> None:
    """Given a hierarchy, when it is asked by path or filter, then levels and filters hold."""
    aws = Ssm()
    for name, kind in (
        ("/a/b", "String"),
        ("/a/c/d", "String"),
        ("/ab", "SecureString"),
        ("plain", "String"),
    ):
        aws.given(api.PutParameter(name=name, value="1", type=kind, tags=[api.Tag(key="n", value=name)]))

    def below(path: str, recursive: bool = False) -> list[str]:
        return [
            one.name for one in aws.did(api.GetParametersByPath(path=path, recursive=recursive)).parameters
        ]

    assert below("/a") == ["/a/b"] and below("/a/", recursive=True) == ["/a/b", "/a/c/d"]
    assert below("/") == ["/ab", "plain"] and len(below("/", recursive=True)) == 4
    aws.when(api.GetParametersByPath(path="a")).refused(
        "ValidationException", "must begin with a forward slash"
    )

    def listed(key: str, *values: str, option: str | None = None) -> list[str]:
        one = api.ParameterStringFilter(key=key, values=list(values))
        if option:
            one = api.ParameterStringFilter(key=key, values=list(values), option=option)
        return [found.name for found in aws.did(api.DescribeParameters(parameter_filters=[one])).parameters]

    assert listed("Name", "/a", option="BeginsWith") == ["/a/b", "/a/c/d", "/ab"]
    assert listed("Name", "b", option="Contains") == ["/a/b", "/ab"]
    assert listed("Type", "SecureString") == listed("KeyId", "alias/aws/ssm") == ["/ab"]
    assert listed("Path", "/a", option="Recursive") == ["/a/b", "/a/c/d"]
    assert listed("tag:n", "plain") == ["plain"]
    bad = api.ParameterStringFilter(key="Nonsense", values=["x"])
    aws.when(api.DescribeParameters(parameter_filters=[bad])).refused("InvalidFilterKey")
    page = aws.did(api.DescribeParameters(max_results=3))
    assert len(aws.did(api.DescribeParameters(next_token=page.next_token)).parameters) == 1
    aws.when(api.DescribeParameters(next_token="?")).refused("InvalidNextToken")
    aws.replays()


def test_parameters_are_deleted_or_expire() -> None:
    """Given parameters, when they are deleted or their policy's time comes, then they are gone."""
    aws = Ssm()
    for name in ("a", "b"):
        aws.given(api.PutParameter(name=name, value="1", type="String"))
    aws.given(api.DeleteParameter(name="a"))
    aws.when(api.DeleteParameter(name="a")).refused("ParameterNotFound")
    gone = aws.did(api.DeleteParameters(names=["a", "b"]))
    assert (gone.deleted_parameters, gone.invalid_parameters) == (["b"], ["a"])
    policy = {"Type": "Expiration", "Version": "1.0", "Attributes": {"Timestamp": "2024-01-02T00:00:00.000Z"}}
    text = json.dumps([policy])
    aws.when(api.PutParameter(name="c", value="1", type="String", policies=text)).refused(
        "ValidationException"
    )
    aws.given(api.PutParameter(name="c", value="1", type="String", policies=text, tier="Advanced"))
    assert aws.did(api.DescribeParameters()).parameters[0].policies[0].policy_type == "Expiration"
    aws.later(days=2)
    assert aws.record["userIdentity"]["invokedBy"] == "ssm.amazonaws.com"
    aws.when(api.GetParameter(name="c")).refused("ParameterNotFound")
    for bad, code in (
        ("{", "InvalidPolicyAttributeException"),
        ('[{"Type":"X"}]', "InvalidPolicyTypeException"),
    ):
        put = api.PutParameter(name="c", value="1", type="String", policies=bad, tier="Advanced")
        aws.when(put).refused(code)
    aws.replays()


def test_tags_of_a_parameter() -> None:
    """Given a parameter, when it is tagged, then its tags are listed; what is not there has none."""
    aws = Ssm()
    aws.given(api.PutParameter(name="a", value="1", type="String", tags=[api.Tag(key="x", value="1")]))
    about = {"resource_type": "Parameter", "resource_id": "a"}
    aws.given(api.AddTagsToResource(**about, tags=[api.Tag(key="y", value="2")]))
    aws.given(api.RemoveTagsFromResource(**about, tag_keys=["x", "z"]))
    assert aws.did(api.ListTagsForResource(**about)).tag_list == [api.Tag(key="y", value="2")]
    none = api.ListTagsForResource(resource_type="Parameter", resource_id="none")
    aws.when(none).refused("InvalidResourceId")
    other = api.ListTagsForResource(resource_type="Nonsense", resource_id="a")
    aws.when(other).refused("InvalidResourceType")
    bad = api.AddTagsToResource(**about, tags=[api.Tag(key="aws:x", value="2")])
    aws.when(bad).refused("ValidationException")
    many = [api.Tag(key=f"k{one}", value="") for one in range(50)]
    aws.when(api.AddTagsToResource(**about, tags=many)).refused("TooManyTagsError")
    aws.replays()


def test_a_secret_is_read_as_a_parameter() -> None:
    """Given a secret, when its reference is read, then its value comes from Secrets Manager."""
    aws = Ssm(backtrail_aws.secretsmanager)
    aws.given(secrets_api.CreateSecret(name="db", secret_string="v"), service="secretsmanager")
    name = "/aws/reference/secretsmanager/db"
    assert aws.did(api.GetParameter(name=name, with_decryption=True)).parameter.value == "v"
    aws.when(api.GetParameter(name=name)).refused("ValidationException")
    aws.when(api.GetParameter(name=f"{name}x", with_decryption=True)).refused("ParameterNotFound")
    aws.replays()


def test_public_parameters_name_images() -> None:
    """Given one of AWS's public parameters of images, then it names one, always the same; others are not known."""
    aws = Ssm()
    path = "/aws/service/ami-amazon-linux-latest"
    name = f"{path}/al2023-ami-kernel-default-x86_64"
    found = aws.did(api.GetParameter(name=name)).parameter
    assert found.value.startswith("ami-") and found.arn == f"arn:aws:ssm:us-east-1::parameter{name}"
    assert aws.did(api.GetParameters(names=[name])).parameters == [found]
    listed = aws.did(api.GetParametersByPath(path=path)).parameters
    assert found in listed and len(listed) == 8
    aws.when(api.GetParameter(name="/aws/service/none")).refused("ParameterNotFound")
    aws.replays()
