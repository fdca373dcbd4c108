"""`/_backtrail/inject`: bringing about what no caller can: a fault, a loss."""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail.engine import Engine
from backtrail.facts import Facts, Incoming
from backtrail.identity import default_account, resolve
from backtrail.trail import codec
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail_cli.server.app import Control, json_answer
from backtrail_cli.server.bodies import Receive, whole
from backtrail_cli.server.exchange import DEFAULT_REGION


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`{"service": "s3", "action": "LoseObject", "params": {"bucketName": "b", "key": "k"}}`."""

    service: str
    action: str
    params: dict[str, Any] = {}
    account: str | None = None
    region: str = DEFAULT_REGION


def controls() -> dict[str, Control]:
    """The injection's own requests."""
    return {"GET /_backtrail/inject": show, "POST /_backtrail/inject": inject}


async def show(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
    """What can be injected."""
    services = engine.machine.registry.services
    found = [
        {"service": name, "action": action, "params": _members(services[name].handlers[action].params)}
        for name in sorted(services)
        for action in services[name].injections
    ]
    return json_answer({"injections": found})


async def inject(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
    """Bring something about, as a record of the one who runs the log."""
    try:
        wanted = msgspec.json.decode(await whole(receive, request), type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return json_answer({"error": str(error)}, 400)
    service = engine.machine.registry.services.get(wanted.service)
    if service is None or wanted.action not in service.injections:
        return json_answer(
            {
                "error": f"there is no {wanted.service}:{wanted.action}; `backtrail inject` lists what there is"
            },
            400,
        )
    if engine.past is not None:
        return json_answer({"error": "the account is served as it was; nothing happens there"}, 409)
    try:
        params = codec.convert(wanted.params, service.handlers[wanted.action].params)
    except msgspec.ValidationError as error:
        return json_answer({"error": str(error)}, 400)
    account = wanted.account or default_account(engine.machine)
    caller = resolve(engine.machine, account, wanted.region, engine.clock.peek()).caller
    answered = await engine.call(
        Incoming(
            service=wanted.service, action=wanted.action, params=params, caller=caller, account=account,
            region=wanted.region, internal=True, facts=Facts(user_agent=request.header("user-agent")),
        )
    )  # fmt: skip
    if answered.error is not None:
        return json_answer({"error": answered.error.message, "code": answered.error.code}, 400)
    return json_answer({"event": answered.event_id})


def _members(kind: Any) -> list[str]:
    return [one.encode_name for one in msgspec.structs.fields(kind)]
