"""Reachability Analyzer: https://docs.aws.amazon.com/vpc/latest/reachability/what-is-reachability-analyzer.html

An analysis is what the state said when it was begun: it is kept as it was answered, and never looked at again.
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Event, Refusal, UnsetType, told
from backtrail.trail.times import IsoMillisZ
from backtrail_aws.ec2 import api, errors, filters, limits, reach, tags
from backtrail_aws.ec2.casting import cast
from backtrail_aws.ec2.kinds import Kind
from backtrail_aws.ec2.reach_parts import ANY_PORT, EPHEMERAL, Place, World
from backtrail_aws.ec2.state import Ec2, service
from backtrail_aws.ec2.state_watching import InsightsAnalysis, InsightsPath

PATHS = Kind(
    "network-insights-path", "nip", InsightsPath, lambda state: state.watching.paths,
    code="InvalidNetworkInsightsPathId.NotFound", noun="network insights path ID",
    cloudformation="AWS::EC2::NetworkInsightsPath",
    parameters=("network_insights_path_id", "network_insights_path_ids"), created_by=("CreateNetworkInsightsPath",),
)  # fmt: skip
ANALYSES = Kind(
    "network-insights-analysis", "nia", InsightsAnalysis, lambda state: state.watching.analyses,
    code="InvalidNetworkInsightsAnalysisId.NotFound", noun="network insights analysis ID",
    cloudformation="AWS::EC2::NetworkInsightsAnalysis",
    parameters=("network_insights_analysis_id", "network_insights_analysis_ids"),
    created_by=("StartNetworkInsightsAnalysis",), parent=lambda analysis: told(analysis.path, None),
)  # fmt: skip

_PROTOCOLS = ("tcp", "udp")  # API_CreateNetworkInsightsPath: Protocol


class Found(msgspec.Struct, frozen=True):
    """What an analysis found: no record of StartNetworkInsightsAnalysis tells."""

    found: bool
    forward: list[api.PathComponent] = []
    back: list[api.PathComponent] = []
    explanations: list[api.Explanation] = []


def world_of(state: Ec2, call: Call[Any]) -> World:
    """Everything that a path of a call's place may lead through."""
    return World(call, lambda account, region: call.own(service, account, region), state)


# paths


@service.handle(token="client_token")
def create_network_insights_path(
    state: Ec2, call: Call[api.CreateNetworkInsightsPath]
) -> api.CreateNetworkInsightsPathResult:
    """A path whose ends are there."""
    params = call.params
    tags.check_new(params.tag_specifications, "network-insights-path")
    if params.protocol not in _PROTOCOLS:
        # evidence: guess
        raise errors.invalid(f"Value ({params.protocol}) for parameter protocol is invalid.")
    filtered = told(params.filter_at_destination, api.PathRequestFilter())
    if not any(
        isinstance(one, str)
        for one in (params.destination, params.destination_ip, filtered.destination_address)
    ):
        raise errors.missing("Destination")
    if not 0 <= told(params.destination_port, 0) <= 65_535:
        # evidence: page API_CreateNetworkInsightsPath (the range); words: guess
        raise errors.invalid(f"Value ({params.destination_port}) for parameter destinationPort is invalid.")
    world = world_of(state, call)
    for name in (params.source, params.destination):
        if isinstance(name, str) and reach.place(world, world.home, name) is None:
            raise _no_end(name)
    if len(state.watching.paths) >= call.quota("insights_paths", limits.INSIGHTS_PATHS_MAX):
        raise errors.limit("NetworkInsightsPathLimitExceeded", "network insights paths")
    identifier = call.new_id("nip")
    path = _path(identifier, params)
    path.arn, path.made = PATHS.arn(call, identifier), IsoMillisZ.of(call.time)
    return api.CreateNetworkInsightsPathResult(network_insights_path=path_shown(world, path))


