"""Lambda as boto3 sees it, over a real socket: every operation once, with the answers that AWS gives."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry

from .lambda_functions import ACCOUNT, ARN, Functions, zipped
from .records import records

Client = Callable[..., Any]

ECHO = "def handler(event, context): return event"
CALLED: set[str] = set()
"""The operations that stories called with success."""


@pytest.fixture
def functions(client: Client) -> Iterator[Functions]:
    """Functions, whose client remembers what it called."""
    made = Functions(client)

    def remember(http_response: Any, model: Any, **more: Any) -> None:
        if http_response.status_code < 300:
            CALLED.add(model.name)

    made.lam.meta.events.register("after-call.lambda", remember)
    yield made


def test_the_life_of_a_function(functions: Functions, server: BackgroundServer) -> None:
    """Made, waited for, shown, changed, waited for, published, listed, deleted: with AWS's members."""
    lam = functions.lam
    made = functions.make(
        "f", ECHO, Environment={"Variables": {"AA": "1"}}, Tags={"team": "red"}, Description="d"
    )
    made.pop("ResponseMetadata")
    assert (
        made.pop("CodeSha256")
        and made.pop("RevisionId")
        and made.pop("LastModified")
        and made.pop("CodeSize")
    )
    assert made.pop("RuntimeVersionConfig")["RuntimeVersionArn"].startswith(
        "arn:aws:lambda:us-east-1::runtime:"
    )
    assert made == {
        "FunctionName": "f", "FunctionArn": f"{ARN}:function:f", "Runtime": "python3.12", "Role": functions.role,
        "Handler": "f.handler", "Description": "d", "Timeout": 3, "MemorySize": 128, "Version": "$LATEST",
        "Environment": {"Variables": {"AA": "1"}}, "TracingConfig": {"Mode": "PassThrough"}, "State": "Pending",
        "StateReason": "The function is being created.", "StateReasonCode": "Creating", "PackageType": "Zip",
        "Architectures": ["x86_64"], "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": "/aws/lambda/f"},
    }  # fmt: skip
    lam.get_waiter("function_active_v2").wait(FunctionName="f")
    shown = lam.get_function(FunctionName="f")
    assert (shown["Code"]["RepositoryType"], shown["Tags"]) == ("S3", {"team": "red"})
    lam.update_function_configuration(FunctionName="f", Timeout=5)
    lam.get_waiter("function_updated_v2").wait(FunctionName="f")
    lam.update_function_code(FunctionName="f", ZipFile=zipped(f__py="def handler(event, context): return 2"))
    assert functions.run("f")[0] == 2
    assert lam.publish_version(FunctionName="f")["Version"] == "1"
    lam.get_waiter("published_version_active").wait(FunctionName="f", Qualifier="1")
    assert lam.get_function_configuration(FunctionName="f:1")["Timeout"] == 5
    assert [one["Version"] for one in lam.list_versions_by_function(FunctionName="f")["Versions"]] == [
        "$LATEST",
        "1",
    ]
    functions.make("g", ECHO)
    pages = lam.get_paginator("list_functions").paginate(PaginationConfig={"PageSize": 1})
    assert [one["FunctionName"] for page in pages for one in page["Functions"]] == ["f", "g"]
    lam.delete_function(FunctionName="f")
    with pytest.raises(lam.exceptions.ResourceNotFoundException) as refused:
        lam.get_function(FunctionName="f")
    assert refused.value.response["Error"]["Message"] == f"Function not found: {ARN}:function:f"
    assert refused.value.response["Type"] == "User"
    assert "handler(event" not in json.dumps(records(server))


