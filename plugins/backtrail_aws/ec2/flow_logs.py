"""Flow logs: https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs.html"""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, tags
from backtrail_aws.ec2.kinds import KINDS, Kind
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_gateways import FlowLog

FLOW_LOGS = Kind(
    "vpc-flow-log", "fl", FlowLog, lambda state: state.gateways.flow_logs,
    code="InvalidFlowLogId.NotFound", noun="flow log ID", cloudformation="AWS::EC2::FlowLog",
    parameters=("flow_log_ids",), created_by=("CreateFlowLogs",),
)  # fmt: skip

DEFAULT_FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} "
    "${bytes} ${start} ${end} ${action} ${log-status}"
)
"""vpc/latest/userguide/flow-log-records.html"""
_OF = {
    "VPC": "vpc", "Subnet": "subnet", "NetworkInterface": "network-interface", "TransitGateway": "transit-gateway",
    "TransitGatewayAttachment": "transit-gateway-attachment",
}  # fmt: skip
_DESTINATIONS = ("cloud-watch-logs", "s3", "kinesis-data-firehose")


@service.handle(token="client_token")
def create_flow_logs(state: Ec2, call: Call[api.CreateFlowLogs]) -> api.CreateFlowLogsResult:
    """One for each resource; a resource that has an equal one already is unsuccessful."""
    params = call.params
    tags.check_new(params.tag_specifications, "vpc-flow-log")
    _check(params)
    kind = KINDS[_OF[params.resource_type]]
    kind.find_all(state, params.resource_ids)
    made: list[str] = []
    failed: list[api.UnsuccessfulItem] = []
    for resource in params.resource_ids:
        if any(_equal(one, params, resource) for one in state.gateways.flow_logs.values()):
            failed.append(_there_already(resource))
        else:
            made.append(call.new_id("fl", resource))
    token = told(params.client_token, call.request_id)  # incident-a: one that nobody gave is shown, too
    return api.CreateFlowLogsResult(client_token=token, flow_log_ids=made, unsuccessful=failed)


def _check(params: api.CreateFlowLogs) -> None:
    kind = told(params.log_destination_type, "cloud-watch-logs")
    if params.resource_type not in _OF:
        # evidence: guess
        raise errors.invalid(f"Value ({params.resource_type}) for parameter ResourceType is invalid.")
    if kind not in _DESTINATIONS:
        # evidence: guess
        raise errors.invalid(f"Value ({kind}) for parameter LogDestinationType is invalid.")
    watched = params.resource_type in ("VPC", "Subnet", "NetworkInterface")
    if watched and told(params.traffic_type, "") not in ("ACCEPT", "REJECT", "ALL"):
        raise errors.missing("TrafficType")
    named, group = isinstance(params.log_destination, str), isinstance(params.log_group_name, str)
    if named and group:
        # evidence: guess
        raise errors.combination("Please only provide LogGroupName or only provide LogDestination.")
    if kind == "cloud-watch-logs":
        if not named and not group:
            raise errors.missing("LogGroupName")
        if isinstance(params.deliver_logs_permission_arn, UnsetType):
            # evidence: guess
            raise errors.invalid(
                "DeliverLogsPermissionArn can't be empty if LogDestinationType is cloud-watch-logs."
            )
    elif not named:
        # evidence: guess
        raise errors.invalid("LogDestination can't be empty if LogGroupName is not provided.")
    if kind == "s3" and isinstance(params.deliver_logs_permission_arn, str):
        # evidence: https://github.com/aws-samples/aws-secure-environment-accelerator/issues/1111 (the words)
        raise errors.combination("DeliverLogsPermissionArn is not applicable for s3 delivery.")
    if told(params.max_aggregation_interval, 600) not in (60, 600):
        # evidence: guess
        raise errors.invalid("Invalid Flow Log Max Aggregation Interval")


def _equal(held: FlowLog, params: api.CreateFlowLogs, resource: str) -> bool:
    """flow-logs-limitations.html: no two with the same resource, traffic and destination."""
    return (
        held.resource == resource
        and held.traffic == params.traffic_type
        and (held.destination, held.group) == (params.log_destination, params.log_group_name)
    )