def _no_end(name: str) -> Refusal:
    """An end of a path that is not there."""
    # evidence: guess
    return errors.invalid(f"The resource {name} does not exist, or cannot be an end of a path.")


def _path(identifier: str, params: api.CreateNetworkInsightsPath) -> InsightsPath:
    def kept(given: api.PathRequestFilter | UnsetType) -> api.PathFilter | UnsetType:
        return UNSET if isinstance(given, UnsetType) else cast(given, api.PathFilter)

    return InsightsPath(
        id=identifier, source=params.source, destination=params.destination, source_ip=params.source_ip,
        destination_ip=params.destination_ip, protocol=params.protocol, port=params.destination_port,
        at_source=kept(params.filter_at_source), at_destination=kept(params.filter_at_destination),
        tags=tags.given(params.tag_specifications, "network-insights-path"),
    )  # fmt: skip


@service.project
def network_insights_path_created(
    state: Ec2, event: Event[api.CreateNetworkInsightsPath, api.CreateNetworkInsightsPathResult]
) -> None:
    """The path is there."""
    made = told(event.result.network_insights_path, api.NetworkInsightsPath())
    if isinstance(made.network_insights_path_id, UnsetType):
        return
    path = _path(made.network_insights_path_id, event.params)
    path.arn, path.made = PATHS.arn(event, path.id), event.time
    state.watching.paths[path.id] = path


@service.handle
def delete_network_insights_path(
    state: Ec2, call: Call[api.DeleteNetworkInsightsPath]
) -> api.DeleteNetworkInsightsPathResult:
    """Refuse while it has analyses."""
    path = PATHS.find(state, call.params.network_insights_path_id)
    if any(one.path == path.id for one in state.watching.analyses.values()):
        # evidence: page API_DeleteNetworkInsightsPath; code and words: guess
        raise Refusal(
            "AnalysisExistsForNetworkInsightsPath",
            f"Analysis exists for the network insights path {path.id}: delete it first.",
        )
    return api.DeleteNetworkInsightsPathResult(network_insights_path_id=path.id)


@service.project
def network_insights_path_deleted(
    state: Ec2, event: Event[api.DeleteNetworkInsightsPath, api.DeleteNetworkInsightsPathResult]
) -> None:
    """The path is gone."""
    state.watching.paths.pop(event.params.network_insights_path_id, None)


@service.read
def describe_network_insights_paths(
    state: Ec2, call: Call[api.DescribeNetworkInsightsPaths]
) -> api.DescribeNetworkInsightsPathsResult:
    """Paths, in the order of their ids."""
    world = world_of(state, call)
    fields: filters.Fields[InsightsPath] = {
        "destination": lambda one: one.destination,
        "destination-port": lambda one: one.port,
        "filter-at-destination.destination-address": lambda one: (
            told(one.at_destination, api.PathFilter()).destination_address
        ),
        "filter-at-source.source-address": lambda one: told(one.at_source, api.PathFilter()).source_address,
        "protocol": lambda one: one.protocol,
        "source": lambda one: one.source,
    }
    page = filters.described(
        state, call, PATHS, call.params.network_insights_path_ids, fields, bounds=(1, 100)
    )
    return api.DescribeNetworkInsightsPathsResult(
        network_insights_paths=[path_shown(world, one) for one in page.items], next_token=page.next or UNSET
    )


def path_shown(world: World, path: InsightsPath) -> api.NetworkInsightsPath:
    """A path as answers show it."""
    return api.NetworkInsightsPath(
        network_insights_path_id=path.id, network_insights_path_arn=path.arn,
        created_date=UNSET if isinstance(path.made, UnsetType) else IsoMillisZ.of(path.made),
        source=_bare(path.source), destination=_bare(path.destination), source_arn=_arn(path.source),
        destination_arn=_arn(path.destination), source_ip=path.source_ip, destination_ip=path.destination_ip,
        protocol=path.protocol, destination_port=path.port, tags=tags.shown(path.tags),
        filter_at_source=path.at_source, filter_at_destination=path.at_destination,
    )  # fmt: skip