def test_refusals_have_awss_codes(functions: Functions) -> None:
    """boto3 raises the modelled classes; what the model forbids is a ValidationException."""
    lam = functions.lam
    functions.make("f", ECHO)
    with pytest.raises(lam.exceptions.ResourceConflictException):
        functions.make("f", ECHO)
    with pytest.raises(lam.exceptions.InvalidParameterValueException, match="or be a valid ARN"):
        functions.make("g", ECHO, Runtime="python1")
    with pytest.raises(lam.exceptions.InvalidParameterValueException, match="cannot be assumed by Lambda"):
        functions.make("g", ECHO, Role=f"arn:aws:iam::{ACCOUNT}:role/none")
    with pytest.raises(lam.exceptions.InvalidRequestContentException):
        lam.invoke(FunctionName="f", Payload=b"abc")
    with pytest.raises(ClientError, match="Member must have value less than or equal to") as refused:
        functions.make("g", ECHO, MemorySize=100_000)
    assert refused.value.response["Error"]["Code"] == "ValidationException"
    functions.make("j", ECHO, Runtime="java21")
    with pytest.raises(ClientError) as refused:
        lam.invoke(FunctionName="j")
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_code_comes_from_a_bucket(functions: Functions, client: Client) -> None:
    """Its bytes are S3's own; what is not there is named as S3 names it."""
    s3 = client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="k.zip", Body=zipped(f__py=ECHO))
    functions.make("f", "", Code={"S3Bucket": "code", "S3Key": "k.zip"})
    s3.delete_object(Bucket="code", Key="k.zip")
    assert functions.run("f", [1])[0] == [1]
    for where, code in (
        ({"S3Bucket": "code", "S3Key": "x"}, "NoSuchKey"),
        ({"S3Bucket": "nil", "S3Key": "x"}, "NoSuchBucket"),
    ):
        with pytest.raises(functions.lam.exceptions.InvalidParameterValueException, match=code):
            functions.make("g", "", Code=where)


