"""Secrets: their life, values, labels, lists, policies and rotation."""

from __future__ import annotations

from typing import Any

import backtrail_aws.secretsmanager
from backtrail.testing import Scenario
from backtrail_aws.secretsmanager import api
from backtrail_aws.secretsmanager.replication import ReplicationSucceeded
from backtrail_aws.secretsmanager.rotation import Invoke

TOKEN = "11111111-2222-4333-8444-5555555555"


class Secrets(Scenario):
    """A scenario with Secrets Manager."""

    def __init__(self, **given: Any) -> None:
        super().__init__(backtrail_aws.secretsmanager, **given)

    def did(self, call: Any) -> Any:
        """The answer of a call that succeeds."""
        return self.given(call).answer


def test_a_secret_has_a_value_and_its_record_has_none() -> None:
    """Given a secret, when it is read, then its value comes back, and no record holds it."""
    aws = Secrets()
    made = aws.did(
        api.CreateSecret(name="db/pass", secret_string="s3cr3t", client_request_token=f"{TOKEN}01")
    )
    assert made.arn.startswith("arn:aws:secretsmanager:us-east-1:") and made.arn[:-7].endswith(
        "secret:db/pass"
    )
    record = aws.record
    assert record["responseElements"] == {"arn": made.arn}
    assert "s3cr3t" not in str(record)
    for name in ("db/pass", made.arn, made.arn[:-7]):
        got = aws.did(api.GetSecretValue(secret_id=name))
        assert (got.secret_string, got.version_stages, got.version_id) == (
            "s3cr3t",
            ["AWSCURRENT"],
            f"{TOKEN}01",
        )
    aws.when(api.CreateSecret(name="db/pass", secret_string="other")).refused("ResourceExistsException")
    again = api.CreateSecret(name="db/pass", secret_string="s3cr3t", client_request_token=f"{TOKEN}01")
    assert aws.did(again).arn == made.arn
    found = aws.did(api.DescribeSecret(secret_id="db/pass"))
    assert found.version_ids_to_stages == {f"{TOKEN}01": ["AWSCURRENT"]}
    assert found.last_accessed_date.hour == 0
    aws.when(api.CreateSecret(name="no spaces")).refused("ValidationException")
    aws.when(api.GetSecretValue(secret_id="none")).refused("ResourceNotFoundException")
    aws.replays()


def test_versions_and_labels() -> None:
    """Given two values, when the label moves back, then the first one is current again."""
    aws = Secrets()
    aws.given(api.CreateSecret(name="a"))
    aws.when(api.GetSecretValue(secret_id="a")).refused("ResourceNotFoundException")
    one, two = f"{TOKEN}01", f"{TOKEN}02"
    aws.given(api.PutSecretValue(secret_id="a", secret_string="1", client_request_token=one))
    put = api.PutSecretValue(secret_id="a", secret_string="2", client_request_token=two)
    assert aws.did(put).version_stages == aws.did(put).version_stages == ["AWSCURRENT"]
    changed = api.PutSecretValue(secret_id="a", secret_string="3", client_request_token=two)
    aws.when(changed).refused("ResourceExistsException")
    previous = api.GetSecretValue(secret_id="a", version_stage="AWSPREVIOUS")
    assert aws.did(previous).secret_string == "1"
    move = api.UpdateSecretVersionStage(secret_id="a", version_stage="AWSCURRENT", move_to_version_id=one)
    aws.when(move).refused("InvalidParameterException")
    aws.given(
        api.UpdateSecretVersionStage(
            secret_id="a", version_stage="AWSCURRENT", move_to_version_id=one, remove_from_version_id=two
        )
    )
    assert aws.did(api.GetSecretValue(secret_id="a")).secret_string == "1"
    wrong = api.GetSecretValue(secret_id="a", version_id=one, version_stage="AWSPREVIOUS")
    aws.when(wrong).refused("InvalidRequestException")
    aws.given(
        api.UpdateSecret(
            secret_id="a", description="d", secret_binary=b"\0", client_request_token=f"{TOKEN}03"
        )
    )
    assert aws.did(api.GetSecretValue(secret_id="a")).secret_binary == b"\0"
    listed = aws.did(api.ListSecretVersionIds(secret_id="a", include_deprecated=True)).versions
    assert len(listed) == 3
    aws.when(api.PutSecretValue(secret_id="a", secret_string="x", secret_binary=b"y")).refused(
        "InvalidParameterException"
    )
    aws.replays()


