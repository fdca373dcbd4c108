"""Rotation: a function is invoked four times, and gives a secret its next value.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, cast

import msgspec

from backtrail import UNSET, Call, Command, Event, Heard, Params, UnsetType, field, told
from backtrail_aws.secretsmanager import api, errors, limits, names, versions
from backtrail_aws.secretsmanager.secrets import deletions, next_due
from backtrail_aws.secretsmanager.state import PENDING, Secret, Secrets, Version, service

_STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")
_RATE = re.compile(r"rate\((\d+) (hours?|days?)\)")


class Invoke(Params):
    """https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html; `rotation` is what Lambda does not read."""

    function_name: str = field(name="functionName")
    invocation_type: str = field(name="invocationType")
    payload: bytes
    rotation: Rotating | UnsetType = UNSET


class Rotating(Params):
    """What an invocation is for. A trial is one step alone: API_RotateSecret, RotateImmediately."""

    secret: str
    token: str
    step: int
    trial: bool = False


class Payload(msgspec.Struct, rename="pascal"):
    """What the function is given."""

    secret_id: str
    client_request_token: str
    step: str


@service.handle(at=names.by_id)
def rotate_secret(state: Secrets, call: Call[api.RotateSecret]) -> api.RotateSecretResult:
    """By a function that is given now or was before; at once, unless that is not wanted."""
    params = call.params
    secret = names.writable(state, params.secret_id)
    rules = told(params.rotation_rules, api.RotationRulesType())
    _check(rules)
    function = told(params.rotation_lambda_arn, secret.rotation.function)
    if isinstance(function, UnsetType):
        # evidence: guess
        raise errors.request("No Lambda rotation function ARN is associated with this secret.")
    if not function.startswith("arn:") or ":function:" not in function:
        # evidence: guess
        raise errors.invalid("The Lambda function ARN is invalid.")
    if PENDING in secret.stages and secret.stages[PENDING] not in (secret.stages.get("AWSCURRENT"), None):
        # evidence: guess
        raise errors.request("A previous rotation isn't complete. That rotation will be reattempted.")
    return api.RotateSecretResult(
        arn=secret.arn, name=secret.name, version_id=versions.token(call, params.client_request_token)
    )


def _check(rules: api.RotationRulesType) -> None:
    days, schedule = rules.automatically_after_days, rules.schedule_expression
    if not isinstance(days, UnsetType) and not isinstance(schedule, UnsetType):
        # evidence: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotationRulesType.html
        # words: guess
        raise errors.invalid("You can't specify both AutomaticallyAfterDays and ScheduleExpression.")
    least, most = limits.ROTATION_DAYS
    if not isinstance(days, UnsetType) and not least <= days <= most:
        # evidence: the same page; words: guess
        raise errors.invalid(f"AutomaticallyAfterDays must be between {least} and {most} days.")
    if isinstance(schedule, str) and not (_RATE.fullmatch(schedule) or schedule.startswith("cron(")):
        # evidence: guess
        raise errors.invalid("Invalid schedule expression.")


@service.project(at=names.by_id)
def secret_rotated(state: Secrets, event: Event[api.RotateSecret, api.RotateSecretResult]) -> None:
    """Rotation is on, and a version is pending where one was begun."""
    params = event.params
    secret = names.known(state, event, params.secret_id, event.result.arn)
    rotation, rules = secret.rotation, told(params.rotation_rules, api.RotationRulesType())
    rotation.enabled = rotation.begun = True
    rotation.function = told(params.rotation_lambda_arn, rotation.function)
    if not isinstance(params.rotation_rules, UnsetType):
        rotation.days, rotation.duration = rules.automatically_after_days, rules.duration
        rotation.schedule = rules.schedule_expression
    _plan(state, secret, event.time)
    if params.rotate_immediately is not False and isinstance(event.result.version_id, str):
        secret.versions.setdefault(event.result.version_id, Version(id=event.result.version_id))
        versions.move(secret, PENDING, event.result.version_id)


def _plan(state: Secrets, secret: Secret, after: datetime) -> None:
    """When the secret is rotated next: cron schedules are not followed."""
    rotation = secret.rotation
    _unplan(state, secret)
    rate = _RATE.fullmatch(told(rotation.schedule, ""))
    every = timedelta(0)
    if rate is not None:
        every = timedelta(**{"hours" if rate[2].startswith("hour") else "days": int(rate[1])})
    elif not isinstance(rotation.days, UnsetType):
        every = timedelta(days=rotation.days)
    if every:
        rotation.next = after + every
        state.due[_due(rotation.next, secret.name)] = secret.name


def _unplan(state: Secrets, secret: Secret) -> None:
    if not isinstance(secret.rotation.next, UnsetType):
        state.due.pop(_due(secret.rotation.next, secret.name), None)
        secret.rotation.next = UNSET


def _due(at: datetime, name: str) -> str:
    return f"{at:%Y%m%d%H%M%S%f}/{name}/rotation"


@service.react(at=names.by_id)
def first_step(state: Secrets, event: Event[api.RotateSecret, api.RotateSecretResult]) -> Iterator[Command]:
    """The function begins; where it need not rotate at once, its test alone is run."""
    token = event.result.version_id
    secret = names.find(state, told(event.result.arn, event.params.secret_id))
    if isinstance(token, UnsetType) or secret is None or isinstance(secret.rotation.function, UnsetType):
        return
    trial = event.params.rotate_immediately is False
    first = _STEPS.index("testSecret") if trial else 0
    yield _step(secret.rotation.function, Rotating(secret=secret.arn, token=token, step=first, trial=trial))


def _step(function: str, rotating: Rotating) -> Command:
    payload = Payload(
        secret_id=rotating.secret, client_request_token=rotating.token, step=_STEPS[rotating.step]
    )
    return Command(
        "lambda",
        Invoke(
            function_name=function, invocation_type="RequestResponse", payload=msgspec.json.encode(payload),
            rotation=rotating,
        ),
        source_arn=rotating.secret,
    )  # fmt: skip


@service.outcome("lambda")
def next_step(state: Secrets, heard: Heard[Invoke]) -> Iterator[Command]:
    """The function goes on, unless a step failed."""
    rotating = heard.params.rotation
    if isinstance(rotating, UnsetType) or rotating.trial or heard.error or _failed(heard):
        return
    if rotating.step + 1 < len(_STEPS):
        following = Rotating(secret=rotating.secret, token=rotating.token, step=rotating.step + 1)
        yield _step(heard.params.function_name, following)


def _failed(heard: Heard[Any]) -> bool:
    result: object = heard.result
    return isinstance(result, dict) and bool(cast(dict[str, Any], result).get("functionError"))


# by time


@service.timer(next_due)
def time_came(state: Secrets, now: datetime) -> Iterator[Command]:
    """Secrets go whose window has ended; others are rotated."""
    yield from deletions(state, now)
    for due, name in state.due.items():
        if due.partition("/")[0] > f"{now:%Y%m%d%H%M%S%f}":
            return
        secret = state.secrets.get(name)
        if (
            secret is not None
            and not isinstance(secret.rotation.next, UnsetType)
            and _due(secret.rotation.next, name) == due
        ):
            yield Command("secretsmanager", api.RotateSecret(secret_id=secret.arn))


@service.handle(at=names.by_id)
def cancel_rotate_secret(state: Secrets, call: Call[api.CancelRotateSecret]) -> api.CancelRotateSecretResult:
    """Rotation is off from here on; a version that is pending stays."""
    secret = names.writable(state, call.params.secret_id)
    return api.CancelRotateSecretResult(
        arn=secret.arn, name=secret.name, version_id=secret.stages.get(PENDING, UNSET)
    )


@service.project(at=names.by_id)
def rotation_cancelled(
    state: Secrets, event: Event[api.CancelRotateSecret, api.CancelRotateSecretResult]
) -> None:
    """Rotation is off."""
    secret = names.known(state, event, event.params.secret_id, event.result.arn)
    secret.rotation.enabled, secret.rotation.begun = False, True
    _unplan(state, secret)
