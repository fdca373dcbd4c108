"""Names, kinds, error codes, omissions and resources of records."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail import model
from backtrail.errors import Refusal
from backtrail.payload import UNSET, Params, UnsetType
from backtrail.record import Resource
from backtrail.trail import events, omission, resources
from backtrail.trail.declare import Trail
from backtrail.trail.errors import record_code, record_error, wire_code
from backtrail.trail.forms import HttpFacts


@pytest.mark.parametrize(
    ("service", "action", "name"),
    [
        ("lambda", "CreateFunction", "CreateFunction20150331"),
        ("lambda", "UpdateFunctionCode", "UpdateFunctionCode20150331v2"),
        ("lambda", "CreateFunctionUrlConfig", "CreateFunctionUrlConfig"),
        ("cloudfront", "CreateFunction", "CreateFunction2020_05_31"),
        ("cloudfront", "CreateDistribution", "CreateDistribution"),
        ("s3", "PutBucketLifecycleConfiguration", "PutBucketLifecycle"),
        ("s3", "GetPublicAccessBlock", "GetBucketPublicAccessBlock"),
        ("s3", "GetBucketAccelerateConfiguration", "GetAccelerateConfiguration"),
        ("s3", "PutObject", "PutObject"),
        ("s3control", "PutPublicAccessBlock", "PutAccountPublicAccessBlock"),
        ("sqs", "SendMessage", "SendMessage"),
    ],
)
def test_event_names_go_both_ways(service: str, action: str, name: str) -> None:
    """An action's eventName is AWS's, and leads back to the action."""
    assert events.event_name(service, action) == name
    assert events.action_of(service, name) == action


def test_old_spellings_lead_to_the_action() -> None:
    """Names that AWS no longer writes, or writes for two actions, are understood."""
    assert events.action_of("lambda", "AddPermission20150331") == "AddPermission"
    assert events.action_of("cloudfront", "CreateFunction2020_05_31") == "CreateFunction"
    assert events.action_of("s3", "ListAllMyBuckets") == "ListBuckets"
    assert events.event_name("s3", "ListObjectsV2") == "ListObjects"
    assert events.action_of("s3", "ListObjects") == "ListObjects"
    assert events.action_of("frobnicator", "Frob20150331") == "Frob20150331"


def test_tables_name_actions_that_exist() -> None:
    """Every action that a table names is in the service's model."""
    renamed = {service: frozenset(names) for service, names in events._RENAMED.items()}
    for service, names in [*events._DATA.items(), *renamed.items(), ("lambda", events._LAMBDA_DATES)]:
        assert set(names) <= model.load(service).operations.keys(), service


@pytest.mark.parametrize(
    ("service", "action", "read_only"),
    [
        ("sts", "AssumeRole", True),
        ("sts", "GetSessionToken", False),
        ("kms", "Decrypt", True),
        ("kms", "GenerateDataKey", True),
        ("ses", "VerifyEmailIdentity", False),
        ("ec2", "DescribeInstances", True),
        ("s3", "HeadObject", True),
        ("sqs", "ReceiveMessage", True),
        ("sqs", "DeleteMessage", False),
        ("iam", "CreateRole", False),
        ("dynamodb", "BatchGetItem", True),
        ("dynamodb", "ExecuteStatement", False),
        ("frobnicator", "Getaway", False),
    ],
)
def test_read_only_is_what_records_say(service: str, action: str, read_only: bool) -> None:
    """`readOnly` follows the verb, but where real records say otherwise."""
    assert events.is_read_only(service, action) is read_only


def test_data_events_are_told_from_management() -> None:
    """Calls about objects, messages and items are data events; about buckets, queues and tables, not."""
    assert events.category("s3", "PutObject") == events.category("s3", "HeadBucket") == events.DATA
    assert events.category("sqs", "SendMessage") == events.category("sns", "Publish") == events.DATA
    assert events.category("lambda", "Invoke") == events.category("dynamodb", "Query") == events.DATA
    assert events.category("s3", "CreateBucket") == events.category("kms", "Decrypt") == events.MANAGEMENT


def test_results_show_for_writes_and_for_sessions() -> None:
    """A read's result is null in its record, but that of the calls that give credentials."""
    assert events.shows_result("iam", "CreateRole")
    assert events.shows_result("sts", "AssumeRole")
    assert events.shows_result("sqs", "SendMessage")
    assert not events.shows_result("iam", "GetRole")
    assert not events.shows_result("dynamodb", "PutItem")


def test_api_version_is_written_where_aws_writes_it() -> None:
    """Load balancers of both kinds are told apart by it; most services have none."""
    assert events.api_version("elb", "CreateLoadBalancer") == "2012-06-01"
    assert events.api_version("elbv2", "CreateLoadBalancer") == "2015-12-01"
    assert events.api_version("cloudfront", "CreateFunction") is None
    assert events.api_version("iam", "CreateRole") is None


