"""Where traffic is mirrored to, and whose: https://docs.aws.amazon.com/vpc/latest/mirroring/what-is-traffic-mirroring.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Refusal, UnsetType, told
from backtrail_aws.ec2 import api, errors, filters, limits, tags
from backtrail_aws.ec2.interfaces import INTERFACES
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_watching import MirrorSession, MirrorTarget
from backtrail_aws.ec2.traffic_mirror_filters import MIRROR_FILTERS
from backtrail_aws.ec2.vpc_endpoints import ENDPOINTS

MIRROR_TARGETS = Kind(
    "traffic-mirror-target", "tmt", MirrorTarget, lambda state: state.watching.mirror_targets,
    code="InvalidTrafficMirrorTargetNoFound", noun="traffic mirror target ID",
    cloudformation="AWS::EC2::TrafficMirrorTarget",
    parameters=("traffic_mirror_target_id", "traffic_mirror_target_ids"),
    created_by=("CreateTrafficMirrorTarget",),
)  # fmt: skip
MIRROR_SESSIONS = Kind(
    "traffic-mirror-session", "tms", MirrorSession, lambda state: state.watching.mirror_sessions,
    code="InvalidTrafficMirrorSessionNotFound", noun="traffic mirror session ID",
    cloudformation="AWS::EC2::TrafficMirrorSession",
    parameters=("traffic_mirror_session_id", "traffic_mirror_session_ids"),
    created_by=("CreateTrafficMirrorSession",),
)  # fmt: skip

_SESSION_NUMBERS = range(1, 32_767)  # API_CreateTrafficMirrorSession
_PER_INTERFACE = 3  # traffic-mirroring-limits.html
_LENGTH = 8_500


# targets


@service.handle(token="client_token")
def create_traffic_mirror_target(
    state: Ec2, call: Call[api.CreateTrafficMirrorTarget]
) -> api.CreateTrafficMirrorTargetResult:
    """One of an interface, a balancer and an endpoint."""
    params = call.params
    tags.check_new(params.tag_specifications, "traffic-mirror-target")
    named = [
        params.network_interface_id,
        params.network_load_balancer_arn,
        params.gateway_load_balancer_endpoint_id,
    ]
    if sum(isinstance(one, str) for one in named) != 1:
        # evidence: page API_CreateTrafficMirrorTarget (the rule); words: guess
        raise errors.combination(
            "Exactly one of NetworkInterfaceId, NetworkLoadBalancerArn and GatewayLoadBalancerEndpointId must be given."
        )
    if isinstance(params.network_interface_id, str):
        INTERFACES.find(state, params.network_interface_id)
        if any(
            one.interface == params.network_interface_id for one in state.watching.mirror_targets.values()
        ):
            # evidence: page errors-overview.html (InterfaceInUseByTrafficMirrorTarget); words: guess
            raise Refusal(
                "InterfaceInUseByTrafficMirrorTarget",
                f"Network interface {params.network_interface_id} is in use by a traffic mirror target.",
            )
    if isinstance(params.gateway_load_balancer_endpoint_id, str):
        ENDPOINTS.find(state, params.gateway_load_balancer_endpoint_id)
    if len(state.watching.mirror_targets) >= call.quota("mirror_targets", limits.MIRROR_TARGETS_MAX):
        raise errors.limit("TrafficMirrorTargetLimitExceeded", "traffic mirror targets")
    identifier = call.new_id("tmt")
    target = MirrorTarget(
        id=identifier, arn=MIRROR_TARGETS.arn(call, identifier), interface=params.network_interface_id,
        balancer=params.network_load_balancer_arn, endpoint=params.gateway_load_balancer_endpoint_id,
        description=params.description, tags=tags.given(params.tag_specifications, "traffic-mirror-target"),
    )  # fmt: skip
    return api.CreateTrafficMirrorTargetResult(
        traffic_mirror_target=target_shown(target), client_token=params.client_token
    )


@service.project
def traffic_mirror_target_created(
    state: Ec2, event: Event[api.CreateTrafficMirrorTarget, api.CreateTrafficMirrorTargetResult]
) -> None:
    """The target is there."""
    made = told(event.result.traffic_mirror_target, api.TrafficMirrorTarget())
    if isinstance(made.traffic_mirror_target_id, UnsetType):
        return
    params = event.params
    target = MIRROR_TARGETS.known(state, event, made.traffic_mirror_target_id)
    target.interface, target.balancer = params.network_interface_id, params.network_load_balancer_arn
    target.endpoint, target.description = params.gateway_load_balancer_endpoint_id, params.description
    target.tags = tags.given(params.tag_specifications, "traffic-mirror-target")
    if isinstance(params.network_interface_id, str):
        INTERFACES.known(state, event, params.network_interface_id)


@service.handle
def delete_traffic_mirror_target(
    state: Ec2, call: Call[api.DeleteTrafficMirrorTarget]
) -> api.DeleteTrafficMirrorTargetResult:
    """Refuse while a session has it."""
    target = MIRROR_TARGETS.find(state, call.params.traffic_mirror_target_id)
    if any(one.target == target.id for one in state.watching.mirror_sessions.values()):
        # evidence: page errors-overview.html (TrafficMirrorTargetInUseException); words: guess
        raise Refusal(
            "TrafficMirrorTargetInUseException",
            f"Traffic mirror target {target.id} is in use and cannot be deleted.",
        )
    return api.DeleteTrafficMirrorTargetResult(traffic_mirror_target_id=target.id)


@service.project
def traffic_mirror_target_deleted(
    state: Ec2, event: Event[api.DeleteTrafficMirrorTarget, api.DeleteTrafficMirrorTargetResult]
) -> None:
    """The target is gone."""
    state.watching.mirror_targets.pop(event.params.traffic_mirror_target_id, None)


def _type(target: MirrorTarget) -> str:
    if isinstance(target.balancer, str):
        return "network-load-balancer"
    return "gateway-load-balancer-endpoint" if isinstance(target.endpoint, str) else "network-interface"


_TARGET_FIELDS: filters.Fields[MirrorTarget] = {
    "description": lambda one: one.description,
    "network-interface-id": lambda one: one.interface,
    "network-load-balancer-arn": lambda one: one.balancer,
    "owner-id": lambda one: one.owner,
    "traffic-mirror-target-id": lambda one: one.id,
}
"""API_DescribeTrafficMirrorTargets: Filters."""


@service.read
def describe_traffic_mirror_targets(
    state: Ec2, call: Call[api.DescribeTrafficMirrorTargets]
) -> api.DescribeTrafficMirrorTargetsResult:
    """Targets, in the order of their ids."""
    page = filters.described(
        state, call, MIRROR_TARGETS, call.params.traffic_mirror_target_ids, _TARGET_FIELDS
    )
    return api.DescribeTrafficMirrorTargetsResult(
        traffic_mirror_targets=[target_shown(one) for one in page.items], next_token=page.next or UNSET
    )


def target_shown(target: MirrorTarget) -> api.TrafficMirrorTarget:
    """A target as answers show it."""
    return api.TrafficMirrorTarget(
        traffic_mirror_target_id=target.id, network_interface_id=target.interface,
        network_load_balancer_arn=target.balancer, gateway_load_balancer_endpoint_id=target.endpoint,
        type=_type(target), description=target.description, owner_id=target.owner, tags=tags.shown(target.tags),
    )  # fmt: skip


# sessions


@service.handle(token="client_token")
def create_traffic_mirror_session(
    state: Ec2, call: Call[api.CreateTrafficMirrorSession]
) -> api.CreateTrafficMirrorSessionResult:
    """An interface, a target, a filter, and the order among the interface's sessions."""
    params = call.params
    tags.check_new(params.tag_specifications, "traffic-mirror-session")
    interface = INTERFACES.find(state, params.network_interface_id)
    MIRROR_TARGETS.find(state, params.traffic_mirror_target_id)
    MIRROR_FILTERS.find(state, params.traffic_mirror_filter_id)
    if params.session_number not in _SESSION_NUMBERS:
        # evidence: page API_CreateTrafficMirrorSession (the range); words: guess
        raise errors.invalid(f"Value ({params.session_number}) for parameter sessionNumber is invalid.")
    held = [one for one in state.watching.mirror_sessions.values() if one.interface == interface.id]
    if any(one.number == params.session_number for one in held):
        # evidence: page API_CreateTrafficMirrorSession (the rule); words: guess
        raise errors.invalid(f"Session number {params.session_number} is in use for {interface.id}.")
    if len(held) >= _PER_INTERFACE:
        raise errors.limit(
            "TrafficMirrorSessionsPerInterfaceLimitExceeded",
            "traffic mirror sessions for the network interface",
        )
    if len(state.watching.mirror_sessions) >= call.quota("mirror_sessions", limits.MIRROR_SESSIONS_MAX):
        raise errors.limit("TrafficMirrorSessionLimitExceeded", "traffic mirror sessions")
    identifier = call.new_id("tms")
    session = MirrorSession(
        id=identifier, arn=MIRROR_SESSIONS.arn(call, identifier), interface=interface.id,
        target=params.traffic_mirror_target_id, filter=params.traffic_mirror_filter_id, number=params.session_number,
        length=told(params.packet_length, _LENGTH), description=params.description,
        network=told(params.virtual_network_id, int(call.new_id("hex8", "vni")[:6], 16)),
        tags=tags.given(params.tag_specifications, "traffic-mirror-session"),
    )  # fmt: skip
    return api.CreateTrafficMirrorSessionResult(
        traffic_mirror_session=session_shown(session), client_token=params.client_token
    )


