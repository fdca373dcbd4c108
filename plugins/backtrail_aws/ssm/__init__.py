"""Systems Manager: parameters, documents, commands, maintenance windows, patch baselines, inventory, sessions.

No agent runs here: commands wait until they time out, windows carry nothing out. Of Amazon's own documents some are
known, most without their content; YAML is not read whole. Public parameters are those of images. Not covered: State
Manager's own actions, Automation, OpsCenter, sharing by RAM.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.ssm import (
    access,
    baselines,
    commands,
    document_permissions,
    document_reading,
    documents,
    instances,
    inventory,
    parameter_lists,
    parameter_versions,
    parameters,
    patch_groups,
    sessions,
    tags,
    window_targets,
    window_tasks,
    windows,
)
from backtrail_aws.ssm import baseline as baseline
from backtrail_aws.ssm import exposure as exposure
from backtrail_aws.ssm.state import Ssm, service

__all__ = [
    "access", "baselines", "commands", "document_permissions", "document_reading", "documents", "instances",
    "inventory", "parameter_lists", "parameter_versions", "parameters", "patch_groups", "register_services", "service",
    "sessions", "tags", "window_targets", "window_tasks", "windows",
]  # fmt: skip


@hookimpl
def register_services() -> list[Service[Ssm]]:
    """Systems Manager."""
    return [service]