def test_declaration_overrules_the_tables() -> None:
    """What a plugin declares wins over every rule."""
    trail = Trail(
        events={"Frob": "FrobIt"}, read_only={"GetFrob": False}, shown=frozenset({"DescribeFrob"}),
        hidden=frozenset({"Frob"}), data_events=frozenset({"Frob"}), api_version="1",
        errors={"No": "NoException"},
        keeps_parameters=True,
    )  # fmt: skip
    assert events.event_name("frob", "Frob", trail) == "FrobIt"
    assert events.action_of("frob", "FrobIt", trail) == "Frob"
    assert events.is_read_only("frob", "GetFrob", trail) is False
    assert events.shows_result("frob", "DescribeFrob", trail)
    assert not events.shows_result("frob", "Frob", trail)
    assert events.category("frob", "Frob", trail) == events.DATA
    assert events.api_version("frob", "Frob", trail) == "1"
    assert record_code("frob", "No", trail) == "NoException"
    assert wire_code("frob", "NoException", trail) == "No"
    assert not omission.nulls_parameters("frob", "AccessDenied", trail)


@pytest.mark.parametrize(
    ("service", "wire", "recorded"),
    [
        ("iam", "NoSuchEntity", "NoSuchEntityException"),
        ("iam", "EntityAlreadyExists", "EntityAlreadyExistsException"),
        ("elbv2", "ResourceInUse", "ResourceInUseException"),
        ("autoscaling", "ValidationError", "ValidationException"),
        ("ec2", "InvalidVpcID.NotFound", "Client.InvalidVpcID.NotFound"),
        ("ec2", "DryRunOperation", "Client.DryRunOperation"),
        ("ec2", "InsufficientInstanceCapacity", "Server.InsufficientInstanceCapacity"),
        ("s3", "NoSuchBucket", "NoSuchBucket"),
        ("ssm", "ParameterNotFound", "ParameterNotFound"),
        ("frobnicator", "Broken", "Broken"),
    ],
)
def test_error_codes_are_the_records_own(service: str, wire: str, recorded: str) -> None:
    """A code is written as real records write it, and the wire's can be told from it."""
    assert record_code(service, wire) == recorded
    assert wire_code(service, recorded) == wire


def test_denials_are_one_code_everywhere_but_in_ec2() -> None:
    """`AccessDeniedException` of the JSON protocols is `AccessDenied` in records."""
    assert (
        record_code("kms", "AccessDeniedException")
        == record_code("sns", "AuthorizationError")
        == "AccessDenied"
    )
    assert record_code("ec2", "UnauthorizedOperation") == "Client.UnauthorizedOperation"
    assert record_code("ec2", "Whatever", status=503) == "Server.Whatever"
    assert record_code("rds", "Throttling") == "ThrottlingException"


def test_denied_and_throttled_calls_lose_their_parameters() -> None:
    """The parameters of a refused call stay, those of a denied one go, but with EC2, S3 and a few more."""
    assert omission.nulls_parameters("iam", "AccessDenied")
    assert omission.nulls_parameters("ssm", "ThrottlingException")
    assert not omission.nulls_parameters("iam", "NoSuchEntity")
    assert not omission.nulls_parameters("ec2", "UnauthorizedOperation")
    assert not omission.nulls_parameters("s3", "AccessDenied")


def test_omitted_payload_is_replaced_as_documented() -> None:
    """What was too large leaves its size behind, and is recognised."""
    stand_in = omission.omitted("requestParameters", 149893)
    assert stand_in == b'{"reason":"requestParameters too large","omitted":"true","originalSize":"149893"}'
    assert omission.is_omitted(stand_in)
    assert not omission.is_omitted(b'{"omitted":"by a caller"}')
    assert not omission.is_omitted(b'{"name":"omitted"}')
    assert not omission.is_omitted(b'"omitted"')


@given(text=st.text(max_size=600))
def test_long_texts_are_cut_within_a_kilobyte(text: str) -> None:
    """A text over 1 KB is cut at a character; a shorter one is left alone."""
    long = text * 5
    cut = omission.truncated(long)
    assert len(cut.encode()) <= 1024
    assert long.startswith(cut)
    assert cut == long or len(cut.encode()) > 1020


def test_s3_puts_the_user_agent_in_brackets() -> None:
    """S3's records have brackets around it, others have none."""
    assert omission.user_agent("s3", "Boto3/1.26") == "[Boto3/1.26]"
    assert omission.user_agent("iam", "Boto3/1.26") == "Boto3/1.26"


def test_refusal_gives_code_and_message() -> None:
    """A refusal's record has both, the message cut to the limit."""
    assert record_error("iam", Refusal("NoSuchEntity", "x" * 2000)) == ("NoSuchEntityException", "x" * 1024)


