"""Systems Manager: parameters, documents, commands, maintenance windows, patch baselines, inventory, sessions."""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.ssm import parameter_lists, parameter_versions, parameters, tags
from backtrail_aws.ssm.state import Ssm, service


@hookimpl
def register_services() -> list[Service[Ssm]]:
    """Systems Manager."""
    return [service]
