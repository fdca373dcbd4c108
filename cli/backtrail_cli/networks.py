"""Asking a folded account about its networks, and what is wrong with its resources.

The answers are the plugins', by two internal questions: `TellReach`, which `ec2` answers, and `TellTrouble`, which
every service may answer. Here they are put, and the records to blame are found.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar, cast

from backtrail.call import Call, Caller
from backtrail.identity import default_account
from backtrail.machine import Machine
from backtrail.payload import UNSET, Params, UnsetType
from backtrail.record import Identity
from backtrail.troubles import Finding, TellTrouble, TellTroubleResult
from backtrail_cli import faults, resources

if TYPE_CHECKING:
    from backtrail_eventstore import SqliteStore, Touch

T = TypeVar("T")

SERVICE = "ec2"
LOOKED_AT = 400
"""Records about one resource that are looked through for the one to blame: the newest."""


class TellReach(Params):
    """The plugin's question: whether packets get there."""

    source: str
    destination: str
    protocol: str = "tcp"
    port: int | UnsetType = UNSET
    address: str | UnsetType = UNSET


class Reached(Params):
    """Its answer: the components on the way as AWS's API has them."""

    found: bool
    missing: str = ""
    steps: list[dict[str, Any]] = []
    back: list[dict[str, Any]] = []
    why: list[dict[str, Any]] = []


def place_of(
    machine: Machine,
    named: Iterable[str],
    account: str | None,
    region: str | None,
    services: tuple[str, ...] = (SERVICE,),
) -> tuple[str, str]:
    """The account and region of the first of some resources that the account has; what was said goes first."""
    names = set(named)
    short = {one.rpartition("/")[2] for one in names}
    found = next(
        (one for one in resources.things(machine, services) if one.arn in names or one.id in names | short),
        None,
    )
    return (
        account or (found.account if found is not None else default_account(machine)),
        region or (found.region if found is not None else "us-east-1"),
    )


def doctors(machine: Machine) -> tuple[str, ...]:
    """The services that can tell what is wrong with their resources."""
    names = machine.registry.names()
    return tuple(name for name in names if machine.registry.handler(name, TellTrouble.__name__) is not None)


def troubles(
    machine: Machine, place: tuple[str, str], time: datetime, question: TellTrouble, services: tuple[str, ...]
) -> TellTroubleResult:
    """What all of some services find, in the order of the rules."""
    answers = [ask(machine, place, time, question, TellTroubleResult, service) for service in services]
    found = [finding for answer in answers for finding in answer.findings]
    return TellTroubleResult(
        known=any(answer.known for answer in answers), findings=sorted(found, key=lambda one: one.rule)
    )


def ask(
    machine: Machine, place: tuple[str, str], time: datetime, question: Params, kind: type[T], service: str = SERVICE
) -> T:  # fmt: skip
    """A plugin's answer. Raises `Fault` where none knows the question."""
    account, region = place
    root = Identity(type="Root", arn=f"arn:aws:iam::{account}:root", account_id=account, principal_id=account)
    call: Call[Any] = Call(
        machine, service=service, params=question, account=account, region=region, time=time, event_id="",
        request_id="", caller=Caller(identity=root, account=account),
    )  # fmt: skip
    answer = machine.ask(call, service, question, kind)
    if answer is None:
        raise faults.Fault(f"no plugin of {service} knows {type(question).__name__}; see `backtrail plugins`")
    return answer


async def to_blame(store: SqliteStore, finding: Finding, until: datetime | None) -> Touch | None:
    """The record that made it so: the last of the actions in question that was done to one of the resources."""
    for blame in finding.blame:
        touches = await store.index.touching(blame.resource, limit=LOOKED_AT, newest_first=True)
        for touch in touches:
            late = until is not None and touch.time > until
            if not touch.error and not late and touch.action in blame.actions:
                return touch
    return None


# showing


def name(component: Any) -> str:
    """A component: its id, and its name where it has one."""
    held = cast("dict[str, Any]", component) if isinstance(component, dict) else {}
    text = str(held.get("id", "?"))
    return f"{text} ({held['name']})" if held.get("name") else text


def step(one: dict[str, Any]) -> str:
    """A component of a path, with the rule or route that let the packets pass."""
    parts = [name(one.get("component"))]
    if acl := one.get("aclRule"):
        way = "out" if acl.get("egress") else "in"
        parts.append(f"rule {acl.get('ruleNumber')} {acl.get('ruleAction')}s {_traffic(acl)} {way}")
    if group := one.get("securityGroupRule"):
        peer = group.get("cidr") or group.get("securityGroupId") or group.get("prefixListId") or ""
        parts.append(
            f"lets {_traffic(group)} {'out to' if group.get('direction') == 'egress' else 'in from'} {peer}"
        )
    if route := one.get("routeTableRoute") or one.get("transitGatewayRouteTableRoute"):
        parts.append(_route(route))
    return "  ".join(parts)


def _traffic(rule: dict[str, Any]) -> str:
    protocol = str(rule.get("protocol", "-1"))
    held: dict[str, Any] | None = rule.get("portRange")
    if protocol == "-1":
        return "everything"
    if not held:
        return protocol
    first, last = held.get("from"), held.get("to")
    return f"{protocol}/{first}" if first == last else f"{protocol}/{first}-{last}"


def _route(route: dict[str, Any]) -> str:
    to = route.get("destinationCidr") or route.get("destinationPrefixListId") or "?"
    target = next(
        (value for key, value in route.items() if key.endswith("Id") and key != "destinationPrefixListId"),
        "?",
    )
    return f"{to} -> {target}" + (" (blackhole)" if route.get("state") == "blackhole" else "")


def reason(one: dict[str, Any]) -> str:
    """Why packets are stopped: AWS's code, and what it is about."""
    parts = [str(one.get("explanationCode"))]
    if acl := one.get("aclRule"):
        parts.append(f"{name(one.get('acl'))} rule {acl.get('ruleNumber')}, {one.get('direction')}")
    elif groups := one.get("securityGroups"):
        parts.append(f"{', '.join(name(group) for group in groups)}, {one.get('direction')}")
    elif component := one.get("component") or one.get("routeTable") or one.get("vpc"):
        parts.append(name(component))
    if route := one.get("routeTableRoute"):
        parts.append(_route(route))
    elif one.get("address"):
        parts.append(f"for {one['address']}")
    return "  ".join(parts)