def test_a_deleted_secret_can_be_restored_until_its_window_ends() -> None:
    """Given a secret that is to be deleted, then a look alone is allowed; restored, it works; later it is gone."""
    aws = Secrets()
    aws.given(api.CreateSecret(name="a", secret_string="1"))
    aws.when(api.DeleteSecret(secret_id="a", recovery_window_in_days=3)).refused("InvalidParameterException")
    both = api.DeleteSecret(secret_id="a", recovery_window_in_days=7, force_delete_without_recovery=True)
    aws.when(both).refused("InvalidParameterException")
    aws.given(api.DeleteSecret(secret_id="a", recovery_window_in_days=7))
    aws.when(api.GetSecretValue(secret_id="a")).refused("InvalidRequestException")
    aws.when(api.CreateSecret(name="a")).refused("InvalidRequestException")
    assert aws.did(api.DescribeSecret(secret_id="a")).deleted_date
    assert not aws.did(api.ListSecrets()).secret_list
    assert aws.did(api.ListSecrets(include_planned_deletion=True)).secret_list
    aws.given(api.RestoreSecret(secret_id="a"))
    assert aws.did(api.GetSecretValue(secret_id="a")).secret_string == "1"
    aws.given(api.DeleteSecret(secret_id="a", recovery_window_in_days=7))
    aws.later(days=8)
    aws.when(api.DescribeSecret(secret_id="a")).refused("ResourceNotFoundException")
    aws.given(api.CreateSecret(name="b", secret_string="1"))
    aws.given(api.DeleteSecret(secret_id="b", force_delete_without_recovery=True))
    assert aws.record["eventName"] == "EndSecretVersionDelete"
    assert aws.record["additionalEventData"]["Name"] == "b"
    assert aws.record["requestParameters"] is None
    aws.given(api.DeleteSecret(secret_id="none", force_delete_without_recovery=True))
    aws.when(api.DeleteSecret(secret_id="none")).refused("ResourceNotFoundException")
    aws.replays()


def test_lists_filters_and_many_values() -> None:
    """Given some secrets, when they are listed by filters, then prefixes and negations hold."""
    aws = Secrets()
    for name, tag in (("app/one", "x"), ("app/two", "y"), ("other", "x")):
        aws.given(api.CreateSecret(name=name, secret_string=name, tags=[api.Tag(key="team", value=tag)]))

    def names(**filters: list[str]) -> list[str]:
        given = [api.Filter(key=key.replace("_", "-"), values=values) for key, values in filters.items()]
        call = api.ListSecrets(filters=given, sort_by="name", sort_order="asc")
        return [one.name for one in aws.did(call).secret_list]

    assert names(name=["app/"]) == ["app/one", "app/two"]
    assert names(name=["!app/"]) == ["other"]
    assert names(tag_value=["x"], name=["app"]) == ["app/one"]
    first = aws.did(api.ListSecrets(max_results=2))
    rest = aws.did(api.ListSecrets(max_results=2, next_token=first.next_token))
    assert (len(first.secret_list), len(rest.secret_list)) == (2, 1)
    batch = aws.did(api.BatchGetSecretValue(secret_id_list=["app/one", "none"]))
    assert [one.secret_string for one in batch.secret_values] == ["app/one"]
    assert [one.error_code for one in batch.errors] == ["ResourceNotFoundException"]
    aws.when(api.BatchGetSecretValue()).refused("InvalidParameterException")
    aws.given(api.TagResource(secret_id="other", tags=[api.Tag(key="a", value="b")]))
    aws.given(api.UntagResource(secret_id="other", tag_keys=["team"]))
    assert [one.key for one in aws.did(api.DescribeSecret(secret_id="other")).tags] == ["a"]
    aws.replays()


def test_policies_copies_and_passwords() -> None:
    """Given a secret, when it gets a policy and copies, then each is shown; passwords keep their rules."""
    aws = Secrets()
    aws.given(api.CreateSecret(name="a", secret_string="1"))
    public = '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}'
    blocked = api.PutResourcePolicy(secret_id="a", resource_policy=public, block_public_policy=True)
    aws.when(blocked).refused("PublicPolicyException")
    bad = api.PutResourcePolicy(secret_id="a", resource_policy="{")
    aws.when(bad).refused("MalformedPolicyDocumentException")
    aws.given(api.PutResourcePolicy(secret_id="a", resource_policy=public))
    assert aws.did(api.GetResourcePolicy(secret_id="a")).resource_policy == public
    assert aws.did(api.ValidateResourcePolicy(resource_policy=public)).policy_validation_passed is False
    aws.given(api.DeleteResourcePolicy(secret_id="a"))
    assert not aws.did(api.GetResourcePolicy(secret_id="a")).resource_policy
    there = [api.ReplicaRegionType(region="eu-west-1")]
    status = aws.did(
        api.ReplicateSecretToRegions(secret_id="a", add_replica_regions=there)
    ).replication_status
    assert [one.status for one in status] == ["InProgress"]
    aws.when(api.DeleteSecret(secret_id="a")).refused("InvalidParameterException")
    aws.given(api.RemoveRegionsFromReplication(secret_id="a", remove_replica_regions=["eu-west-1"]))
    made = aws.did(api.GetRandomPassword(password_length=8, exclude_punctuation=True)).random_password
    assert len(made) == 8 and made.isalnum() and any(one.isdigit() for one in made)
    aws.when(api.GetRandomPassword(password_length=2)).refused("InvalidParameterException")
    aws.replays()


