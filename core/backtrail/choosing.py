"""Setting options, as records of Backtrail's own: `SetOption` folds to what the log's services decide by.

The first option is Backtrail's: how fast life cycles go (`backtrail.life`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from backtrail.call import Call, Caller
from backtrail.errors import Refusal
from backtrail.facts import Facts, Incoming
from backtrail.options import Chosen, Option, V, Value
from backtrail.payload import Params, State, field
from backtrail.record import Event, Identity
from backtrail.service import Place
from backtrail.stopping import service as own
from backtrail.timekeeping import Timekeeping

service = own

PLACE: Place = (service.name, "", "")
"""Where the chosen options stand: one set for the whole log."""

AWS, INSTANT = "aws", "instant"

PACE = service.option(
    "pace", INSTANT,
    "How long states that do not last take (a function that is Pending): nothing, or as long as AWS's documents say.",
    choices=(INSTANT, AWS),
)  # fmt: skip


class SetOption(Params):
    """Set an option of a service; without a value it is the default again."""

    service: str = field(name="service")
    name: str = field(name="name")
    value: Value | None = field(name="value")


@service.handle(internal=True)
def set_option(state: Timekeeping, call: Call[SetOption]) -> None:
    """Refuses what no service declares, and values that the option does not take."""
    params = call.params
    declared = call.options_of(params.service)
    option = declared.get(params.name)
    if option is None:
        known = ", ".join(sorted(declared)) or "none"
        raise Refusal("NoSuchOption", f"{params.service} has no option {params.name}; it has {known}")
    if params.value is not None:
        try:
            option.checked(params.value)
        except ValueError as error:
            raise Refusal("InvalidOptionValue", str(error)) from error


@service.project
def option_set(state: Timekeeping, event: Event[SetOption, None]) -> None:
    """The option has the value from now on. One that it had before is not set again."""
    params = event.params
    key = f"{params.service}.{params.name}"
    old = state.options.get(key)
    if params.value is None:
        state.options.pop(key, None)
    elif old is None or old.value != params.value:
        state.options[key] = Chosen(
            value=params.value, time=event.time, by=_who(event.identity), event_id=event.id
        )


def value_of(state: State | None, option: Option[V]) -> V:
    """The value of an option, by the State in which options are chosen."""
    return option.of(state.options.get(option.key) if isinstance(state, Timekeeping) else None)


def pace_since(state: State | None, since: datetime) -> float:
    """How fast time goes for a life cycle that began `since`: 1 as AWS documents it, 0 at once.

    What was ever done at once stays done: AWS's times count for what began after they were chosen.
    """
    if not isinstance(state, Timekeeping):
        return 0.0
    chosen = state.options.get(PACE.key)
    return 1.0 if chosen is not None and PACE.of(chosen) == AWS and since >= chosen.time else 0.0


def incoming(params: SetOption, caller: Caller, user_agent: str = "") -> Incoming:
    """The call that sets an option."""
    return Incoming(
        service=service.name, action=type(params).__name__, params=params, caller=caller, account=caller.account,
        region="us-east-1", internal=True, facts=Facts(user_agent=user_agent),
    )  # fmt: skip


def given(texts: list[str], declared: Mapping[str, Mapping[str, Option[V]]]) -> list[SetOption]:
    """The calls that `SERVICE.NAME=VALUE` texts stand for. Raises `ValueError` for one that is wrong."""
    return [_given(text, declared) for text in texts]


def _given(text: str, declared: Mapping[str, Mapping[str, Option[V]]]) -> SetOption:
    key, equals, value = text.partition("=")
    owner, dot, name = key.strip().rpartition(".")
    if not (equals and dot):
        raise ValueError(f"{text!r} is no option; write SERVICE.NAME=VALUE, as in sqs.duplicates=0.1")
    option = declared.get(owner, {}).get(name)
    if option is None:
        raise ValueError(f"there is no option {key.strip()}; `backtrail options` lists them")
    return SetOption(service=owner, name=name, value=option.read(value.strip()))


def _who(identity: Identity) -> str:
    for known in (identity.arn, identity.invoked_by, identity.account_id):
        if isinstance(known, str) and known:
            return known
    return ""
