"""Every hook that a plugin may implement. Hooks register; tables dispatch (a hook call per API call would cost
more than the call)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from backtrail.call import Access, Call
    from backtrail.policy.evaluation import Explained
    from backtrail.policy.words import Denial
    from backtrail.service import Service
    from backtrail.store import Entry

NAME = "backtrail"

hookspec = pluggy.HookspecMarker(NAME)
hookimpl = pluggy.HookimplMarker(NAME)


@hookspec
def register_services() -> Iterable[Service[Any]]:  # type: ignore[empty-body]
    """Called once, when the plugin is loaded: return the services it provides or extends."""


@hookspec
def register_commands(cli: Any) -> None:
    """Called when the command line is built: add click commands to the group `cli`."""


@hookspec(firstresult=True)
def authorize(call: Call[Any], access: Access) -> str | None:
    """Called before an action is decided: None allows, a text denies and becomes the message of the refusal.

    The first plugin that returns a text decides; without any, all is allowed. Asked in every mode of `Machine.iam`.
    """


@hookspec(firstresult=True)
def evaluate_access(call: Call[Any], access: Access) -> Denial | bool | None:
    """Called before an action is decided, unless IAM is off: what the policies say.

    True allows, a `Denial` denies; None leaves the caller alone (the principal of somebody else's trail).
    """


@hookspec(firstresult=True)
def explain_access(call: Call[Any], access: Access) -> list[Explained] | None:
    """Called when somebody asks how policies would decide: resource by resource, for foreign principals, too."""


@hookspec
def record_appended(entry: Entry) -> None:
    """Called for each record after its commit, outside the writer; what it raises is logged and changes nothing."""


@hookspec
def startup(engine: Any) -> None:
    """Called once, before the first call is taken."""


@hookspec(firstresult=True)
def answer_http(engine: Any, request: Any, address: Any, client: str) -> Any:
    """Called for a request that may be no API call (a website, a CORS preflight, a browser's form): an awaitable of
    an `HttpAnswer`, or None when it is not the plugin's. `address` is `wire.addressing.Address`, `client` the IP
    address that the request came from."""


@hookspec
def answered_http(engine: Any, request: Any, answer: Any) -> None:
    """Called with the answer to a request that carries an `Origin`, before it leaves: add the headers it needs."""