def _bare(name: str | UnsetType) -> str | UnsetType:
    return name.rpartition("/")[2] if isinstance(name, str) else UNSET


def _arn(name: str | UnsetType) -> str | UnsetType:
    return name if isinstance(name, str) and name.startswith("arn:") else UNSET


# analyses


@service.handle(token="client_token")
def start_network_insights_analysis(
    state: Ec2, call: Call[api.StartNetworkInsightsAnalysis]
) -> Answer[api.StartNetworkInsightsAnalysisResult]:
    """The answer is there at once, and told when it is asked for."""
    params = call.params
    tags.check_new(params.tag_specifications, "network-insights-analysis")
    path = PATHS.find(state, params.network_insights_path_id)
    if len(state.watching.analyses) >= call.quota("insights_analyses", limits.INSIGHTS_ANALYSES_MAX):
        raise errors.limit("NetworkInsightsAnalysisLimitExceeded", "network insights analyses")
    identifier = call.new_id("nia")
    found = _analysed(world_of(state, call), path, told(params.filter_in_arns, []))
    analysis = InsightsAnalysis(
        id=identifier, arn=ANALYSES.arn(call, identifier), path=path.id, begun=call.time,
        filter_in=told(params.filter_in_arns, []), filter_out=told(params.filter_out_arns, []),
        accounts=told(params.additional_accounts, []),
        tags=tags.given(params.tag_specifications, "network-insights-analysis"),
    )  # fmt: skip
    shown = api.StartNetworkInsightsAnalysisResult(
        network_insights_analysis=analysis_shown(analysis, "running")
    )
    return Answer(shown, note=found)


def _analysed(world: World, path: InsightsPath, through: list[str]) -> Found:
    """What a path's question is answered now. An end that is gone meanwhile is no functional component."""
    begin, end = _ends(world, path)
    if begin is None or end is None:
        lost = told(path.source if begin is None else path.destination, told(path.destination_ip, ""))
        why = api.Explanation(explanation_code="BAD_STATE", component=api.AnalysisComponent(id=lost))
        return Found(found=False, explanations=[why])
    at_source = told(path.at_source, api.PathFilter())
    at_end = told(path.at_destination, api.PathFilter())
    port = path.port
    question = reach.Question(
        begin=begin, end=end, protocol=path.protocol,
        ports=(port, port) if not isinstance(port, UnsetType)
        else _range(told(at_end.destination_port_range, at_source.destination_port_range), ANY_PORT),
        source_ports=_range(at_source.source_port_range, EPHEMERAL),
        source_ip=told(path.source_ip, told(at_source.source_address, "")),
        destination_ip=told(path.destination_ip, told(at_source.destination_address, "")),
    )  # fmt: skip
    reached = reach.analyse(world, question)
    passed = {told(told(one.component, api.AnalysisComponent()).arn, "") for one in reached.forward}
    if reached.found and not set(through) <= passed:
        why = api.Explanation(explanation_code="COMPONENT_FILTER_RESTRICTION")
        return Found(found=False, explanations=[why])
    return Found(
        found=reached.found, forward=reached.forward, back=reached.back, explanations=reached.explanations
    )


def _ends(world: World, path: InsightsPath) -> tuple[Place | None, Place | None]:
    begin = reach.place(world, world.home, told(path.source, ""))
    at_end = told(path.at_destination, api.PathFilter())
    to = told(path.destination, told(path.destination_ip, told(at_end.destination_address, "")))
    return begin, reach.place(world, world.home, to, begin)


def _range(given: api.FilterPortRange | UnsetType, default: tuple[int, int]) -> tuple[int, int]:
    if isinstance(given, UnsetType):
        return default
    return told(given.from_port, default[0]), told(given.to_port, default[1])


