"""AWS Organizations' numbers: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_reference_limits.html"""

from __future__ import annotations

from typing import Final

PAGE: Final = 20
"""What a page holds at most; the model's MaxResults."""
QUOTAS: Final = {
    "Accounts": 10,  # the default for a new organization; raised on request
    "OrganizationalUnits": 2000,
    "Policies": 1000,  # of one type
    "TagsPerResource": 50,
    "DelegatedAdministrators": 1000,
}
DEPTH: Final = 5
"""How deep units may lie under the root."""
ATTACHED: Final = {"SERVICE_CONTROL_POLICY": 10, "RESOURCE_CONTROL_POLICY": 5, "CHATBOT_POLICY": 5}
"""Policies of a type on one root, unit or account; of SCPs 10 since 2025 (5 before)."""
ATTACHED_OTHERWISE: Final = 10
SIZE: Final = {
    "SERVICE_CONTROL_POLICY": 10_240,
    "RESOURCE_CONTROL_POLICY": 5_120,
    "AISERVICES_OPT_OUT_POLICY": 2_500,
}
"""Letters of a policy's content."""
SIZE_OTHERWISE: Final = 10_000
RESOURCE_POLICY_SIZE: Final = 40_000
INVITATION_DAYS: Final = 15
"""How long an invitation is open."""
CONSENT_DAYS: Final = 90
"""How long the request to enable all features is open."""
