"""What `aws secretsmanager list-secrets` printed. What is in them, nobody prints."""

from __future__ import annotations

from backtrail import Event, listed
from backtrail_aws.secretsmanager import api
from backtrail_aws.secretsmanager.state import Secrets, service


@service.observed
def secrets_observed(state: Secrets, event: Event[api.ListSecrets, api.ListSecretsResult]) -> None:
    """There are these secrets."""
    listed.fold(
        service, state, event, "CreateSecret", event.result.secret_list,
        state.secrets, lambda one: one.name,
    )  # fmt: skip
