"""Functions: made, changed, published, listed, deleted."""

from __future__ import annotations

import base64
import hashlib
import random

import pytest

from backtrail import UNSET
from backtrail.testing import ACCOUNT
from backtrail_aws.lambda_ import api

from .function_scenario import ROLE, Lambda, arn, creation, zipped


def test_a_new_function_has_awss_defaults() -> None:
    """It is pending in the answer that makes it, and active after that."""
    scenario = Lambda().function(environment=api.Environment(variables={"SECRET": "s3cr3t"}))
    made: api.CreateFunctionResult = scenario.answer
    assert (made.state, made.state_reason_code, made.last_update_status) == ("Pending", "Creating", UNSET)
    assert (made.timeout, made.memory_size, made.version, made.package_type) == (3, 128, "$LATEST", "Zip")
    data = zipped().data
    assert isinstance(data, bytes)
    assert made.code_sha256 == base64.b64encode(hashlib.sha256(data).digest()).decode()
    assert made.code_size == len(data)
    assert made.last_modified == "2024-01-01T00:00:01.000+0000"
    record = scenario.record
    assert record["eventName"] == "CreateFunction20150331"
    assert record["requestParameters"]["code"] == {} and record["requestParameters"]["environment"] == {}
    assert record["responseElements"]["environment"] == {}
    assert "s3cr3t" not in str(record)
    scenario.given(api.GetFunction(function_name="f"))
    shown: api.GetFunctionResult = scenario.answer
    config = shown.configuration
    assert isinstance(config, api.FunctionConfiguration)
    assert (config.state, config.state_reason, config.last_update_status) == ("Active", UNSET, "Successful")
    assert isinstance(config.environment, api.EnvironmentResponse)
    assert config.environment.variables == {"SECRET": "s3cr3t"}
    assert config.ephemeral_storage == api.EphemeralStorage(size=512)
    assert config.logging_config == api.LoggingConfig(log_format="Text", log_group="/aws/lambda/f")
    scenario.replays()


@pytest.mark.parametrize("name", ["f", arn(), f"{ACCOUNT}:function:f", "f:$LATEST", arn(qualifier="$LATEST")])
def test_a_function_has_many_names(name: str) -> None:
    """Names, partial ARNs and ARNs, with and without a qualifier, mean the same."""
    scenario = Lambda().function()
    scenario.given(api.GetFunctionConfiguration(function_name=name))
    assert scenario.answer.function_name == "f"


def test_names_that_mean_nothing_are_refused() -> None:
    """What is not there, in another region, or named twice over."""
    scenario = Lambda().function()
    scenario.when(api.GetFunction(function_name="g")).refused(
        "ResourceNotFoundException", f"Function not found: {arn('g')}"
    )
    scenario.when(api.GetFunction(function_name=arn().replace("us-east-1", "eu-west-1"))).refused(
        "ResourceNotFoundException", "not reachable in this region"
    )
    scenario.when(api.GetFunction(function_name="f:1", qualifier="2")).refused(
        "InvalidParameterValueException"
    )
    scenario.when(api.GetFunction(function_name="f", qualifier="7")).refused(
        "ResourceNotFoundException", ":f:7"
    )


def test_a_name_is_taken_once() -> None:
    """A second function of the name is a conflict."""
    Lambda().function().when(creation()).refused("ResourceConflictException", "Function already exist: f")


def test_parameters_that_do_not_go_together_are_refused() -> None:
    """Runtimes, packages, sizes, variables, roles."""
    scenario = Lambda()
    invalid = "InvalidParameterValueException"
    scenario.when(creation(runtime="python9")).refused(invalid, "enum value set")
    scenario.when(creation(runtime="python2.7")).refused(invalid, "no longer supported")
    scenario.when(creation(handler=UNSET)).refused(invalid, "mandatory")
    scenario.when(creation(name="x" * 65)).refused("ValidationException", "functionName")
    scenario.when(creation(timeout=901)).refused("ValidationException", "timeout")
    scenario.when(creation(memory_size=10_241)).refused("ValidationException", "memorySize")
    scenario.when(creation(environment=api.Environment(variables={"AWS_REGION": "x"}))).refused(
        invalid, "AWS_REGION"
    )
    scenario.when(creation(environment=api.Environment(variables={"AA": "x" * 4096}))).refused(invalid, "4KB")
    scenario.when(creation(role=ROLE.replace(ACCOUNT, "111122223333"))).refused("AccessDeniedException")
    scenario.when(
        creation(code=api.FunctionCode(zip_file=zipped().__class__(size=3, md5="x", data=b"abc")))
    ).refused(invalid, "unzip")
    image = api.FunctionCode(image_uri="1.dkr.ecr/x:1")
    scenario.when(creation(package_type="Image", code=image)).refused(invalid, "runtime")
    scenario.given(creation(package_type="Image", code=image, runtime=UNSET, handler=UNSET))
    assert scenario.answer.package_type == "Image"


def test_a_large_package_is_kept_apart() -> None:
    """Bytes that are not small are looked into by an effect, and the record holds a handle of them."""
    noise = random.Random(1).randbytes(40_000).hex()
    scenario = Lambda().function(code=api.FunctionCode(zip_file=zipped(f"X = '{noise}'")))
    content = scenario.held().latest.code.content
    assert content is not UNSET and content.name == "kept" and content.data is UNSET
    assert scenario.log[-1].blobs == ("kept",)
    scenario.replays()