def test_rotation_invokes_its_function() -> None:
    """Given a function, when a secret is rotated, then its first step is asked for, and again after its days."""
    aws = Secrets()
    aws.given(api.CreateSecret(name="a", secret_string="1"))
    aws.when(api.RotateSecret(secret_id="a")).refused("InvalidRequestException")
    function = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
    rules = api.RotationRulesType(automatically_after_days=30)
    call = api.RotateSecret(secret_id="a", rotation_lambda_arn=function, rotation_rules=rules)
    made = aws.did(call)
    (asked,) = [one.params for one in aws.commands if isinstance(one.params, Invoke)]
    assert b'"Step":"createSecret"' in asked.payload
    found = aws.did(api.DescribeSecret(secret_id="a"))
    assert found.version_ids_to_stages[made.version_id] == ["AWSPENDING"]
    assert (found.rotation_enabled, found.rotation_rules.automatically_after_days) == (True, 30)
    aws.when(api.RotateSecret(secret_id="a")).refused("InvalidRequestException")
    aws.given(api.CancelRotateSecret(secret_id="a"))
    assert not aws.did(api.DescribeSecret(secret_id="a")).rotation_enabled
    aws.replays()


def test_a_copy_follows_its_primary_secret() -> None:
    """Given a copy, when its primary secret changes, then the copy's region is sent the change, sealed."""
    aws = Secrets()
    there = [api.ReplicaRegionType(region="eu-west-1", kms_key_id="alias/there")]
    aws.given(
        api.CreateSecret(name="a", secret_string="s3cr3t", kms_key_id="alias/here", add_replica_regions=there)
    )
    (command,) = [one for one in aws.commands if isinstance(one.params, ReplicationSucceeded)]
    assert command.region == "eu-west-1"
    assert isinstance(command.params, ReplicationSucceeded)
    assert isinstance(command.params.secret, bytes)
    assert b"s3cr3t" in command.params.secret
    aws.region = "eu-west-1"
    aws.given(command.params)
    assert "s3cr3t" not in str(aws.record)
    assert aws.did(api.GetSecretValue(secret_id="a")).secret_string == "s3cr3t"
    found = aws.did(api.DescribeSecret(secret_id="a"))
    assert (found.primary_region, found.kms_key_id) == ("us-east-1", "alias/there")
    assert found.arn.startswith("arn:aws:secretsmanager:eu-west-1:")
    words = "Operation not permitted on a replica secret. Call must be made in primary secret's region."
    for call in (
        api.PutSecretValue(secret_id="a", secret_string="2"),
        api.TagResource(secret_id="a", tags=[api.Tag(key="k", value="v")]),
        api.DeleteSecret(secret_id="a"),
    ):
        aws.when(call).refused("InvalidParameterException", words)
    aws.region = "us-east-1"
    aws.given(api.RemoveRegionsFromReplication(secret_id="a", remove_replica_regions=["eu-west-1"]))
    aws.region = "eu-west-1"
    aws.when(api.GetSecretValue(secret_id="a")).refused("ResourceNotFoundException")
    aws.replays()


def test_a_trial_runs_the_test_step_alone() -> None:
    """Given a function, when a secret shall not be rotated at once, then its test is run, and no version is pending."""
    aws = Secrets()
    aws.given(api.CreateSecret(name="a", secret_string="1"))
    function = "arn:aws:lambda:us-east-1:123456789012:function:rotate"
    aws.given(api.RotateSecret(secret_id="a", rotation_lambda_arn=function, rotate_immediately=False))
    (invoked,) = [one.params for one in aws.commands if isinstance(one.params, Invoke)]
    assert b'"Step":"testSecret"' in invoked.payload
    found = aws.did(api.DescribeSecret(secret_id="a"))
    assert found.rotation_enabled
    assert list(found.version_ids_to_stages.values()) == [["AWSCURRENT"]]
    aws.given(api.CancelRotateSecret(secret_id="a"))
    assert aws.did(api.DescribeSecret(secret_id="a")).rotation_enabled is False
    aws.replays()
