"""The models' constraints, and AWS's words for what breaks them."""

from __future__ import annotations

import warnings

import pytest

from backtrail import model
from backtrail.payload import UNSET, Params, UnsetType, field
from backtrail.wire import HttpRequest, WireError, protocol_of, validate
from backtrail.wire.patterns import compiled

from .other_side import request_of


class Tag(Params):
    key: str = field(name="key")
    value: str | UnsetType = field(name="value", default=UNSET)


class CreateRole(Params):
    role_name: str = field(name="roleName")
    assume_role_policy_document: str = field(name="assumeRolePolicyDocument")
    path: str | UnsetType = field(name="path", default=UNSET)
    max_session_duration: int | UnsetType = field(name="maxSessionDuration", default=UNSET)
    tags: list[Tag] | UnsetType = field(name="tags", default=UNSET)


def told(service: str, operation: str, params: object, protocol: str = "") -> WireError | None:
    """What a service says to parameters."""
    return validate.error_of(service, model.load(service).operations[operation], params, protocol=protocol)


def test_nothing_is_said_of_what_is_right() -> None:
    """Parameters within the model's constraints pass, typed and plain."""
    assert told("iam", "CreateRole", CreateRole(role_name="a", assume_role_policy_document="{}")) is None
    assert told("iam", "CreateRole", {"roleName": "a", "assumeRolePolicyDocument": "{}"}) is None


@pytest.mark.parametrize("typed", [True, False])
def test_a_pattern(typed: bool) -> None:
    """A name that breaks its pattern is quoted with the pattern, in IAM's words."""
    plain = {"roleName": "a b", "assumeRolePolicyDocument": "{}"}
    params = CreateRole(role_name="a b", assume_role_policy_document="{}") if typed else plain
    error = told("iam", "CreateRole", params, "query")
    assert error is not None and error.code == "ValidationError"
    assert error.message == (
        "1 validation error detected: Value 'a b' at 'roleName' failed to satisfy constraint: "
        "Member must satisfy regular expression pattern: [\\w+=,.@-]+"
    )


def test_several_at_once_in_the_models_order() -> None:
    """All violations are told in one message, counted."""
    params = {"roleName": "", "assumeRolePolicyDocument": "{}", "maxSessionDuration": 60}
    error = told("iam", "CreateRole", params, "query")
    assert error is not None
    assert error.message.startswith("3 validation errors detected: Value '' at 'roleName' failed to satisfy")
    assert "Member must have length greater than or equal to 1; " in error.message
    assert error.message.endswith(
        "Value '60' at 'maxSessionDuration' failed to satisfy constraint: "
        "Member must have value greater than or equal to 3600"
    )


def test_inside_of_lists() -> None:
    """A member of a structure in a list is named by its place."""
    tags = [Tag(key="a", value="b"), Tag(key="x" * 129, value="b")]
    error = told("iam", "CreateRole", CreateRole(role_name="a", assume_role_policy_document="{}", tags=tags))
    assert error is not None and "at 'tags.2.member.key' failed" in error.message
    assert "Member must have length less than or equal to 128" in error.message


def test_a_missing_member() -> None:
    """What is required and not there is null."""
    error = told("dynamodb", "DescribeTable", {}, "json")
    assert error is not None and error.code == "ValidationException"
    assert error.message == (
        "1 validation error detected: Value null at 'tableName' failed to satisfy constraint: "
        "Member must not be null"
    )


def test_enumerations_lengths_of_lists_and_values_of_maps() -> None:
    """Enumerations list their values; lists and maps have words of their own."""
    enumeration = told(
        "kinesis", "GetShardIterator", {"shardId": "s", "shardIteratorType": "X", "streamName": "n"}
    )
    assert enumeration is not None
    assert (
        "Member must satisfy enum value set: [AT_SEQUENCE_NUMBER, AFTER_SEQUENCE_NUMBER"
        in enumeration.message
    )
    shards = told("kinesis", "AddTagsToStream", {"streamName": "n", "tags": {}})
    assert shards is not None and "Value '{}' at 'tags'" in shards.message
    keys = told("kinesis", "AddTagsToStream", {"streamName": "n", "tags": {"": "v"}})
    assert keys is not None
    assert (
        "Map keys must satisfy constraint: [Member must have length greater than or equal to 1"
        in keys.message
    )


def test_elements_of_lists() -> None:
    """A list of texts is quoted whole."""
    error = told("kinesis", "RemoveTagsFromStream", {"streamName": "n", "tagKeys": ["a", ""]})
    assert error is not None
    assert (
        "Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: ["
        in error.message
    )


