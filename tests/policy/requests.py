"""The cases' way of writing requests and policies, as the evaluator takes them."""

from __future__ import annotations

import json
from typing import Any

from backtrail.policy import Keys, Kind, Policies, Policy, Principal, Request, Who, document

from .literal import Asked, Bearing

KINDS = {
    Kind.SCP: "scp", Kind.RCP: "rcp", Kind.ENDPOINT: "endpoint", Kind.IDENTITY: "identity", Kind.RESOURCE: "resource",
    Kind.TRUST: "resource", Kind.BOUNDARY: "boundary", Kind.SESSION: "session",
}  # fmt: skip
"""The evaluator's kinds of policies, in the cases' words."""


def request_of(asked: Asked) -> Request:
    """A case's request."""
    principal: dict[str, Any] = dict(asked["principal"])
    return Request(
        principal=Principal(who=Who(principal.pop("who")), **principal),
        action=asked["action"],
        resource=asked["resource"],
        context=Keys(asked.get("context", {})),
        account=asked.get("account", ""),
    )


def policies_of(bearing: Bearing) -> Policies:
    """A case's policies, each named by where it stands."""

    def compiled(name: str, policies: list[Any]) -> tuple[Policy, ...]:
        return tuple(_policy(f"{name}-{index}", policy) for index, policy in enumerate(policies))

    resource, endpoint = bearing.get("resource"), bearing.get("endpoint")
    return Policies(
        identity=compiled("identity", bearing.get("identity", [])),
        boundary=compiled("boundary", bearing.get("boundary", [])),
        session=tuple(compiled("session", group) for group in bearing.get("session", [])),
        resource=None if resource is None else _policy("resource", resource),
        scps=tuple(compiled("scp", level) for level in bearing.get("scps", [])),
        rcps=tuple(compiled("rcp", level) for level in bearing.get("rcps", [])),
        endpoint=None if endpoint is None else _policy("endpoint", endpoint),
        takes_policies=bearing.get("takes_policies", True),
        must_allow=bearing.get("must_allow", False),
        granted=bearing.get("granted", False),
    )


def _policy(name: str, policy: Any) -> Policy:
    return Policy(id=name, document=document(json.dumps(policy)))