@service.project
def network_insights_analysis_started(
    state: Ec2, event: Event[api.StartNetworkInsightsAnalysis, api.StartNetworkInsightsAnalysisResult]
) -> None:
    """The answer is kept; of somebody else's nobody told us what it was."""
    made = told(event.result.network_insights_analysis, api.NetworkInsightsAnalysis())
    if isinstance(made.network_insights_analysis_id, UnsetType):
        return
    params = event.params
    analysis = ANALYSES.known(state, event, made.network_insights_analysis_id)
    analysis.path, analysis.begun = params.network_insights_path_id, event.time
    analysis.filter_in, analysis.filter_out = (
        told(params.filter_in_arns, []),
        told(params.filter_out_arns, []),
    )
    analysis.accounts = told(params.additional_accounts, [])
    analysis.tags = tags.given(params.tag_specifications, "network-insights-analysis")
    found = event.note(Found)
    if found is not None:
        analysis.found, analysis.explanations = found.found, found.explanations
        analysis.forward, analysis.back = found.forward, found.back
    if params.network_insights_path_id not in state.watching.paths:
        PATHS.known(state, event, params.network_insights_path_id)


@service.handle
def delete_network_insights_analysis(
    state: Ec2, call: Call[api.DeleteNetworkInsightsAnalysis]
) -> api.DeleteNetworkInsightsAnalysisResult:
    """The analysis must be there."""
    analysis = ANALYSES.find(state, call.params.network_insights_analysis_id)
    return api.DeleteNetworkInsightsAnalysisResult(network_insights_analysis_id=analysis.id)


@service.project
def network_insights_analysis_deleted(
    state: Ec2, event: Event[api.DeleteNetworkInsightsAnalysis, api.DeleteNetworkInsightsAnalysisResult]
) -> None:
    """The analysis is gone."""
    state.watching.analyses.pop(event.params.network_insights_analysis_id, None)


@service.read
def describe_network_insights_analyses(
    state: Ec2, call: Call[api.DescribeNetworkInsightsAnalyses]
) -> api.DescribeNetworkInsightsAnalysesResult:
    """Analyses, in the order of their ids."""
    params = call.params
    fields: filters.Fields[InsightsAnalysis] = {
        "path-found": lambda one: one.found,
        "status": lambda one: "succeeded",
    }

    def asked(one: InsightsAnalysis) -> bool:
        begun = one.begun
        if (
            not isinstance(params.network_insights_path_id, UnsetType)
            and one.path != params.network_insights_path_id
        ):
            return False
        if isinstance(begun, UnsetType):
            return True
        early, late = told(params.analysis_start_time, begun), told(params.analysis_end_time, begun)
        return early <= begun <= late

    page = filters.described(
        state, call, ANALYSES, params.network_insights_analysis_ids, fields, bounds=(1, 100)
    )
    return api.DescribeNetworkInsightsAnalysesResult(
        network_insights_analyses=[analysis_shown(one, "succeeded") for one in page.items if asked(one)],
        next_token=page.next or UNSET,
    )


def analysis_shown(analysis: InsightsAnalysis, status: str) -> api.NetworkInsightsAnalysis:
    """An analysis as answers show it: what it found once it has succeeded."""
    done = status == "succeeded" and not isinstance(analysis.found, UnsetType)
    return api.NetworkInsightsAnalysis(
        network_insights_analysis_id=analysis.id, network_insights_analysis_arn=analysis.arn,
        network_insights_path_id=analysis.path, status=status,
        start_date=UNSET if isinstance(analysis.begun, UnsetType) else IsoMillisZ.of(analysis.begun),
        filter_in_arns=analysis.filter_in, filter_out_arns=analysis.filter_out,
        additional_accounts=analysis.accounts, tags=tags.shown(analysis.tags),
        network_path_found=analysis.found if done else UNSET,
        forward_path_components=analysis.forward if done else UNSET,
        return_path_components=analysis.back if done else UNSET,
        explanations=analysis.explanations if done else UNSET,
    )  # fmt: skip