def test_a_large_package(functions: Functions, client: Client) -> None:
    """Megabytes, inline and from a bucket, are kept once and unpacked where they run."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("big.bin", bytes(range(256)) * 8192)
        archive.writestr(
            "f.py",
            "import os\ndef handler(e, c): return os.path.getsize(os.environ['LAMBDA_TASK_ROOT'] + '/big.bin')",
        )
    functions.make("f", "", Code={"ZipFile": data.getvalue()})
    assert functions.run("f")[0] == 2 * 1024 * 1024
    s3 = client("s3")
    s3.create_bucket(Bucket="code")
    s3.put_object(Bucket="code", Key="k", Body=data.getvalue())
    functions.lam.update_function_code(FunctionName="f", S3Bucket="code", S3Key="k")
    assert functions.run("f")[0] == 2 * 1024 * 1024


def test_aliases_and_permissions(functions: Functions) -> None:
    """Names of versions, and who else may invoke."""
    lam = functions.lam
    functions.make("f", ECHO, Publish=True)
    lam.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    lam.update_alias(FunctionName="f", Name="live", FunctionVersion="$LATEST", Description="d")
    assert lam.get_alias(FunctionName="f", Name="live")["Description"] == "d"
    assert len(lam.list_aliases(FunctionName="f")["Aliases"]) == 1
    assert functions.run("f:live", 1)[1]["ExecutedVersion"] == "$LATEST"
    added = lam.add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com",
        Qualifier="live",
    )  # fmt: skip
    assert json.loads(added["Statement"])["Resource"] == f"{ARN}:function:f:live"
    assert len(json.loads(lam.get_policy(FunctionName="f", Qualifier="live")["Policy"])["Statement"]) == 1
    lam.remove_permission(FunctionName="f", StatementId="s", Qualifier="live")
    lam.delete_alias(FunctionName="f", Name="live")


def test_layers(functions: Functions) -> None:
    """Published, shared, listed, used on the path of Python, deleted."""
    lam = functions.lam
    content = {"ZipFile": zipped(python_in_tool__py="VALUE = 42")}
    layer = lam.publish_layer_version(LayerName="l", Content=content, CompatibleRuntimes=["python3.12"])
    functions.make(
        "f", "import tool\ndef handler(e, c): return tool.VALUE", Layers=[layer["LayerVersionArn"]]
    )
    assert functions.run("f")[0] == 42
    assert lam.get_layer_version(LayerName="l", VersionNumber=1)["Content"]["CodeSize"] > 0
    assert lam.get_layer_version_by_arn(Arn=layer["LayerVersionArn"])["Version"] == 1
    assert [one["LayerName"] for one in lam.list_layers()["Layers"]] == ["l"]
    assert len(lam.list_layer_versions(LayerName="l")["LayerVersions"]) == 1
    lam.add_layer_version_permission(
        LayerName="l", VersionNumber=1, StatementId="s", Action="lambda:GetLayerVersion", Principal="*"
    )
    assert lam.get_layer_version_policy(LayerName="l", VersionNumber=1)["RevisionId"]
    lam.remove_layer_version_permission(LayerName="l", VersionNumber=1, StatementId="s")
    lam.delete_layer_version(LayerName="l", VersionNumber=1)
    assert functions.run("f")[0] == 42


def test_settings(functions: Functions) -> None:
    """All that is put, shown and taken away again."""
    lam = functions.lam
    functions.make("f", ECHO, Publish=True)
    lam.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=3)
    assert lam.get_function_concurrency(FunctionName="f")["ReservedConcurrentExecutions"] == 3
    lam.delete_function_concurrency(FunctionName="f")
    lam.put_provisioned_concurrency_config(FunctionName="f", Qualifier="1", ProvisionedConcurrentExecutions=1)
    assert lam.get_provisioned_concurrency_config(FunctionName="f", Qualifier="1")["Status"] == "READY"
    assert (
        len(lam.list_provisioned_concurrency_configs(FunctionName="f")["ProvisionedConcurrencyConfigs"]) == 1
    )
    lam.delete_provisioned_concurrency_config(FunctionName="f", Qualifier="1")
    lam.put_function_event_invoke_config(FunctionName="f", MaximumRetryAttempts=1)
    lam.update_function_event_invoke_config(FunctionName="f", MaximumEventAgeInSeconds=60)
    config = lam.get_function_event_invoke_config(FunctionName="f")
    assert (config["MaximumRetryAttempts"], config["MaximumEventAgeInSeconds"]) == (1, 60)
    assert config["DestinationConfig"] == {"OnSuccess": {}, "OnFailure": {}}
    assert len(lam.list_function_event_invoke_configs(FunctionName="f")["FunctionEventInvokeConfigs"]) == 1
    lam.delete_function_event_invoke_config(FunctionName="f")
    lam.put_function_recursion_config(FunctionName="f", RecursiveLoop="Allow")
    assert lam.get_function_recursion_config(FunctionName="f")["RecursiveLoop"] == "Allow"
    lam.put_runtime_management_config(FunctionName="f", UpdateRuntimeOn="FunctionUpdate")
    assert lam.get_runtime_management_config(FunctionName="f")["UpdateRuntimeOn"] == "FunctionUpdate"
    assert lam.get_account_settings()["AccountUsage"]["FunctionCount"] == 1
    lam.tag_resource(Resource=f"{ARN}:function:f", Tags={"a": "1", "b": "2"})
    lam.untag_resource(Resource=f"{ARN}:function:f", TagKeys=["a"])
    assert lam.list_tags(Resource=f"{ARN}:function:f")["Tags"] == {"b": "2"}


def test_urls_and_code_signing(functions: Functions) -> None:
    """Kept and shown."""
    lam = functions.lam
    functions.make("f", ECHO)
    url = lam.create_function_url_config(FunctionName="f", AuthType="NONE", Cors={"AllowOrigins": ["*"]})
    lam.update_function_url_config(FunctionName="f", AuthType="AWS_IAM")
    shown = lam.get_function_url_config(FunctionName="f")
    assert (shown["FunctionUrl"], shown["AuthType"]) == (url["FunctionUrl"], "AWS_IAM")
    assert len(lam.list_function_url_configs(FunctionName="f")["FunctionUrlConfigs"]) == 1
    lam.delete_function_url_config(FunctionName="f")
    profile = f"arn:aws:signer:us-east-1:{ACCOUNT}:/signing-profiles/p/abcdefghij"
    made = lam.create_code_signing_config(AllowedPublishers={"SigningProfileVersionArns": [profile]})
    arn = made["CodeSigningConfig"]["CodeSigningConfigArn"]
    lam.update_code_signing_config(CodeSigningConfigArn=arn, Description="d")
    assert lam.get_code_signing_config(CodeSigningConfigArn=arn)["CodeSigningConfig"]["Description"] == "d"
    assert len(lam.list_code_signing_configs()["CodeSigningConfigs"]) == 1
    lam.put_function_code_signing_config(CodeSigningConfigArn=arn, FunctionName="f")
    assert lam.get_function_code_signing_config(FunctionName="f")["CodeSigningConfigArn"] == arn
    assert len(lam.list_functions_by_code_signing_config(CodeSigningConfigArn=arn)["FunctionArns"]) == 1
    lam.delete_function_code_signing_config(FunctionName="f")
    lam.delete_code_signing_config(CodeSigningConfigArn=arn)


def test_mappings(functions: Functions, client: Client) -> None:
    """Made, shown, changed, listed, deleted."""
    lam = functions.lam
    functions.make("f", ECHO)
    client("sqs").create_queue(QueueName="q")
    source = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
    made = lam.create_event_source_mapping(FunctionName="f", EventSourceArn=source, Enabled=False)
    made.pop("ResponseMetadata")
    uuid, _ = made.pop("UUID"), made.pop("LastModified")
    assert made == {
        "BatchSize": 10, "MaximumBatchingWindowInSeconds": 0, "EventSourceArn": source, "State": "Creating",
        "FunctionArn": f"{ARN}:function:f", "StateTransitionReason": "USER_INITIATED", "FunctionResponseTypes": [],
        "EventSourceMappingArn": f"{ARN}:event-source-mapping:{uuid}",
    }  # fmt: skip
    lam.update_event_source_mapping(UUID=uuid, BatchSize=5)
    assert lam.get_event_source_mapping(UUID=uuid)["BatchSize"] == 5
    assert len(lam.list_event_source_mappings(FunctionName="f")["EventSourceMappings"]) == 1
    assert lam.delete_event_source_mapping(UUID=uuid)["State"] == "Deleting"


def test_invocations_of_every_kind(functions: Functions) -> None:
    """At once, as a stream, later, dry."""
    lam = functions.lam
    functions.make("f", ECHO)
    value, answer = functions.run("f", {"a": [1, "ü"]})
    assert (value, answer["StatusCode"], answer["ExecutedVersion"]) == ({"a": [1, "ü"]}, 200, "$LATEST")
    assert functions.run("f", 1, InvocationType="Event")[1]["StatusCode"] == 202
    assert functions.run("f", 1, InvocationType="DryRun")[1]["StatusCode"] == 204
    assert lam.invoke_async(FunctionName="f", InvokeArgs=b"{}")["Status"] == 202
    stream = lam.invoke_with_response_stream(FunctionName="f", Payload=b'{"s":1}')
    events = list(stream["EventStream"])
    assert json.loads(events[0]["PayloadChunk"]["Payload"]) == {"s": 1}
    assert "InvokeComplete" in events[1]


def test_no_operation_is_missing() -> None:
    """Every operation that the plugin serves was called with success by the stories above."""
    handlers = registry().services["lambda"].handlers
    served = {name for name, handler in handlers.items() if not handler.internal}
    if CALLED:  # the stories may not have been asked for
        assert served == CALLED
    assert all(xform_name(name).isidentifier() for name in served)