@service.project
def traffic_mirror_session_created(
    state: Ec2, event: Event[api.CreateTrafficMirrorSession, api.CreateTrafficMirrorSessionResult]
) -> None:
    """The session is there."""
    made, params = told(event.result.traffic_mirror_session, api.TrafficMirrorSession()), event.params
    if isinstance(made.traffic_mirror_session_id, UnsetType):
        return
    session = MIRROR_SESSIONS.known(state, event, made.traffic_mirror_session_id)
    session.interface = INTERFACES.known(state, event, params.network_interface_id).id
    session.target = MIRROR_TARGETS.known(state, event, params.traffic_mirror_target_id).id
    session.filter = MIRROR_FILTERS.known(state, event, params.traffic_mirror_filter_id).id
    session.number, session.description = params.session_number, params.description
    session.length = told(made.packet_length, params.packet_length)
    session.network = told(made.virtual_network_id, params.virtual_network_id)
    session.tags = tags.given(params.tag_specifications, "traffic-mirror-session")


@service.handle
def delete_traffic_mirror_session(
    state: Ec2, call: Call[api.DeleteTrafficMirrorSession]
) -> api.DeleteTrafficMirrorSessionResult:
    """The session must be there."""
    session = MIRROR_SESSIONS.find(state, call.params.traffic_mirror_session_id)
    return api.DeleteTrafficMirrorSessionResult(traffic_mirror_session_id=session.id)


