"""Aliases, layers, and the policies of functions and layers."""

from __future__ import annotations

import json
from collections import Counter

from backtrail import UNSET
from backtrail.testing import ACCOUNT, REGION
from backtrail_aws.lambda_ import api

from .function_scenario import Lambda, arn, creation, zipped

LAYER = f"arn:aws:lambda:{REGION}:{ACCOUNT}:layer:l"


def layered(**more: object) -> api.PublishLayerVersion:
    """A call that publishes a layer."""
    content = api.LayerVersionContentInput(zip_file=zipped("V = 1", "python/v.py"))
    return api.PublishLayerVersion(layer_name="l", content=content, **more)  # type: ignore[arg-type]


def test_an_alias_lives() -> None:
    """Made, shown, changed under guard, listed, deleted."""
    scenario = Lambda().function(publish=True)
    scenario.given(api.CreateAlias(function_name="f", name="live", function_version="1", description="d"))
    revision = scenario.answer.revision_id
    assert (scenario.answer.alias_arn, scenario.answer.routing_config) == (arn(qualifier="live"), UNSET)
    scenario.when(api.CreateAlias(function_name="f", name="live", function_version="1")).refused(
        "ResourceConflictException", "Alias already exists"
    )
    scenario.when(api.CreateAlias(function_name="f", name="x", function_version="9")).refused(
        "ResourceNotFoundException"
    )
    scenario.given(api.GetFunction(function_name="f:live"))
    assert scenario.answer.configuration.function_arn == arn(qualifier="live")
    assert scenario.answer.configuration.version == "1"
    scenario.when(api.UpdateAlias(function_name="f", name="live", revision_id="x")).refused(
        "PreconditionFailedException"
    )
    scenario.given(
        api.UpdateAlias(function_name="f", name="live", function_version="$LATEST", revision_id=revision)
    )
    assert (scenario.answer.function_version, scenario.answer.description) == ("$LATEST", "d")
    scenario.given(api.ListAliases(function_name="f", function_version="1"))
    assert scenario.answer.aliases == []
    scenario.given(
        api.DeleteAlias(function_name="f", name="live"), api.DeleteAlias(function_name="f", name="live")
    )
    scenario.when(api.GetAlias(function_name="f", name="live")).refused(
        "ResourceNotFoundException", f"Cannot find alias arn: {arn(qualifier='live')}"
    )
    scenario.replays()


def test_weights_share_invocations_out() -> None:
    """About as many runs are of the other version as its weight says, and each names the version that ran."""
    scenario = Lambda().function(publish=True)
    scenario.given(api.UpdateFunctionConfiguration(function_name="f", memory_size=256))
    scenario.given(api.PublishVersion(function_name="f"))
    routing = api.AliasRoutingConfiguration(additional_version_weights={"2": 0.3})
    bad = api.AliasRoutingConfiguration(additional_version_weights={"1": 0.3})
    scenario.when(
        api.CreateAlias(function_name="f", name="x", function_version="1", routing_config=bad)
    ).refused("InvalidParameterValueException")
    scenario.given(
        api.CreateAlias(function_name="f", name="live", function_version="1", routing_config=routing)
    )
    answered = [scenario.invoke(name="f:live").executed_version for _ in range(100)]
    assert answered == [run.version for run in scenario.runs]
    assert 15 <= Counter(answered)["2"] <= 45
    assert scenario.runs[0].invoked_arn == arn(qualifier="live")
    scenario.replays()


