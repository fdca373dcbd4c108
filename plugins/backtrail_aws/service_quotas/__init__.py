"""Service Quotas: which limits there are, and an account's own values of them.

Covered: services, quotas and their defaults, requests for other values and their history, tags, the template of an
organization. The quotas are those that the services' plugins declare and mind (`service.quota`): what is granted here
counts there from then on. Where no document of AWS tells a quota's code, it has one of Backtrail's own, which does not
begin with `L-`.

What deviates from AWS: a request for less than there is, which AWS refuses, is granted as well, so that a test can meet
a limit; new accounts do not ask for what the template has; no quota can be set for a single resource. Not here:
support cases, utilization reports, automatic management.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from backtrail import Service, hookimpl
from backtrail_aws.service_quotas import access, changes, quotas, tags, templates
from backtrail_aws.service_quotas.state import service

__all__ = ["access", "changes", "quotas", "register_services", "service", "tags", "templates"]


@hookimpl
def register_services() -> Iterable[Service[Any]]:
    """The service."""
    return [service]
