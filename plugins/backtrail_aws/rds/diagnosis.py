"""What is wrong with a database: who cannot connect to it, and which records made it so.

The book's rows DIAG-19 and 20, asked of the state by `backtrail diagnose`. It is no API of AWS's.
https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Troubleshooting.html#CHAP_Troubleshooting.Connecting
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Call, told
from backtrail.troubles import Blame, Finding, TellTrouble, TellTroubleResult
from backtrail_aws.rds import paths
from backtrail_aws.rds.state import Databases, Instance, service

_CHECKS = (
    ("security groups", ("ENI_SG_RULES_MISMATCH",)),
    ("network ACLs", ("SUBNET_ACL_RESTRICTION",)),
    ("route tables", ("NO_ROUTE_TO_DESTINATION", "BAD_STATE_ROUTE", "NO_POSSIBLE_DESTINATION")),
    ("internet gateway", ("UNASSOCIATED_COMPONENT", "IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS")),
)
"""What is looked at, in the book's order, and the explanation codes that say it fails."""
_ACTIONS = {
    "security groups": ["RevokeSecurityGroupIngress", "ModifySecurityGroupRules", "AuthorizeSecurityGroupIngress",
                        "CreateSecurityGroup"],
    "network ACLs": ["ReplaceNetworkAclAssociation", "CreateNetworkAclEntry", "ReplaceNetworkAclEntry",
                     "DeleteNetworkAclEntry", "CreateNetworkAcl"],
    "route tables": ["CreateRoute", "ReplaceRoute", "DeleteRoute", "AssociateRouteTable", "CreateRouteTable"],
    "internet gateway": ["DetachInternetGateway", "DeleteInternetGateway"],
}  # fmt: skip


@service.read(internal=True)
def tell_trouble(state: Databases, call: Call[TellTrouble]) -> TellTroubleResult:
    """All that the rules find about a database instance."""
    name = (
        call.params.resource.rpartition(":db:")[2] if ":db:" in call.params.resource else call.params.resource
    )
    database = state.instances.get(name.lower())
    if database is None:
        return TellTroubleResult(known=False)
    target = paths.target(call, database)
    found = (
        [*_unreached(call, database, target), *_narrow(call, database, target)] if target is not None else []
    )
    return TellTroubleResult(known=True, findings=found)


def _unreached(call: Call[Any], database: Instance, target: paths.Target) -> Iterator[Finding]:
    """DIAG-19: nobody who should connect can: the book's four checks, each passed or failed."""
    tried: list[tuple[str, paths.Reached]] = []
    for client in paths.clients(call, target):
        reached = paths.reach(call, client.id, target)
        if reached is None:
            return
        if reached.found:
            return
        tried.append((client.shown, reached))
    if not tried:
        return
    who, reached = tried[0]
    codes = {told(one.explanation_code, "") for one in reached.why}
    failed = {name for name, bad in _CHECKS if codes & set(bad)}
    if target.public and not paths.gateway(call, target):
        failed.add("internet gateway")
    checks = ", ".join(f"{name} {'FAIL' if name in failed else 'pass'}" for name, _ in _CHECKS)
    yield Finding(
        rule="DIAG-19", symptom=f"{who} cannot connect to {database.id} (tcp/{target.port})",
        cause=f"{checks}{''.join(f'; {one}' for one in dict.fromkeys(map(_worded, reached.why)) if one)}",
        fix=_fix(failed, target), blame=_blame(failed, reached, target),
    )  # fmt: skip


def _worded(why: paths.Why) -> str:
    code = told(why.explanation_code, "")
    if code == "SUBNET_ACL_RESTRICTION":
        rule = told(told(why.acl_rule, paths.AclRule()).rule_number, 0)
        return f"rule {rule} ({told(why.direction, '')}) of {told(told(why.acl, paths.Component()).id, '')} denies it"
    if code == "ENI_SG_RULES_MISMATCH":
        names = [told(one.id, "") for one in told(why.security_groups, [])]
        way = "out" if why.direction == "egress" else "in"
        return f"no rule of {', '.join(names)} lets it {way}"
    table = told(told(why.route_table, paths.Component()).id, "")
    return f"{table}: {code}" if table else code


def _fix(failed: set[str], target: paths.Target) -> str:
    if "security groups" in failed:
        return f"AuthorizeSecurityGroupIngress tcp/{target.port} from the client's security group"
    if "network ACLs" in failed:
        return f"CreateNetworkAclEntry: allow tcp/{target.port} in, and tcp 1024-65535 out"
    if "route tables" in failed:
        return "CreateRoute: from the client's subnet to the database's, and back"
    return "AttachInternetGateway, and a route to it from the database's subnets"


def _blame(failed: set[str], reached: paths.Reached, target: paths.Target) -> list[Blame]:
    """The first check that failed tells; what it named made it so."""
    first = next((name for name, _ in _CHECKS if name in failed), "")
    named: list[str] = []
    for one in reached.why:
        if first == "security groups":
            named += [told(group.id, "") for group in told(one.security_groups, [])]
        elif first == "network ACLs":
            named.append(told(told(one.acl, paths.Component()).id, ""))
        elif first == "route tables":
            named.append(told(told(one.route_table, paths.Component()).id, ""))
    named += [target.vpc] if first == "internet gateway" else []
    return [Blame(resource=one, actions=_ACTIONS[first]) for one in dict.fromkeys(named) if one]


def _narrow(call: Call[Any], database: Instance, target: paths.Target) -> Iterator[Finding]:
    """DIAG-20: the port is open to single addresses alone, as the console leaves it, and others want to connect."""
    admitted = paths.admitted(call, target)
    if not admitted or any(not one.endswith("/32") for one in admitted):
        return
    clients = list(paths.clients(call, target))
    left = [one for one in clients if not {f"{address}/32" for address in one.addresses} & set(admitted)]
    if clients and not left:
        return
    source = left[0].source if left else "the clients' own block"
    yield Finding(
        rule="DIAG-20", symptom=f"only {', '.join(admitted)} can connect to {database.id}",
        cause=f"the rules of {', '.join(target.groups)} for tcp/{target.port} name single addresses",
        fix=f"AuthorizeSecurityGroupIngress tcp/{target.port} from {source}; not from 0.0.0.0/0",
        blame=[Blame(resource=one, actions=_ACTIONS["security groups"]) for one in target.groups],
    )  # fmt: skip