def test_layers_are_published_and_used() -> None:
    """Numbers rise, a deleted version's too; functions tell the sizes of theirs and run with them."""
    scenario = Lambda()
    scenario.given(layered(compatible_runtimes=["python3.12"], description="one"), layered())
    assert (scenario.answer.version, scenario.answer.layer_version_arn) == (2, f"{LAYER}:2")
    assert scenario.record["eventName"] == "PublishLayerVersion20181031"
    assert scenario.record["requestParameters"]["content"] == {}
    scenario.function(layers=[f"{LAYER}:1"])
    layer = scenario.answer.layers[0]
    assert layer.arn == f"{LAYER}:1" and layer.code_size > 0 and layer.uncompressed_code_size == 5
    scenario.invoke()
    assert [blob.data for blob in scenario.runs[0].layers] == [zipped("V = 1", "python/v.py").data]
    scenario.given(api.ListLayers(compatible_runtime="python3.12"))
    assert [one.latest_matching_version.version for one in scenario.answer.layers] == [1]
    scenario.given(api.ListLayerVersions(layer_name="l"))
    assert [one.version for one in scenario.answer.layer_versions] == [2, 1]
    scenario.given(api.GetLayerVersionByArn(arn=f"{LAYER}:1"))
    assert scenario.answer.description == "one"
    scenario.given(api.DeleteLayerVersion(layer_name="l", version_number=2), layered())
    assert scenario.answer.version == 3
    scenario.when(api.GetLayerVersion(layer_name="l", version_number=2)).refused("ResourceNotFoundException")
    scenario.when(creation("g", layers=[f"{LAYER}:9"])).refused(
        "InvalidParameterValueException", "does not exist"
    )
    scenario.replays()


def test_a_layers_policy() -> None:
    """Statements come and go; without any there is no policy."""
    scenario = Lambda().given(layered())
    add = api.AddLayerVersionPermission(
        layer_name="l",
        version_number=1,
        statement_id="s",
        action="lambda:GetLayerVersion",
        principal="111122223333",
    )
    scenario.given(add)
    revision = scenario.answer.revision_id
    scenario.when(add).refused("ResourceConflictException", "already exists")
    scenario.given(api.GetLayerVersionPolicy(layer_name="l", version_number=1))
    assert scenario.answer.revision_id == revision
    statement = json.loads(scenario.answer.policy)["Statement"][0]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    scenario.given(api.RemoveLayerVersionPermission(layer_name="l", version_number=1, statement_id="s"))
    scenario.when(api.GetLayerVersionPolicy(layer_name="l", version_number=1)).refused(
        "ResourceNotFoundException"
    )
    scenario.replays()


def test_a_functions_policy() -> None:
    """AddPermission's statement is AWS's, by qualifier; what is not there cannot be removed."""
    scenario = Lambda().function(publish=True)
    scenario.when(api.GetPolicy(function_name="f")).refused(
        "ResourceNotFoundException", "The resource you requested does not exist."
    )
    add = api.AddPermission(
        function_name="f", statement_id="s3", action="lambda:InvokeFunction", principal="s3.amazonaws.com",
        source_arn="arn:aws:s3:::b", source_account=ACCOUNT,
    )  # fmt: skip
    scenario.given(add)
    assert json.loads(scenario.answer.statement) == {
        "Sid": "s3", "Effect": "Allow", "Principal": {"Service": "s3.amazonaws.com"},
        "Action": "lambda:InvokeFunction", "Resource": arn(),
        "Condition": {
            "StringEquals": {"AWS:SourceAccount": ACCOUNT}, "ArnLike": {"AWS:SourceArn": "arn:aws:s3:::b"},
        },
    }  # fmt: skip
    scenario.when(add).refused("ResourceConflictException", "(s3) provided already exists")
    scenario.when(
        api.AddPermission(function_name="f", statement_id="x", action="lambda:*", principal="not one")
    ).refused("InvalidParameterValueException", "principal was invalid")
    scenario.given(
        api.AddPermission(
            function_name="f",
            qualifier="1",
            statement_id="all",
            action="lambda:InvokeFunction",
            principal="*",
        )
    )
    scenario.given(api.GetPolicy(function_name="f"))
    policy = json.loads(scenario.answer.policy)
    assert (policy["Version"], policy["Id"], len(policy["Statement"])) == ("2012-10-17", "default", 1)
    scenario.when(api.RemovePermission(function_name="f", statement_id="all")).refused(
        "ResourceNotFoundException", "Statement all is not found"
    )
    scenario.given(api.RemovePermission(function_name="f", statement_id="s3"))
    scenario.when(api.RemovePermission(function_name="f", statement_id="s3")).refused(
        "ResourceNotFoundException"
    )
    scenario.given(api.GetPolicy(function_name="f", qualifier="1"))
    assert json.loads(scenario.answer.policy)["Statement"][0]["Resource"] == arn(qualifier="1")
    scenario.replays()
