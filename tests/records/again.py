"""Real calls made again: each one of a trail is decided anew in the state that it met, and written by us."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from typing import Any, get_args

import msgspec

from backtrail import ids
from backtrail.call import Caller
from backtrail.errors import NotImplementedAction, NotInTrail, Refusal
from backtrail.facts import Facts, Incoming
from backtrail.fold import route
from backtrail.machine import Machine, Request
from backtrail.order import fold_key
from backtrail.payload import Params
from backtrail.record import TlsDetails, decode_identity, parse_time
from backtrail.trail.errors import record_code, wire_code
from backtrail.trail.forms import HttpFacts
from backtrail.writing import Writer
from backtrail_cli.server.running import registry

SERVED = {"s3", "sqs", "sts", "iam"}
CALL = "AwsApiCall"

Json = dict[str, Any]


class Again(msgspec.Struct, frozen=True):
    """A real record, ours of the same call, and whether we decided as AWS did (else the real outcome was written)."""

    name: str
    real: Json
    ours: Json
    agrees: bool


def again(lines: Iterable[bytes]) -> Iterator[Again]:
    """Every call of a served service whose parameters our types can hold, in fold order."""
    machine = Machine(registry())
    writer = Writer(machine)
    for number, line in enumerate(sorted(lines, key=lambda line: fold_key(json.loads(line)))):
        real = json.loads(line)
        service, action = route(
            real.get("eventSource", ""), real.get("eventName", ""), real.get("apiVersion")
        )
        handler = machine.registry.handler(service, action)
        if service in SERVED and handler is not None and real.get("eventType", CALL) == CALL:
            made = _made(machine, writer, real, service, action, number)
            if made is not None:
                yield made
        machine.apply(line)


def _made(
    machine: Machine, writer: Writer, real: Json, service: str, action: str, number: int
) -> Again | None:
    incoming = _incoming(machine, real, service, action)
    if incoming is None:
        return None
    time = parse_time(real["eventTime"])
    request = Request(
        service=service, action=action, params=incoming.params, account=incoming.account, region=incoming.region,
        time=time, event_id=ids.event_id(time, number), request_id=str(real.get("requestID", "")),
        caller=incoming.caller, waited=True,
    )  # fmt: skip
    outcome = _decided(machine, request)
    agrees = _code(machine, service, outcome) == real.get("errorCode")
    if not agrees:
        outcome = _recorded(machine, real, service, action)
    ours = json.loads(writer.write(incoming, request, outcome).entry.record)
    return Again(f"{service}:{action}", real, ours, agrees)


def _incoming(machine: Machine, real: Json, service: str, action: str) -> Incoming | None:
    """The call that the record tells of; None where the record leaves out what the call must have had."""
    kind = machine.registry.services[service].handlers[action].params
    raw = json.dumps(real.get("requestParameters") or {}).encode()
    try:
        params = machine.folder.form(service).params_in(action, raw, kind)
    except msgspec.ValidationError:
        return None
    identity = decode_identity(json.dumps(real["userIdentity"]).encode())
    account = real.get("recipientAccountId") or str(identity.account_id or "")
    return Incoming(
        service=service, action=action, params=params, account=account, region=real["awsRegion"],
        caller=Caller(identity=identity, account=str(identity.account_id or account), verified=False),
        facts=facts(real),
    )  # fmt: skip


def _decided(machine: Machine, request: Request) -> Any:
    try:
        return machine.decide(request)
    except Refusal as refusal:
        return refusal
    except (NotImplementedAction, NotInTrail):
        return Refusal("NotImplemented", status=501)


def _code(machine: Machine, service: str, outcome: Any) -> str | None:
    if not isinstance(outcome, Refusal):
        return None
    return record_code(service, outcome.code, machine.registry.services[service].trail, outcome.status)


def _recorded(machine: Machine, real: Json, service: str, action: str) -> Any:
    """What the record says that the call ended in."""
    if (code := real.get("errorCode")) is not None:
        trail = machine.registry.services[service].trail
        return Refusal(wire_code(service, code, trail), str(real.get("errorMessage", "")))
    if real.get("responseElements") is None:
        return None
    kind = result_of(machine.registry.services[service].handlers[action].returns)
    if kind is None:
        return None
    return machine.folder.form(service).result_in(action, json.dumps(real["responseElements"]).encode(), kind)


def result_of(returns: Any) -> Any:
    """The result's type in what a handler says that it returns: `R`, `Answer[R]`, `R | Wait`."""
    if isinstance(returns, type) and issubclass(returns, Params):
        return returns
    return next((kind for kind in map(result_of, get_args(returns)) if kind is not None), None)


def facts(real: Json) -> Facts:
    """Where the real call came from, as far as its record tells."""
    params = real.get("requestParameters") or {}
    extra = real.get("additionalEventData") or {}
    query = {name: value for name, value in params.items() if value == "" or name == "x-id"}
    http = HttpFacts(
        host=str(params.get("Host", "")), query=query, signature=str(extra.get("SignatureVersion", "SigV4")),
        cipher=str(extra.get("CipherSuite", "")), host_id="HOSTID",
    )  # fmt: skip
    agent = str(real.get("userAgent", ""))
    tls = real.get("tlsDetails")
    return Facts(
        source_ip=str(real.get("sourceIPAddress", "")), user_agent=agent.removeprefix("[").removesuffix("]"), http=http,
        authentication=str(extra.get("AuthenticationMethod", "AuthHeader")),
        tls=msgspec.convert(tls, TlsDetails) if tls else msgspec.UNSET,
    )  # fmt: skip
