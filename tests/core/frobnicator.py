"""A service that does not exist and uses every part of the plugin contract: widgets, their keys, their noise."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

import backtrail
from backtrail import UNSET, Call, Command, Event, Params, Refusal, State, UnsetType, field
from backtrail.call import Access, Answer, Caller, Credential, Effect, Heard, Outcome, Wait
from backtrail.trail.declare import Trail
from backtrail.trail.times import SpacedTime


class CreateWidget(Params):
    name: str = field(name="name")
    password: backtrail.Sealed[str] | UnsetType = field(name="password", default=UNSET)
    colour: backtrail.Noted[str] | UnsetType = field(name="colour", default=UNSET)
    client_token: str | UnsetType = field(name="clientToken", default=UNSET)
    lasts_s: int | UnsetType = field(name="lastsSeconds", default=UNSET)


class CreateWidgetResult(Params):
    widget_id: str | UnsetType = field(name="widgetId", default=UNSET)
    secret: backtrail.Sealed[str] | UnsetType = field(name="secret", default=UNSET)
    created: SpacedTime | UnsetType = field(name="created", default=UNSET)


class DeleteWidget(Params):
    name: str = field(name="name")


class GetWidget(Params):
    name: str = field(name="name")


class GetWidgetResult(Params):
    widget_id: str | UnsetType = field(name="widgetId", default=UNSET)
    colour: str | UnsetType = field(name="colour", default=UNSET)


class WaitForWidget(Params):
    name: str = field(name="name")


class TakeWidget(Params):
    """A read that changes something: what it took is noted."""

    name: str = field(name="name")


class Taken(Params):
    times: int = field(name="times")


class PolishWidget(Params):
    name: str = field(name="name")


class PolishWidgetResult(Params):
    shine: str | UnsetType = field(name="shine", default=UNSET)


class WidgetExpired(Params):
    """An internal action: a timer's."""

    name: str = field(name="name")


class WidgetAnnounced(Params):
    """An internal action: how the service's own state moves when a command was heard to end."""

    name: str = field(name="name")
    error: str | UnsetType = field(name="error", default=UNSET)


class BreakWidget(Params):
    in_: str = field(name="in")


class RingBell(Params):
    """A command to another service (`bell`), declared here."""

    widget: str = field(name="widget")


class Widget(Params):
    name: str = field(name="name")
    id: str | UnsetType = field(name="id", default=UNSET)
    colour: str | UnsetType = field(name="colour", default=UNSET)
    secret: str | UnsetType = field(name="secret", default=UNSET)
    until: datetime | None = field(name="until", default=None)
    taken: int = field(name="taken", default=0)
    announced: str = field(name="announced", default="")


class Widgets(State):
    widgets: backtrail.SortedMap[str, Widget] = field(default_factory=backtrail.SortedMap)
    gone: dict[str, str] = {}
    due: backtrail.SortedMap[str, str] = field(default_factory=backtrail.SortedMap)


TRAIL = Trail(shown=frozenset(), data_events=frozenset({"TakeWidget"}))

frobnicator = backtrail.Service("frobnicator", Widgets, trail=TRAIL, errors={"NoSuchWidget": "made up"})
frobnicator.resource(
    "AWS::Frobnicator::Widget",
    lambda state: state.widgets,
    arn=lambda widget: f"arn:aws:frobnicator:::{widget.name}",
)


def _widget(state: Widgets, name: str) -> Widget:
    if name not in state.widgets:
        raise Refusal("NoSuchWidget", f"There is no widget {name}.", status=404)
    return state.widgets[name]


@frobnicator.access
def needed(state: Widgets, call: Call[DeleteWidget]) -> Iterator[Access]:
    yield Access(action="frobnicator:DeleteWidget", resources=[f"arn:aws:frobnicator:::{call.params.name}"])


@frobnicator.handle(token="client_token")
def create_widget(state: Widgets, call: Call[CreateWidget]) -> CreateWidgetResult:
    if call.params.name in state.widgets and state.widgets[call.params.name].id is not UNSET:
        raise Refusal("WidgetExists", "The widget exists.")
    return CreateWidgetResult(
        widget_id=call.new_id("w", call.params.name),
        secret=call.secret_text("secret", 20),
        created=SpacedTime.of(call.time),
    )


@frobnicator.project
def widget_created(state: Widgets, event: Event[CreateWidget, CreateWidgetResult]) -> None:
    lasts = event.params.lasts_s
    until = event.time + timedelta(seconds=lasts) if isinstance(lasts, int) else None
    state.widgets[event.params.name] = Widget(
        name=event.params.name,
        id=event.result.widget_id,
        colour=event.params.colour,
        secret=event.result.secret,
        until=until,
    )
    if until is not None:
        state.due[f"{until.isoformat()}/{event.params.name}"] = event.params.name


@frobnicator.first
def ring_before(state: Widgets, call: Call[PolishWidget]) -> Iterator[Command]:
    yield Command("frobnicator", TakeWidget(name=call.params.name))


@frobnicator.handle
def polish_widget(state: Widgets, call: Call[PolishWidget]) -> PolishWidgetResult | Effect:
    _widget(state, call.params.name)
    if call.outcome is None:
        return Effect(name="polish", args=call.params.name)
    if call.outcome.error:
        raise Refusal("PolishFailed", call.outcome.message)
    return PolishWidgetResult(shine=str(call.outcome.result))


