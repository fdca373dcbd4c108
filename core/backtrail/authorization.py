"""The stage between validation and decision: may the caller do this at all?

What a call needs is declared by its service (`@svc.access`, `@svc.authorization`); where that says nothing, the action
of its name on everything. What the policies say is the hook `evaluate_access`'s to tell, any other veto `authorize`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import suppress
from enum import StrEnum
from functools import cache
from typing import TYPE_CHECKING, Any, cast

import msgspec

from backtrail import names
from backtrail.call import Access, Call, ResourcePolicy
from backtrail.controls import ORGANIZATIONS, Controls
from backtrail.declared import Declared
from backtrail.errors import NotInTrail, Refusal
from backtrail.lines import Lines
from backtrail.needed import Recorder
from backtrail.policy import messages
from backtrail.policy.errors import BadPolicy
from backtrail.policy.evaluation import Explained
from backtrail.policy.words import ENCODING, Denial, refusal
from backtrail.service import Scope, Service

if TYPE_CHECKING:
    from backtrail.call import World
    from backtrail.machine import Machine

log = Lines("backtrail.authorization")

Evaluator = Callable[..., Denial | bool | None]


AWS = "aws"
"""Whose AWS's own policies are: everybody's."""


class Iam(StrEnum):
    """Whether policies are evaluated, and whether they decide: AUDIT notes what would have been denied."""

    OFF = "off"
    AUDIT = "audit"
    ENFORCE = "enforce"


class Authorization:
    """Asks, for one machine. `denied` is what the call that was decided last would have been denied."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._last: tuple[str, list[str]] = ("", [])
        self._evaluators: tuple[int, list[Evaluator]] = (-1, [])

    def check(self, declared: Declared, call: Call[Any]) -> None:
        """Refuse a call that the caller may not make."""
        service = self._machine.service(declared.service)
        if declared.internal or _is_its_own(service, call):
            return
        vetoed = self._machine.registry.vetoing
        if self._machine.iam is Iam.OFF and not vetoed:
            return
        for access in self._needs(service, declared, call):
            if vetoed:
                self._veto(call, access)
            self.require(call, access)

    def allowed(self, call: Call[Any], access: Access) -> bool:
        """Whether the caller may do a further action. What AUDIT would deny is allowed, and noted."""
        try:
            if self._machine.registry.vetoing:
                self._veto(call, access)
            self.require(call, access)
        except Refusal:
            return False
        return True

    def require(self, call: Call[Any], access: Access) -> bool:
        """Refuse unless the policies allow; False where they do not decide. Raises `Refusal`, `NotInTrail`."""
        mode = self._machine.iam
        if mode is Iam.OFF:
            return False
        try:
            said = self._evaluate(call, access)
        except BadPolicy as error:
            log.warning("a policy cannot be evaluated", action=access.action, reason=str(error))
            said = Refusal("AccessDenied", "Access Denied", status=403)
        except NotInTrail as gap:
            if mode is Iam.ENFORCE:
                raise
            self._note(call, f"NotInTrail: {gap}")
            return False
        if isinstance(said, Denial):
            said = self._refusal(call, access, said)
        if not isinstance(said, Refusal):
            return said is True and mode is Iam.ENFORCE
        if mode is Iam.ENFORCE:
            raise said
        self._note(call, f"{said.code}: {said.message}")
        return False

    def asked(self, declared: Declared, call: Call[Any]) -> list[Access]:
        """What a call needs: actions on resources, as its service declares it."""
        return list(self._needs(self._machine.service(declared.service), declared, call))

    def said(self, call: Call[Any], access: Access) -> Refusal | Denial | bool | None:
        """What the policies say of one action, whatever the mode; None where they leave the caller alone.

        Raises `BadPolicy`, `NotInTrail`.
        """
        return self._evaluate(call, access)

    def explain(self, call: Call[Any], access: Access) -> list[Explained]:
        """How policies would decide an action, resource by resource, whatever `Machine.iam` says; nothing where no
        plugin keeps policies. Raises `BadPolicy`."""
        said: list[Explained] | None = self._machine.registry.hook("explain_access")(call=call, access=access)
        return said or []

    def needs(self, declared: Declared, call: Call[Any]) -> list[Access]:
        """What a call needs: as its service declares it, and as it asks in deciding."""
        service, recorder = self._machine.service(declared.service), Recorder(self._machine)
        found = list(self._needs(service, declared, call))
        asking = call.through(cast("World", recorder))
        with suppress(Refusal, NotInTrail):  # what is refused was asked for all the same
            declared.fn(self._machine.state_for(declared, asking), asking)
        return [*found, *recorder.asked]

    def denied(self, event_id: str) -> list[str]:
        """What AUDIT let pass in deciding a call."""
        return self._last[1] if self._last[0] == event_id else []

    def resource_policy(self, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
        """What the service of a resource tells of it."""
        parts = arn.split(":", 5)
        if len(parts) < 6:
            return None
        service = self._machine.registry.services.get(_client(parts[2]))
        if service is None or service.policing is None:
            return None
        account = parts[4] if parts[4] != AWS else call.account
        place = service.place(account or call.account, parts[3] or call.region)
        if service.scope is not Scope.PARTITION and not parts[4]:
            return None
        found: ResourcePolicy | None = service.policing(self._machine.state(place), call, arn, action)
        return found

    def controls(self, account: str) -> Controls | None:
        """What the organization of an account says of it. Its plugin is not loaded before a record tells of one."""
        for _, state in self._machine.states_of(ORGANIZATIONS):
            service = self._machine.service(ORGANIZATIONS)
            return service.controlling(state, account) if service.controlling is not None else None
        return None

    # within

    def _evaluate(self, call: Call[Any], access: Access) -> Refusal | Denial | bool | None:
        """What the hook `evaluate_access` says, called past pluggy, which would cost more than the evaluation."""
        registry = self._machine.registry
        if self._evaluators[0] != registry.generation:
            implemented = reversed(registry.hook("evaluate_access").get_hookimpls())
            found: list[Evaluator] = [one.function for one in implemented]
            self._evaluators = (registry.generation, found)
        for evaluator in self._evaluators[1]:
            said = evaluator(call=call, access=access)
            if said is not None:
                return said
        return None

    def _veto(self, call: Call[Any], access: Access) -> None:
        denial = self._machine.registry.hook("authorize")(call=call, access=access)
        if denial:
            raise Refusal("AccessDenied", denial, status=403)

    def _needs(self, service: Service[Any], declared: Declared, call: Call[Any]) -> Iterable[Access]:
        state = self._machine.state_for(declared, call)
        own = service.accesses.get(declared.action)
        if own is not None:
            return own.fn(state, call)  # type: ignore[no-any-return]
        if service.authorizer is not None:
            return service.authorizer(state, call)
        return [Access(action=f"{names.iam_prefix(service.name)}:{declared.action}", resources=["*"])]

    def _refusal(self, call: Call[Any], access: Access, denial: Denial) -> Refusal:
        name, service = call.service, self._machine.service(call.service)
        if name in ENCODING:
            told = messages.explained(denial, call.caller.identity, denial.asked, access.context)
            denial = msgspec.structs.replace(denial, encoded=call.encoded(told))
        if service.denied is not None:
            return service.denied(denial)
        return refusal(name, _protocol(name), denial)

    def _note(self, call: Call[Any], text: str) -> None:
        if self._last[0] != call.event_id:
            self._last = (call.event_id, [])
        self._last[1].append(text)


def _is_its_own(service: Service[Any], call: Call[Any]) -> bool:
    """Whether a service acts on its own resources, as itself."""
    caller = call.caller
    return caller.service == service.principal and caller.identity.type == "AWSService"


@cache
def _client(prefix: str) -> str:
    """The client name of the service that an ARN names: `states` -> `stepfunctions`."""
    if prefix in names.table():
        return prefix
    found = [client for client, row in names.table().items() if prefix in (row.iam, row.signing)]
    return min(found, key=lambda client: (len(client), client)) if found else prefix


@cache
def _protocol(service: str) -> str:
    row = names.table().get(service)
    return row.protocols[0] if row is not None and row.protocols else ""
