"""What `aws lambda list-functions` printed. Their code stays unknown."""

from __future__ import annotations

from backtrail import Event, listed
from backtrail_aws.lambda_ import api
from backtrail_aws.lambda_.state import Functions, service


@service.observed
def functions_observed(state: Functions, event: Event[api.ListFunctions, api.ListFunctionsResult]) -> None:
    """There are these functions, so configured."""
    listed.fold(
        service, state, event, "CreateFunction", event.result.functions,
        state.functions, lambda one: one.function_name,
    )  # fmt: skip
