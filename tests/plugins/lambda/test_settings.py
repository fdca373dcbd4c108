"""What is kept for a function beside its configuration, and for the account."""

from __future__ import annotations

from backtrail import UNSET
from backtrail_aws.lambda_ import api

from .function_scenario import Lambda, arn, queue


def test_concurrency() -> None:
    """Reserved: within what must be left for others. Provisioned: of what is published, ready with the next look."""
    scenario = Lambda().function(publish=True)
    invalid = "InvalidParameterValueException"
    scenario.when(api.PutFunctionConcurrency(function_name="f", reserved_concurrent_executions=901)).refused(
        invalid, "minimum value of [100]"
    )
    scenario.given(api.PutFunctionConcurrency(function_name="f", reserved_concurrent_executions=5))
    scenario.given(api.GetFunction(function_name="f"))
    assert scenario.answer.concurrency == api.Concurrency(reserved_concurrent_executions=5)
    scenario.given(api.GetAccountSettings())
    limit: api.AccountLimit = scenario.answer.account_limit
    assert (limit.concurrent_executions, limit.unreserved_concurrent_executions) == (1000, 995)
    assert scenario.answer.account_usage.function_count == 1
    scenario.given(
        api.DeleteFunctionConcurrency(function_name="f"), api.GetFunctionConcurrency(function_name="f")
    )
    assert scenario.answer.reserved_concurrent_executions is UNSET
    put = api.PutProvisionedConcurrencyConfig(
        function_name="f", qualifier="1", provisioned_concurrent_executions=2
    )
    scenario.given(put)
    assert scenario.answer.status == "IN_PROGRESS"
    scenario.given(api.GetProvisionedConcurrencyConfig(function_name="f", qualifier="1"))
    assert (scenario.answer.status, scenario.answer.available_provisioned_concurrent_executions) == (
        "READY",
        2,
    )
    scenario.given(api.ListProvisionedConcurrencyConfigs(function_name="f"))
    assert scenario.answer.provisioned_concurrency_configs[0].function_arn == arn(qualifier="1")
    latest = api.PutProvisionedConcurrencyConfig(
        function_name="f", qualifier="$LATEST", provisioned_concurrent_executions=2
    )
    scenario.when(latest).refused(invalid, "unpublished")
    scenario.given(api.DeleteProvisionedConcurrencyConfig(function_name="f", qualifier="1"))
    scenario.when(api.GetProvisionedConcurrencyConfig(function_name="f", qualifier="1")).refused(
        "ProvisionedConcurrencyConfigNotFoundException"
    )
    scenario.replays()


def test_event_invoke_configs() -> None:
    """Put replaces, update keeps what it does not name."""
    scenario = Lambda().function()
    get = api.GetFunctionEventInvokeConfig(function_name="f")
    scenario.when(get).refused("ResourceNotFoundException", "doesn't have an EventInvokeConfig")
    failing = api.DestinationConfig(on_failure=api.OnFailure(destination=queue("q")))
    scenario.given(
        api.PutFunctionEventInvokeConfig(
            function_name="f", maximum_retry_attempts=1, destination_config=failing
        )
    )
    assert scenario.answer.function_arn == arn(qualifier="$LATEST")
    scenario.given(
        api.UpdateFunctionEventInvokeConfig(function_name="f", maximum_event_age_in_seconds=60), get
    )
    answer: api.GetFunctionEventInvokeConfigResult = scenario.answer
    assert (answer.maximum_retry_attempts, answer.maximum_event_age_in_seconds) == (1, 60)
    assert answer.destination_config == api.DestinationConfig(
        on_success=api.OnSuccess(), on_failure=api.OnFailure(destination=queue("q"))
    )
    scenario.given(api.ListFunctionEventInvokeConfigs(function_name="f"))
    assert len(scenario.answer.function_event_invoke_configs) == 1
    scenario.when(
        api.PutFunctionEventInvokeConfig(
            function_name="f",
            destination_config=api.DestinationConfig(on_failure=api.OnFailure(destination="arn:aws:ec2:::x")),
        )
    ).refused("InvalidParameterValueException")
    scenario.given(api.DeleteFunctionEventInvokeConfig(function_name="f"))
    scenario.when(get).refused("ResourceNotFoundException")
    scenario.replays()