def test_a_secret_is_not_quoted() -> None:
    """The value of a sensitive member stays out of the message."""
    error = told("iam", "CreateLoginProfile", {"userName": "a", "password": "x" * 200}, "query")
    assert error is not None and "Value at 'password' failed" in error.message
    assert "xxx" not in error.message


@pytest.mark.parametrize(
    ("service", "operation", "protocol", "code", "message"),
    [
        ("sqs", "SendMessage", "json", "MissingParameter", "The request must contain the parameter QueueUrl."),
        ("rds", "DeleteDBInstance", "query", "MissingParameter",
         "The request must contain the parameter DBInstanceIdentifier"),
        ("ec2", "DeleteVpc", "ec2", "MissingParameter", "The request must contain the parameter VpcId"),
        ("logs", "CreateLogGroup", "json", "InvalidParameterException", None),
        ("route53", "ListTagsForResource", "rest-xml", "InvalidInput", None),
    ],
)  # fmt: skip
def test_each_service_says_it_in_its_own_way(
    service: str, operation: str, protocol: str, code: str, message: str | None
) -> None:
    """Codes and words for a missing parameter differ by service."""
    error = told(service, operation, {}, protocol)
    assert error is not None and error.code == code
    assert message is None or error.message == message


def test_ec2_is_not_held_against_its_model() -> None:
    """Where the model's constraints are not AWS's answer, the plugin decides."""
    assert told("sqs", "SendMessage", {"queueUrl": "q", "messageBody": "b", "delaySeconds": -1}) is None


def test_what_cannot_be_made_is_refused_with_everything_that_is_wrong() -> None:
    """A type without its required member is not made: the refusal tells all violations."""
    request = request_of("iam", "CreateRole", {"RoleName": "a b"})
    protocol = protocol_of("iam", "query")
    with pytest.raises(WireError) as caught:
        protocol.parse(protocol.model.operations["CreateRole"], request, CreateRole)
    assert caught.value.code == "ValidationError"
    assert "2 validation errors detected" in caught.value.message
    assert "Value null at 'assumeRolePolicyDocument'" in caught.value.message


def test_a_nested_member_that_is_missing_is_found() -> None:
    """Also deep inside, what is missing is named by its path."""
    params = {"RoleName": "a", "AssumeRolePolicyDocument": "{}", "Tags": [{"Value": "b"}]}
    request = request_of("iam", "CreateRole", params)
    protocol = protocol_of("iam", "query")
    with pytest.raises(WireError) as caught:
        protocol.parse(protocol.model.operations["CreateRole"], request, CreateRole)
    assert "Value null at 'tags.1.member.key'" in caught.value.message


def test_a_missing_parameter_in_json() -> None:
    """SQS says so in its own words under JSON as well."""

    class SendMessage(Params):
        queue_url: str = field(name="queueUrl")
        message_body: str = field(name="messageBody")

    protocol = protocol_of("sqs", "json")
    request = HttpRequest(method="POST", path="/", headers={}, body=b'{"QueueUrl": "q"}')
    with pytest.raises(WireError) as caught:
        protocol.parse(protocol.model.operations["SendMessage"], request, SendMessage)
    assert (caught.value.code, caught.value.message) == (
        "MissingParameter",
        "The request must contain the parameter MessageBody.",
    )


@pytest.mark.parametrize(
    ("pattern", "good", "bad"),
    [
        (r"[\w+=,.@-]+", "a-b@c", "é"),
        (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", "Tag é漢 1", "a#"),
        (r"[\P{M}\p{M}]*", "anything", None),
        (r"[\u0020-\uD7FF\uE000-\uFFFD\uD800\uDC00-\uDBFF\uDFFF\r\n\t]*", "a😀", "\x00"),
        (r"[\p{L}||\p{N}]+", "a1", "a|"),
        (r"[\w-_]*", "a-_", "é"),
        (r"[^]a]+", "b", "]"),
        (r"[a-z[]+", "a[", "]"),
        (r"\A[a-z]+\z", "abc", "abc\n"),
        (r"[\p{Alnum}]+", "aB1", "_"),
    ],
)
def test_other_engines_patterns(pattern: str, good: str, bad: str | None) -> None:
    """Java's patterns mean here what they mean there."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = compiled(pattern)
    assert found is not None
    assert found.fullmatch(good)
    assert bad is None or not found.fullmatch(bad)


def test_nearly_every_pattern_of_every_model_is_understood() -> None:
    """Of the patterns of all models, a handful is beyond Python's engine; those are not checked."""
    patterns = {
        shape.pattern
        for service in ("iam", "dynamodb", "lambda", "kms", "ssm", "logs", "rds", "cloudformation", "sns")
        for shape in model.load(service).shapes.values()
        if shape.pattern
    }
    assert len(patterns) > 200
    assert not [pattern for pattern in patterns if compiled(pattern) is None]