class Call(Params):
    bucket: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    role_arn: str | UnsetType = UNSET
    queue_url: str | UnsetType = UNSET
    names: list[str] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    key_id: str | UnsetType = UNSET
    topic_arn: str | UnsetType = UNSET
    table_name: str | UnsetType = UNSET
    request_items: dict[str, str] | UnsetType = UNSET
    function_name: str | UnsetType = UNSET


def object_entry(**members: str) -> Resource:
    return Resource(type="AWS::S3::Object", **members)


def entry(type: str, resource: str) -> Resource:
    return Resource(account_id="1", type=type, arn=f"arn:aws:{resource}")


BUCKET = Resource(account_id="1", type="AWS::S3::Bucket", arn="arn:aws:s3:::b")


@pytest.mark.parametrize(
    ("service", "action", "params", "expected"),
    [
        ("s3", "PutBucketPolicy", Call(bucket="b"), [BUCKET]),
        ("s3", "PutObject", Call(bucket="b", key="k/x"), [object_entry(arn="arn:aws:s3:::b/k/x"), BUCKET]),
        ("s3", "DeleteObjects", Call(bucket="b"), [object_entry(arn_prefix="arn:aws:s3:::b/"), BUCKET]),
        ("s3", "CreateBucket", Call(bucket="b"), UNSET),
        (
            "sts", "AssumeRole", Call(role_arn="arn:aws:iam::2:role/r"),
            [Resource(account_id="2", type="AWS::IAM::Role", arn="arn:aws:iam::2:role/r")],
        ),
        (
            "sqs", "SendMessage", Call(queue_url="http://localhost:4566/2/q.fifo"),
            [Resource(account_id="2", type="AWS::SQS::Queue", arn="arn:aws:sqs:eu-west-1:2:q.fifo")],
        ),
        (
            "ssm", "GetParameters", Call(names=["/a", "b"]),
            [Resource(account_id="1", arn=f"arn:aws:ssm:eu-west-1:1:parameter/{name}") for name in "ab"],
        ),
        ("ssm", "SendCommand", Call(name="x"), UNSET),
        (
            "kms", "Decrypt", Call(key_id="k"),
            [Resource(account_id="1", type="AWS::KMS::Key", arn="arn:aws:kms:eu-west-1:1:key/k")],
        ),
        ("kms", "Decrypt", Call(key_id="alias/k"), UNSET),
        (
            "dynamodb", "BatchGetItem", Call(request_items={"t": ""}),
            [entry("AWS::DynamoDB::Table", "dynamodb:eu-west-1:1:table/t")],
        ),
        ("dynamodb", "CreateTable", Call(table_name="t"), UNSET),
        (
            "sns", "Publish", Call(topic_arn="arn:aws:sns:eu-west-1:2:t"),
            [Resource(account_id="2", type="AWS::SNS::Topic", arn="arn:aws:sns:eu-west-1:2:t")],
        ),
        (
            "lambda", "Invoke", Call(function_name="f"),
            [entry("AWS::Lambda::Function", "lambda:eu-west-1:1:function:f")],
        ),
        ("iam", "CreateRole", Call(name="r"), UNSET),
    ],
)  # fmt: skip
def test_resources_are_listed_as_in_real_records(
    service: str, action: str, params: Call, expected: list[Resource] | UnsetType
) -> None:
    """Each service lists what its records list, in its form; the others list nothing."""
    assert resources.of(service, action, params, "1", "eu-west-1") == expected


def test_failed_calls_list_what_is_there() -> None:
    """A bucket that is gone is no resource, one that is not empty is; a denied role is not told."""
    assert resources.of("s3", "GetBucketAcl", Call(bucket="b"), "1", "eu-west-1", "NoSuchBucket") is UNSET
    assert resources.of("s3", "DeleteBucket", Call(bucket="b"), "1", "eu-west-1", "BucketNotEmpty") == [
        BUCKET
    ]
    assert (
        resources.of("sts", "AssumeRole", Call(role_arn="arn:aws:iam::2:role/r"), "1", "eu-west-1", True)
        is UNSET
    )


def test_s3_tells_of_the_transfer() -> None:
    """additionalEventData has signature, cipher, sizes and the second id, in S3's records alone."""
    http = HttpFacts(host="h", bytes_in=3, bytes_out=5, cipher="TLS_AES_128_GCM_SHA256", host_id="x")
    assert resources.additional("s3", http) == {
        "SignatureVersion": "SigV4", "CipherSuite": "TLS_AES_128_GCM_SHA256", "bytesTransferredIn": 3,
        "AuthenticationMethod": "AuthHeader", "x-amz-id-2": "x", "bytesTransferredOut": 5,
    }  # fmt: skip
    assert resources.additional("sqs", http) is None
    assert resources.additional("s3", None) is None
