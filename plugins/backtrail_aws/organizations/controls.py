"""What an organization tells authorization of an account: its control policies, level by level.

https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html: something must be
allowed at every level from the root down, and denied at none. Management accounts are never bound.
"""

from __future__ import annotations

from backtrail import Control, Controls
from backtrail_aws.organizations import policies, tree
from backtrail_aws.organizations.state import RCP, SCP, Organization, Organizations, oid, service


@service.controls
def controls_of(state: Organizations, account: str) -> Controls | None:
    """An account's organization; None where it is in none."""
    organization = state.of(account)
    if organization is None:
        return None
    bound = account != organization.manager
    return Controls(
        organization=oid(organization),
        manager=organization.manager,
        path=tree.path_of(organization, account),
        scps=_levels(organization, account, SCP) if bound else (),
        rcps=_levels(organization, account, RCP) if bound else (),
    )


def _levels(organization: Organization, account: str, type: str) -> tuple[tuple[Control, ...], ...]:
    if type not in organization.types:
        return ()
    return tuple(
        tuple(_attached(organization, target, type)) for target in tree.way_to(organization, account)
    )


def _attached(organization: Organization, target: str, type: str) -> list[Control]:
    found = [policies.find(organization, one) for one in organization.attached.get(target, [])]
    return [
        Control(arn=policies.arn(organization, one), name=one.name, document=one.content)
        for one in found
        if one is not None and one.type == type
    ]
