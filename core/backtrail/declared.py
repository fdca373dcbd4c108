"""A declared function: its action, and the payload types behind its annotations, looked up on first use."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any, get_args, get_type_hints

from msgspec import Struct

from backtrail.errors import PluginError
from backtrail.payload import Params

At = Callable[[Any], Any]
"""Which (account, region) a call or an event is about; a projector's may name several in a list."""

_SUBJECT = re.compile(r"(?:Call|Event|Heard)\[\s*([A-Za-z0-9_.]+)")
_ASYNC = 0x80 | 0x200  # of code flags: a coroutine, an asynchronous generator


class Declared:
    """A function with the payload types of its second argument, resolved on first use."""

    def __init__(
        self, fn: Callable[..., Any], *, at: At | None = None, service: str = "", **flags: Any
    ) -> None:
        self.fn, self.at, self.service = fn, at, service
        self.read_only = bool(flags.get("read_only", False))
        self.internal = bool(flags.get("internal", False))
        self._alone = bool(flags.get("alone", False))
        self.action = str(flags.get("action") or subject(fn, alone=self._alone))
        if getattr(fn, "__code__", None) is not None and fn.__code__.co_flags & _ASYNC:
            raise PluginError(f"{self} is async; only effects may be (`@{service or 'service'}.effect`)")

    @cached_property
    def _types(self) -> tuple[Any, Any]:
        arguments = get_args(self._hints[_annotated(self.fn, self._alone)[0]])
        params = arguments[0]
        if not (isinstance(params, type) and issubclass(params, Struct)):
            raise PluginError(f"{self}: {self.action} is no payload; derive it from backtrail.Params")
        return (params, arguments[1] if len(arguments) > 1 else type(None))

    @cached_property
    def _hints(self) -> dict[str, Any]:
        try:
            return get_type_hints(self.fn, include_extras=True)
        except (NameError, AttributeError, TypeError) as error:
            raise PluginError(f"{self}: its annotations cannot be read: {error}") from error

    @property
    def params(self) -> Any:
        """The type of the parameters."""
        return self._types[0]

    @property
    def result(self) -> Any:
        """The type of the result; NoneType where the projector needs none."""
        return self._types[1]

    @cached_property
    def returns(self) -> Any:
        return self._hints.get("return")

    @cached_property
    def answers(self) -> Any:
        """The type of the result that a handler says it returns: `R` of `R`, `Answer[R]`, `R | Wait`."""
        return _result_of(self.returns)

    def __repr__(self) -> str:
        return f"{self.fn.__module__}.{self.fn.__qualname__}"


def _result_of(returns: Any) -> Any:
    if isinstance(returns, type) and issubclass(returns, Params):
        return returns
    return next((kind for kind in map(_result_of, get_args(returns)) if kind is not None), None)


def subject(fn: Callable[..., Any], *, alone: bool = False) -> str:
    """The action in a function's annotations: `Call[CreateQueue]` -> `CreateQueue`.

    The call or event is the second argument, after the State; the first where it stands `alone`.
    """
    return _annotated(fn, alone)[1]


def _annotated(fn: Callable[..., Any], alone: bool) -> tuple[str, str]:
    """The name of the argument that is a call or an event, and the action in its annotation."""
    at = 0 if alone else 1
    for name, annotation in fn.__annotations__.items():
        action = "" if name == "return" else _action(annotation)
        if action:
            code = getattr(fn, "__code__", None)
            if code is not None and code.co_varnames[at : at + 1] != (name,):
                break
            return name, action
    raise PluginError(
        f"{fn.__module__}.{fn.__qualname__} must take {'' if alone else 'the State, then '}an argument annotated "
        "Call[Action] or Event[Action, ...], as in `def create_widget(state: Widgets, call: Call[CreateWidget])`"
    )


def _action(annotation: object) -> str:
    if isinstance(annotation, str):
        found = _SUBJECT.search(annotation)
        return found.group(1).rsplit(".", 1)[-1] if found is not None else ""
    arguments = get_args(annotation)
    return str(arguments[0].__name__) if arguments else ""