def _there_already(resource: str) -> api.UnsuccessfulItem:
    error = api.UnsuccessfulItemError(
        code="FlowLogAlreadyExists",
        # evidence: page errors-overview.html; words: guess
        message="Error. There is an existing Flow Log with the same configuration and log destination.",
    )
    return api.UnsuccessfulItem(error=error, resource_id=resource)


@service.project
def flow_logs_created(state: Ec2, event: Event[api.CreateFlowLogs, api.CreateFlowLogsResult]) -> None:
    """The flow logs are there."""
    params, options = event.params, told(event.params.destination_options, api.DestinationOptionsRequest())
    failed = {told(one.resource_id, "") for one in told(event.result.unsuccessful, [])}
    watched = [one for one in params.resource_ids if one not in failed]
    for identifier, resource in zip(told(event.result.flow_log_ids, []), watched, strict=False):
        held = FLOW_LOGS.known(state, event, identifier)
        held.resource, held.traffic, held.made = resource, params.traffic_type, event.time
        held.destination_type = told(params.log_destination_type, "cloud-watch-logs")
        held.destination, held.group = params.log_destination, params.log_group_name
        held.role, held.cross_role = params.deliver_logs_permission_arn, params.deliver_cross_account_role
        held.format = told(params.log_format, DEFAULT_FORMAT)
        held.interval = told(params.max_aggregation_interval, 600)
        held.file_format, held.hive = options.file_format, options.hive_compatible_partitions
        held.hourly = options.per_hour_partition
        held.tags = tags.given(params.tag_specifications, "vpc-flow-log")


@service.handle
def delete_flow_logs(state: Ec2, call: Call[api.DeleteFlowLogs]) -> api.DeleteFlowLogsResult:
    """All of them, or none."""
    FLOW_LOGS.find_all(state, call.params.flow_log_ids)
    return api.DeleteFlowLogsResult(unsuccessful=[])


@service.project
def flow_logs_deleted(state: Ec2, event: Event[api.DeleteFlowLogs, api.DeleteFlowLogsResult]) -> None:
    """The flow logs are gone."""
    for identifier in event.params.flow_log_ids:
        state.gateways.flow_logs.pop(identifier, None)


_FIELDS: filters.Fields[FlowLog] = {
    "deliver-log-status": lambda one: "SUCCESS",
    "flow-log-id": lambda one: one.id,
    "log-destination-type": lambda one: one.destination_type,
    "log-group-name": lambda one: one.group,
    "resource-id": lambda one: one.resource,
    "traffic-type": lambda one: one.traffic,
}
"""API_DescribeFlowLogs: Filters."""


@service.read
def describe_flow_logs(state: Ec2, call: Call[api.DescribeFlowLogs]) -> api.DescribeFlowLogsResult:
    """Flow logs, in the order of their ids; one that is deleted is not there (incident-a 636f61f0), and no error."""
    wanted = told(call.params.flow_log_ids, [])
    held = state.gateways.flow_logs
    items = {one: held[one] for one in sorted(set(wanted)) if one in held} if wanted else held
    page = filters.paged(call, items, filters.tagged(call.params.filter, _FIELDS))
    return api.DescribeFlowLogsResult(
        flow_logs=[shown(one) for one in page.items], next_token=page.next or UNSET
    )


def shown(held: FlowLog) -> api.FlowLog:
    """A flow log as answers show it."""
    return api.FlowLog(
        creation_time=UNSET if isinstance(held.made, UnsetType) else IsoMillisZ.of(held.made),
        deliver_logs_permission_arn=held.role, deliver_cross_account_role=held.cross_role,
        deliver_logs_status="SUCCESS", flow_log_id=held.id, flow_log_status="ACTIVE", log_group_name=held.group,
        resource_id=held.resource, traffic_type=held.traffic, log_destination_type=held.destination_type,
        log_destination=held.destination, log_format=held.format, tags=tags.shown(held.tags),
        max_aggregation_interval=held.interval, destination_options=_options(held),
    )  # fmt: skip


def _options(held: FlowLog) -> api.DestinationOptionsResponse | UnsetType:
    if held.destination_type != "s3":
        return UNSET
    return api.DestinationOptionsResponse(
        file_format=told(held.file_format, "plain-text"), hive_compatible_partitions=told(held.hive, False),
        per_hour_partition=told(held.hourly, False),
    )  # fmt: skip