def test_code_is_updated() -> None:
    """The function is active meanwhile; a dry run changes nothing; revisions guard."""
    scenario = Lambda().function()
    before = scenario.answer
    dry = api.UpdateFunctionCode(function_name="f", zip_file=zipped("x = 1"), dry_run=True)
    scenario.given(dry)
    assert scenario.answer.code_sha256 != before.code_sha256
    assert scenario.held().latest.config.code_sha256 == before.code_sha256
    stale = api.UpdateFunctionCode(function_name="f", zip_file=zipped("x = 1"), revision_id="other")
    scenario.when(stale).refused("PreconditionFailedException")
    scenario.given(api.UpdateFunctionCode(function_name="f", zip_file=zipped("x = 1"), publish=True))
    assert (scenario.answer.version, scenario.answer.last_update_status) == ("1", "InProgress")
    assert scenario.record["eventName"] == "UpdateFunctionCode20150331v2"
    scenario.given(api.GetFunctionConfiguration(function_name="f"))
    assert (scenario.answer.last_update_status, scenario.answer.version) == ("Successful", "$LATEST")
    assert scenario.answer.code_sha256 != before.code_sha256
    scenario.replays()


def test_configuration_is_updated() -> None:
    """What is named changes; an empty environment and an empty target are none."""
    variables = api.Environment(variables={"AA": "1"})
    dead = api.DeadLetterConfig(target_arn="arn:aws:sqs:us-east-1:123456789012:d")
    scenario = Lambda().function(environment=variables, dead_letter_config=dead, description="old")
    scenario.given(
        api.UpdateFunctionConfiguration(
            function_name="f", timeout=9, environment=api.Environment(variables={}),
            dead_letter_config=api.DeadLetterConfig(target_arn=""),
        )
    )  # fmt: skip
    changed: api.UpdateFunctionConfigurationResult = scenario.answer
    assert (changed.timeout, changed.description) == (9, "old")
    assert (changed.environment, changed.dead_letter_config) == (UNSET, UNSET)
    held = scenario.held().latest.config
    assert (held.timeout, held.environment, held.dead_letter_config) == (9, UNSET, UNSET)
    scenario.when(api.UpdateFunctionConfiguration(function_name="f:1", timeout=9)).refused(
        "InvalidParameterValueException"
    )
    scenario.replays()


def test_versions_are_published_once() -> None:
    """A version that would be the last one again is the last one; numbers are never used twice."""
    scenario = Lambda().function(publish=True)
    assert (scenario.answer.version, scenario.answer.function_arn) == ("1", arn(qualifier="1"))
    scenario.given(api.PublishVersion(function_name="f"))
    assert scenario.answer.version == "1"
    scenario.given(api.UpdateFunctionConfiguration(function_name="f", memory_size=256))
    scenario.given(api.PublishVersion(function_name="f", description="two"))
    assert (scenario.answer.version, scenario.answer.description, scenario.answer.memory_size) == (
        "2",
        "two",
        256,
    )
    scenario.when(api.PublishVersion(function_name="f", code_sha256="x")).refused(
        "InvalidParameterValueException"
    )
    scenario.when(api.PublishVersion(function_name="f", revision_id="x")).refused(
        "PreconditionFailedException"
    )
    scenario.given(api.ListVersionsByFunction(function_name="f"))
    assert [one.version for one in scenario.answer.versions] == ["$LATEST", "1", "2"]
    scenario.given(api.GetFunctionConfiguration(function_name="f", qualifier="1"))
    assert (scenario.answer.memory_size, scenario.answer.function_arn) == (128, arn(qualifier="1"))
    scenario.given(api.DeleteFunction(function_name="f", qualifier="1"))
    scenario.when(api.GetFunction(function_name="f:1")).refused("ResourceNotFoundException")
    scenario.given(api.DeleteFunction(function_name="f"))
    scenario.function(publish=True)
    assert scenario.answer.version == "3"
    scenario.replays()


def test_functions_are_listed_by_page() -> None:
    """Fifty at most, without their states; with all versions where they are wanted."""
    scenario = Lambda()
    for number in range(3):
        scenario.function(f"f{number}", publish=True)
    scenario.given(api.ListFunctions(max_items=2))
    first: api.ListFunctionsResult = scenario.answer
    assert first.functions is not UNSET and [one.function_name for one in first.functions] == ["f0", "f1"]
    assert first.functions[0].state is UNSET
    scenario.given(api.ListFunctions(max_items=2, marker=first.next_marker))
    assert [one.function_name for one in scenario.answer.functions] == ["f2"]
    assert scenario.answer.next_marker is UNSET
    scenario.given(api.ListFunctions(function_version="ALL"))
    assert len(scenario.answer.functions) == 6
    scenario.when(api.ListFunctions(marker="é")).refused("InvalidParameterValueException")


def test_a_function_is_deleted() -> None:
    """With all it has; `$LATEST` alone, aliases and versions in use are not."""
    scenario = Lambda().function(publish=True)
    scenario.given(api.CreateAlias(function_name="f", name="live", function_version="1"))
    scenario.when(api.DeleteFunction(function_name="f", qualifier="1")).refused("ResourceConflictException")
    scenario.when(api.DeleteFunction(function_name="f", qualifier="$LATEST")).refused(
        "InvalidParameterValueException"
    )
    scenario.when(api.DeleteFunction(function_name="f", qualifier="live")).refused(
        "InvalidParameterValueException"
    )
    scenario.given(api.DeleteFunction(function_name="f"))
    assert scenario.answer.status_code == 204
    assert scenario.record["responseElements"] is None
    scenario.when(api.DeleteFunction(function_name="f")).refused("ResourceNotFoundException")
    scenario.replays()