@frobnicator.handle
def delete_widget(state: Widgets, call: Call[DeleteWidget]) -> None:
    _widget(state, call.params.name)


@frobnicator.project
def widget_deleted(state: Widgets, event: Event[DeleteWidget, None]) -> None:
    state.widgets.pop(event.params.name, None)
    state.gone[event.params.name] = event.id


@frobnicator.evidence
def widget_was_gone(state: Widgets, event: Event[DeleteWidget, None]) -> None:
    if event.error == "NoSuchWidget" and event.params.name in state.widgets:
        del state.widgets[event.params.name]


@frobnicator.read
def get_widget(state: Widgets, call: Call[GetWidget]) -> GetWidgetResult:
    widget = _widget(state, call.params.name)
    return GetWidgetResult(widget_id=widget.id, colour=widget.colour)


@frobnicator.read
def take_widget(state: Widgets, call: Call[TakeWidget]) -> Answer[None]:
    return Answer(None, note=Taken(times=_widget(state, call.params.name).taken + 1))


@frobnicator.project
def widget_taken(state: Widgets, event: Event[TakeWidget, None]) -> None:
    name = event.params.name
    widget = backtrail.known(state.widgets, name, event, lambda: Widget(name=name))
    taken = event.note(Taken)
    state.widgets[name] = _with(widget, taken=taken.times if taken else widget.taken + 1)


@frobnicator.read
def wait_for_widget(state: Widgets, call: Call[WaitForWidget]) -> GetWidgetResult | Wait:
    widget = state.widgets.get(call.params.name)
    if widget is None and not call.waited:
        return Wait(key=call.params.name, seconds=5)
    return GetWidgetResult(widget_id=widget.id if widget else UNSET)


@frobnicator.wakes
def created_wakes(event: Event[CreateWidget, CreateWidgetResult]) -> str:
    return event.params.name


@frobnicator.react
def ring_the_bell(state: Widgets, event: Event[CreateWidget, CreateWidgetResult]) -> Iterable[Command]:
    yield Command(
        "bell", RingBell(widget=event.params.name), source_arn=f"arn:aws:frobnicator:::{event.params.name}"
    )


@frobnicator.outcome("bell")
def bell_rang(state: Widgets, heard: Heard[RingBell]) -> Iterable[Command]:
    yield Command("frobnicator", WidgetAnnounced(name=heard.params.widget, error=heard.error or UNSET))


@frobnicator.handle(internal=True)
def announce_widget(state: Widgets, call: Call[WidgetAnnounced]) -> None:
    """Nothing to decide: it happened."""


@frobnicator.project
def widget_announced(state: Widgets, event: Event[WidgetAnnounced, None]) -> None:
    widget = state.widgets.get(event.params.name)
    if widget is not None:
        announced = event.params.error if isinstance(event.params.error, str) else "rang"
        state.widgets[widget.name] = _with(widget, announced=announced)


def _next_due(state: Widgets) -> datetime | None:
    first = state.due.first()
    return datetime.fromisoformat(first.split("/")[0]) if first else None


@frobnicator.timer(_next_due)
def expire(state: Widgets, now: datetime) -> Iterable[Command]:
    for key, name in state.due.items():
        if datetime.fromisoformat(key.split("/")[0]) > now:
            break
        yield Command("frobnicator", WidgetExpired(name=name))


@frobnicator.handle(internal=True)
def expire_widget(state: Widgets, call: Call[WidgetExpired]) -> None:
    """Nothing to decide: time came."""


@frobnicator.project
def widget_expired(state: Widgets, event: Event[WidgetExpired, None]) -> None:
    state.widgets.pop(event.params.name, None)
    for key in [key for key, name in state.due.items() if name == event.params.name]:
        del state.due[key]


@frobnicator.handle
def break_widget(state: Widgets, call: Call[BreakWidget]) -> None:
    if call.params.in_ == "decide":
        raise ZeroDivisionError("a plugin's bug")


@frobnicator.project
def widget_broken(state: Widgets, event: Event[BreakWidget, None]) -> None:
    if event.params.in_ == "fold":
        state.gone["half"] = "written"
        raise ZeroDivisionError("a plugin's bug")


@frobnicator.credentials
def key_of_widget(state: Widgets, access_key_id: str) -> Credential | None:
    widget = state.widgets.get(access_key_id)
    if widget is None or not isinstance(widget.secret, str):
        return None
    identity = backtrail.Identity(
        type="IAMUser", user_name=widget.name, account_id="123456789012", access_key_id=access_key_id
    )
    return Credential(identity=identity, account="123456789012", secret=widget.secret)


@frobnicator.holds
def holds(state: Widgets) -> Iterable[tuple[str, str]]:
    return ((f"arn:aws:bell:::{name}", f"arn:aws:frobnicator:::{name}") for name in state.widgets)


@frobnicator.effect("polish")
async def polish(args: str, engine: object, request_id: str) -> Outcome:
    return Outcome(result=f"{args} shines")


def _with(widget: Widget, **changes: object) -> Widget:
    import msgspec

    return msgspec.structs.replace(widget, **changes)


@backtrail.hookimpl
def register_services() -> list[backtrail.Service[Widgets]]:
    return [frobnicator]


NOBODY = Caller(identity=backtrail.Identity(), account="")
