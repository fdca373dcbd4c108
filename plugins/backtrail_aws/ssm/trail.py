"""How CloudTrail writes Systems Manager: values and a command's parameters are hidden.

Real records of PutParameter, SendCommand and StartSession show the marker; of a document's content nothing is hidden.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail(
    masked=frozenset(
        {
            "Command.Parameters",
            "PutParameter.Value",
            "RegisterTaskWithMaintenanceWindow.TaskParameters",
            "SendCommand.Parameters",
            "StartSession.Parameters",
            "UpdateMaintenanceWindowTask.TaskParameters",
            "UpdateMaintenanceWindowTaskResult.TaskParameters",
        }
    ),
    sealed=frozenset(
        {
            "GetMaintenanceWindowTaskResult.TaskParameters",
            "MaintenanceWindowTask.TaskParameters",
            "Parameter.Value",
            "ParameterHistory.Value",
            "StartSessionResult.StreamUrl",
            "StartSessionResult.TokenValue",
        }
    ),
)
"""Systems Manager's declaration."""
