"""Faults that whoever runs the log brings about: a target whose health checks fail.

`backtrail inject elbv2 FailTarget targetGroupArn=… id=i-… answer=503`, and `RecoverTarget`. Nothing runs in instances,
so without a fault one that can be reached is taken to answer with 200.
"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Params, UnsetType, field, told
from backtrail_aws.elbv2 import errors, names
from backtrail_aws.elbv2.state import Fault, LoadBalancers, service

REFUSED, SILENT = "refused", "timeout"


class FailTarget(Params):
    """A target's checks meet an HTTP code (`503`), nobody who listens (`refused`), or nothing at all (`timeout`)."""

    target_group_arn: str = field(name="targetGroupArn")
    id: str
    answer: str | UnsetType = UNSET


class RecoverTarget(Params):
    """A target answers its checks with 200 again."""

    target_group_arn: str = field(name="targetGroupArn")
    id: str


@service.inject
def fail_target(state: LoadBalancers, call: Call[FailTarget]) -> None:
    """A target that is registered."""
    _check(state, call.params.target_group_arn, call.params.id)
    answer = told(call.params.answer, SILENT)
    if answer not in (REFUSED, SILENT) and not (answer.isdigit() and len(answer) == 3):
        # evidence: guess: nothing that AWS answers, but who injects a fault is told what is wrong
        raise errors.invalid(f"answer is an HTTP code, {REFUSED} or {SILENT}, not {answer}")


def _check(state: LoadBalancers, arn: str, target: str) -> None:
    if all(one.id != target for one in names.group(state, arn).targets.values()):
        # evidence: guess: nothing that AWS answers, but who injects a fault is told what is wrong
        raise errors.target(f"{target} is not registered with {arn}")


@service.project
def target_failed(state: LoadBalancers, event: Event[FailTarget, None]) -> None:
    """Its checks fail from now on."""
    held = names.known_group(state, event, event.params.target_group_arn)
    held.faults[event.params.id] = Fault(answer=told(event.params.answer, SILENT), since=event.time)


@service.inject
def recover_target(state: LoadBalancers, call: Call[RecoverTarget]) -> None:
    """A target that is registered."""
    _check(state, call.params.target_group_arn, call.params.id)


@service.project
def target_recovered(state: LoadBalancers, event: Event[RecoverTarget, None]) -> None:
    """Its checks succeed from now on."""
    held = names.known_group(state, event, event.params.target_group_arn)
    was = held.faults.get(event.params.id)
    if was is not None:
        was.before, was.answer, was.since = was.answer or was.before, "", event.time
