"""How CloudTrail writes Lambda: code and environments are left out, payloads never stand in a record.

https://docs.aws.amazon.com/lambda/latest/dg/logging-using-cloudtrail.html. Measured: `environment` is an empty object,
`layers` tell an `uncompressedCodeSize` that no model has, times are `2024-07-30T21:57:15.000+0000`.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail
from backtrail.trail.times import IsoMillis

TRAIL = Trail(
    time=IsoMillis,
    sealed=frozenset(
        {
            "FunctionCode.ZipFile",
            "UpdateFunctionCode.ZipFile",
            "LayerVersionContentInput.ZipFile",
            "Environment.Variables",
            "EnvironmentResponse.Variables",
            "FunctionCodeLocation.Location",
            "LayerVersionContentOutput.Location",
            "Invoke.Payload",
            "Invoke.ClientContext",
            "InvokeResult.Payload",
            "InvokeResult.LogResult",
            "InvokeWithResponseStream.Payload",
            "InvokeWithResponseStream.ClientContext",
            "InvokeWithResponseStreamResult.EventStream",
            "InvokeResponseStreamUpdate.Payload",
            "InvokeWithResponseStreamCompleteEvent.LogResult",
        }
    ),
    open=frozenset(
        {
            "EnvironmentError.Message",
            "ImageConfigError.Message",
            "RuntimeVersionError.Message",
            "FunctionCodeLocationError.Message",
        }
    ),
    optional=frozenset(
        {
            "AddLayerVersionPermission.StatementId",
            "AddLayerVersionPermission.Action",
            "AddLayerVersionPermission.Principal",
            "AddPermission.StatementId",
            "AddPermission.Action",
            "AddPermission.Principal",
            "CodeSigningConfig.*",
            "CreateCodeSigningConfig.AllowedPublishers",
            "CreateCodeSigningConfigResult.*",
            "CreateFunction.Code",
            "CreateFunction.Role",
            "CreateFunctionUrlConfig.AuthType",
            "CreateFunctionUrlConfigResult.*",
            "EphemeralStorage.Size",
            "PublishLayerVersion.Content",
            "PutFunctionCodeSigningConfigResult.*",
            "PutRuntimeManagementConfigResult.*",
            "RemoveLayerVersionPermission.StatementId",
            "RemovePermission.StatementId",
            "UpdateCodeSigningConfigResult.*",
            "UpdateFunctionUrlConfigResult.*",
        }
    ),
    typed={
        "FunctionCode.ZipFile": "Blob",
        "UpdateFunctionCode.ZipFile": "Blob",
        "LayerVersionContentInput.ZipFile": "Blob",
    },
    # A package's bytes, wherever they came from; what a run printed; and what real records have beside the model.
    added={
        "FunctionCode.Content": "Sealed[Blob]",
        "UpdateFunctionCode.Content": "Sealed[Blob]",
        "LayerVersionContentInput.Content": "Sealed[Blob]",
        "InvokeResult.Output": "Sealed[str]",
        "InvokeWithResponseStreamResult.Output": "Sealed[str]",
        "Layer.UncompressedCodeSize": "int",
        "GetAccountSettings.IncludePreviewFeatures": "bool",
        "GetAccountSettings.IncludeDeprecatedFeaturesAccess": "bool",
        "GetAccountSettings.IncludeDeprecatedRuntimeDetails": "bool",
        "GetAccountSettings.IncludeUnreservedConcurrentExecutionsMinimum": "bool",
        "GetAccountSettings.IncludeBlacklistedFeatures": "bool",
    },
    hidden=frozenset({"DeleteFunction"}),
    # What the service does with its queue of events stands among the calls that do it.
    data_events=frozenset({"RunEvent", "EventDue", "PollQueue", "EndPoll", "DropMessages"}),
)
"""Lambda's declaration."""
