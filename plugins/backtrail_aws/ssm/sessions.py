"""Session Manager: sessions are begun and ended. No agent runs here, so only instances that one spoke for connect.

https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager.html
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ssm import api, documents, errors, limits
from backtrail_aws.ssm.document_reading import paged
from backtrail_aws.ssm.parameters import time
from backtrail_aws.ssm.state import Session, Ssm, service

_SHELL = "SSM-SessionManagerRunShell"


@service.handle
def start_session(state: Ssm, call: Call[api.StartSession]) -> api.StartSessionResult:
    """A session on an instance whose agent was heard of."""
    params = call.params
    if params.target not in state.instances:
        # evidence: model; words: guess
        raise Refusal("TargetNotConnected", f"{params.target} is not connected.")
    name = told(params.document_name, _SHELL)
    if name != _SHELL and documents.find(state, call, name) is None:
        raise errors.no_document(name)
    who = told(call.caller.identity.arn, call.account).rpartition("/")[2].rpartition(":")[2]
    session = f"{who}-{call.new_id('let26', 'session').lower()}"
    return api.StartSessionResult(
        session_id=session, token_value=call.secret("token", 48).hex(),
        stream_url=f"wss://ssmmessages.{call.region}.amazonaws.com/v1/data-channel/{session}?role=publish_subscribe",
    )  # fmt: skip


@service.project
def session_started(state: Ssm, event: Event[api.StartSession, api.StartSessionResult]) -> None:
    """The session is there."""
    params = event.params
    identifier = told(event.result.session_id, event.id)
    state.sessions[identifier] = Session(
        id=identifier, target=params.target, owner=event.identity.arn, reason=params.reason,
        document=told(params.document_name, _SHELL), started=event.time,
    )  # fmt: skip


@service.handle
def terminate_session(state: Ssm, call: Call[api.TerminateSession]) -> api.TerminateSessionResult:
    """One that is not there is no error."""
    return api.TerminateSessionResult(session_id=call.params.session_id)


@service.project
def session_terminated(state: Ssm, event: Event[api.TerminateSession, api.TerminateSessionResult]) -> None:
    """The session has ended."""
    held = state.sessions.get(event.params.session_id)
    if held is not None and isinstance(held.ended, UnsetType):
        held.ended = event.time


@service.read
def describe_sessions(state: Ssm, call: Call[api.DescribeSessions]) -> api.DescribeSessionsResult:
    """Sessions that go on (Active), or that have ended (History)."""
    params = call.params
    active = params.state == "Active"
    tests = [_test(one.key, one.value) for one in told(params.filters, [])]
    found = paged(
        state.sessions, params.next_token, params.max_results, limits.SESSION_PAGE,
        lambda one: isinstance(one.ended, UnsetType) == active and all(test(one) for test in tests),
    )  # fmt: skip
    return api.DescribeSessionsResult(
        sessions=[_shown(one) for one in found.items], next_token=found.next or UNSET
    )


def _test(key: str, value: str) -> Callable[[Session], bool]:
    """API_SessionFilter."""
    if key in ("InvokedAfter", "InvokedBefore"):
        at, after = datetime.fromisoformat(value), key == "InvokedAfter"
        return lambda one: not isinstance(one.started, UnsetType) and (one.started >= at) == after
    reads: dict[str, Callable[[Session], str]] = {
        "Target": lambda one: told(one.target, ""),
        "Owner": lambda one: told(one.owner, ""),
        "SessionId": lambda one: one.id,
        "Status": _status,
    }
    if key not in reads:
        # evidence: model; words: guess
        raise errors.bad_filter(f"The filter key {key} is not valid.")
    return lambda one: reads[key](one) == value


def _status(one: Session) -> str:
    return "Connected" if isinstance(one.ended, UnsetType) else "Terminated"


def _shown(one: Session) -> api.Session:
    return api.Session(
        session_id=one.id, target=one.target, status=_status(one), start_date=time(one.started),
        end_date=time(one.ended), document_name=one.document, owner=one.owner, reason=one.reason,
    )  # fmt: skip
