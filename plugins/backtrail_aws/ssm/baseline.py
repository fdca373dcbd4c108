"""What `aws ssm describe-parameters` printed. Their values stay unknown."""

from __future__ import annotations

from backtrail import Event, listed
from backtrail_aws.ssm import api
from backtrail_aws.ssm.state import Ssm, service


@service.observed
def parameters_observed(
    state: Ssm, event: Event[api.DescribeParameters, api.DescribeParametersResult]
) -> None:
    """There are these parameters, in these versions."""
    listed.fold(
        service, state, event, "PutParameter", event.result.parameters,
        state.parameters, lambda one: one.name,
    )  # fmt: skip