def test_function_urls() -> None:
    """One for the function, one for each alias; the URL stays what it is."""
    scenario = Lambda().function()
    create = api.CreateFunctionUrlConfig(function_name="f", auth_type="NONE")
    scenario.given(create)
    url = scenario.answer.function_url
    assert url.startswith("https://") and url.endswith(".lambda-url.us-east-1.on.aws/") and len(url) == 69
    scenario.when(create).refused("ResourceConflictException")
    scenario.given(api.UpdateFunctionUrlConfig(function_name="f", auth_type="AWS_IAM"))
    scenario.given(api.GetFunctionUrlConfig(function_name="f"))
    assert (scenario.answer.auth_type, scenario.answer.function_url) == ("AWS_IAM", url)
    assert scenario.answer.invoke_mode == "BUFFERED"
    scenario.given(api.ListFunctionUrlConfigs(function_name="f"))
    assert [one.function_url for one in scenario.answer.function_url_configs] == [url]
    scenario.given(api.DeleteFunctionUrlConfig(function_name="f"))
    scenario.when(api.GetFunctionUrlConfig(function_name="f")).refused("ResourceNotFoundException")
    scenario.replays()


def test_code_signing() -> None:
    """Kept, given to functions, and not deleted while they have it."""
    scenario = Lambda().function()
    publishers = api.AllowedPublishers(signing_profile_version_arns=["arn:aws:signer:us-east-1:1:/x"])
    scenario.given(api.CreateCodeSigningConfig(allowed_publishers=publishers))
    config = scenario.answer.code_signing_config
    named = config.code_signing_config_arn
    assert config.code_signing_policies.untrusted_artifact_on_deployment == "Warn"
    scenario.given(api.UpdateCodeSigningConfig(code_signing_config_arn=named, description="d"))
    scenario.given(api.PutFunctionCodeSigningConfig(code_signing_config_arn=named, function_name="f"))
    scenario.given(api.GetFunctionCodeSigningConfig(function_name="f"))
    assert scenario.answer.code_signing_config_arn == named
    scenario.given(api.ListFunctionsByCodeSigningConfig(code_signing_config_arn=named))
    assert scenario.answer.function_arns == [arn()]
    scenario.when(api.DeleteCodeSigningConfig(code_signing_config_arn=named)).refused(
        "ResourceConflictException"
    )
    scenario.given(api.DeleteFunctionCodeSigningConfig(function_name="f"))
    scenario.given(api.GetCodeSigningConfig(code_signing_config_arn=named))
    assert scenario.answer.code_signing_config.description == "d"
    scenario.given(api.ListCodeSigningConfigs())
    assert len(scenario.answer.code_signing_configs) == 1
    scenario.given(api.DeleteCodeSigningConfig(code_signing_config_arn=named))
    scenario.when(api.GetCodeSigningConfig(code_signing_config_arn=named)).refused(
        "CodeSigningConfigNotFoundException"
    )
    scenario.replays()


def test_tags() -> None:
    """Of a function as a whole; versions have none."""
    scenario = Lambda().function(tags={"a": "1"})
    scenario.given(api.TagResource(resource=arn(), tags={"b": "2"}))
    scenario.given(api.UntagResource(resource=arn(), tag_keys=["a", "none"]))
    scenario.given(api.ListTags(resource=arn()))
    assert scenario.answer.tags == {"b": "2"}
    scenario.when(api.ListTags(resource=arn(qualifier="1"))).refused("InvalidParameterValueException")
    scenario.when(api.TagResource(resource=arn(), tags={"aws:x": "1"})).refused(
        "InvalidParameterValueException"
    )
    scenario.when(api.TagResource(resource=arn(), tags={str(n): "" for n in range(50)})).refused(
        "InvalidParameterValueException"
    )
    scenario.replays()


def test_recursion_and_runtime_updates() -> None:
    """Both have a default until they are set."""
    scenario = Lambda().function()
    scenario.given(api.GetFunctionRecursionConfig(function_name="f"))
    assert scenario.answer.recursive_loop == "Terminate"
    scenario.given(api.PutFunctionRecursionConfig(function_name="f", recursive_loop="Allow"))
    scenario.given(api.GetFunctionRecursionConfig(function_name="f"))
    assert scenario.answer.recursive_loop == "Allow"
    scenario.given(api.GetRuntimeManagementConfig(function_name="f"))
    assert scenario.answer.update_runtime_on == "Auto"
    scenario.given(api.PutRuntimeManagementConfig(function_name="f", update_runtime_on="FunctionUpdate"))
    scenario.given(api.GetRuntimeManagementConfig(function_name="f"))
    assert scenario.answer.update_runtime_on == "FunctionUpdate"
    scenario.replays()
