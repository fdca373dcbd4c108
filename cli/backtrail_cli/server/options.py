"""`/_backtrail/options`: what may be turned, and turning it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import msgspec

from backtrail import choosing
from backtrail.engine import Engine
from backtrail.errors import BacktrailError
from backtrail.identity import default_account, resolve
from backtrail.options import Option, Value
from backtrail.timekeeping import Timekeeping
from backtrail.wire.http import HttpAnswer, HttpRequest
from backtrail_cli.server.app import Control, json_answer
from backtrail_cli.server.bodies import Receive, whole


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`{"value": 0.1}`."""

    value: Value


class Unset(BacktrailError):
    """An option was not set."""


def controls() -> dict[str, Control]:
    """The options' own requests."""
    return {
        "GET /_backtrail/options": show,
        "PUT /_backtrail/options/*": put,
        "DELETE /_backtrail/options/*": delete,
    }


async def show(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
    """Every option: what it does, its value, and who set it when."""
    return json_answer({"options": listed(engine)})


async def put(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
    """Set an option (`…/options/sqs.duplicates`, `{"value": 0.1}`), as a record."""
    try:
        wanted = msgspec.json.decode(await whole(receive, request), type=Wanted)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return json_answer({"error": f'say {{"value": …}}: {error}'}, 400)
    return await _turn(engine, request, wanted.value)


async def delete(engine: Engine, request: HttpRequest, receive: Receive) -> HttpAnswer:
    """Give an option its default again, as a record."""
    return await _turn(engine, request, None)


async def _turn(engine: Engine, request: HttpRequest, value: Value | None) -> HttpAnswer:
    key = unquote(request.path.rsplit("/", 1)[1])
    service, _, name = key.rpartition(".")
    params = choosing.SetOption(service=service, name=name, value=value)
    try:
        await turn(engine, params, request.header("user-agent"))
    except Unset as error:
        return json_answer({"error": str(error)}, 400)
    return json_answer(next(one for one in listed(engine) if one["option"] == key))


async def turn(engine: Engine, params: choosing.SetOption, user_agent: str = "") -> None:
    """Set an option, as a record. Raises `Unset` where it cannot be."""
    if engine.past is not None:
        raise Unset("the account is served as it was; its options stay as they were")
    account = default_account(engine.machine)
    caller = resolve(engine.machine, account, "us-east-1", engine.clock.peek()).caller
    answered = await engine.call(choosing.incoming(params, caller, user_agent))
    if answered.error is not None:
        raise Unset(answered.error.message)


async def turn_all(engine: Engine, texts: list[str], user_agent: str) -> None:
    """Set what `--option SERVICE.NAME=VALUE` says, where it is not so already. Raises `Unset`."""
    if not texts:  # looking for options loads every plugin
        return
    try:
        wanted = choosing.given(texts, declared(engine))
    except ValueError as error:
        raise Unset(str(error)) from error
    for params in wanted:
        option = declared(engine)[params.service][params.name]
        if engine.machine.option(option) != params.value:
            await turn(engine, params, user_agent)


def declared(engine: Engine) -> Mapping[str, Mapping[str, Option[Any]]]:
    """Service -> name -> option, over all services there are."""
    return {name: one.options for name, one in engine.machine.registry.services.items() if one.options}


def listed(engine: Engine) -> list[dict[str, Any]]:
    """Every option as JSON has it, by name."""
    state = engine.machine.state(choosing.PLACE)
    chosen = state.options if isinstance(state, Timekeeping) else {}
    rows: list[dict[str, Any]] = []
    for options in declared(engine).values():
        for option in options.values():
            row = {
                "option": option.key, "value": engine.machine.option(option), "default": option.default,
                "takes": option.kind, "what": option.what,
            }  # fmt: skip
            if (one := chosen.get(option.key)) is not None:
                row["set"] = {"time": one.time.isoformat(), "by": one.by, "event": one.event_id}
            rows.append(row)
    return sorted(rows, key=lambda row: str(row["option"]))