@service.project
def traffic_mirror_session_deleted(
    state: Ec2, event: Event[api.DeleteTrafficMirrorSession, api.DeleteTrafficMirrorSessionResult]
) -> None:
    """The session is gone."""
    state.watching.mirror_sessions.pop(event.params.traffic_mirror_session_id, None)


_SESSION_FIELDS: filters.Fields[MirrorSession] = {
    "description": lambda one: one.description,
    "network-interface-id": lambda one: one.interface,
    "owner-id": lambda one: one.owner,
    "packet-length": lambda one: one.length,
    "session-number": lambda one: one.number,
    "traffic-mirror-filter-id": lambda one: one.filter,
    "traffic-mirror-session-id": lambda one: one.id,
    "traffic-mirror-target-id": lambda one: one.target,
    "virtual-network-id": lambda one: one.network,
}
"""API_DescribeTrafficMirrorSessions: Filters."""


@service.read
def describe_traffic_mirror_sessions(
    state: Ec2, call: Call[api.DescribeTrafficMirrorSessions]
) -> api.DescribeTrafficMirrorSessionsResult:
    """Sessions, in the order of their ids."""
    page = filters.described(
        state, call, MIRROR_SESSIONS, call.params.traffic_mirror_session_ids, _SESSION_FIELDS
    )
    return api.DescribeTrafficMirrorSessionsResult(
        traffic_mirror_sessions=[session_shown(one) for one in page.items], next_token=page.next or UNSET
    )


def session_shown(session: MirrorSession) -> api.TrafficMirrorSession:
    """A session as answers show it."""
    return api.TrafficMirrorSession(
        traffic_mirror_session_id=session.id, traffic_mirror_target_id=session.target,
        traffic_mirror_filter_id=session.filter, network_interface_id=session.interface, owner_id=session.owner,
        packet_length=session.length, session_number=session.number, virtual_network_id=session.network,
        description=session.description, tags=tags.shown(session.tags),
    )  # fmt: skip
