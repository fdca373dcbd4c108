"""Global clusters: https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/aurora-global-database.html

A global cluster is kept in the region where it was made.
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, members, told
from backtrail.ids import digest
from backtrail_aws.rds import api, engines, errors, names, pages, tags
from backtrail_aws.rds.state import Databases, GlobalCluster, service


def _arn(call: Call[Any] | Event[Any, Any], name: str) -> str:
    return call.arn("rds", f"global-cluster:{name}", region="").replace("arn::", "arn:aws:")


def required(state: Databases, identifier: str) -> GlobalCluster:
    """The global cluster of an id. Raises `Refusal`."""
    found = names.find(state.global_clusters, identifier)
    if found is None:
        raise errors.no_global(identifier)
    return found


def is_second(state: Databases, call: Call[Any], asked: str | UnsetType) -> bool:
    """Whether a new cluster of a global one follows another. Raises `Refusal` for a global one that is not there."""
    if isinstance(asked, UnsetType):
        return False
    return bool(told(required(state, asked).shown.global_cluster_members, []))


def held_arns(state: Databases, call: Call[Any]) -> list[str]:
    """The clusters that global ones have."""
    return [
        told(member.db_cluster_arn, "")
        for one in state.global_clusters.values()
        for member in told(one.shown.global_cluster_members, [])
    ]


def _member(arn: str, writer: bool) -> api.GlobalClusterMember:
    return api.GlobalClusterMember(db_cluster_arn=arn, is_writer=writer, readers=[])


@service.handle
def create_global_cluster(
    state: Databases, call: Call[api.CreateGlobalCluster]
) -> api.CreateGlobalClusterResult:
    """Empty, or around a cluster that is there."""
    params = call.params
    name = names.check("GlobalClusterIdentifier", params.global_cluster_identifier)
    if name in state.global_clusters:
        raise errors.global_exists()
    tags.check(params.tags)
    source = names.find(state.clusters, told(params.source_db_cluster_identifier, ""))
    if isinstance(params.source_db_cluster_identifier, str) and source is None:
        raise errors.no_cluster(params.source_db_cluster_identifier)
    if source is None and isinstance(params.engine, UnsetType):
        raise errors.missing("Engine")
    engine = engines.engine(
        told(params.engine, told(source.shown.engine, "aurora-mysql") if source else "aurora-mysql")
    )
    version = source.shown.engine_version if source is not None else engine.version(params.engine_version)
    made = members.changed(
        members.over(api.GlobalCluster(), params), global_cluster_identifier=name, status="available",
        global_cluster_arn=_arn(call, name), engine=engine.name, engine_version=version,
        global_cluster_resource_id=f"cluster-{digest(call.event_id, 'global').hex()[:16]}",
        storage_encrypted=told(params.storage_encrypted, False),
        deletion_protection=told(params.deletion_protection, False),
        global_cluster_members=[_member(source.arn, True)] if source is not None else [],
        tag_list=tags.shown(tags.plain(params.tags)),
    )  # fmt: skip
    return api.CreateGlobalClusterResult(global_cluster=made)


@service.project
def global_cluster_created(
    state: Databases, event: Event[api.CreateGlobalCluster, api.CreateGlobalClusterResult]
) -> None:
    """The global cluster is there."""
    params = event.params
    name = names.plain(params.global_cluster_identifier)
    shown = members.over(api.GlobalCluster(), params, event.result.global_cluster)
    if isinstance(shown.global_cluster_members, UnsetType) and isinstance(
        params.source_db_cluster_identifier, str
    ):
        shown = members.changed(
            shown, global_cluster_members=[_member(params.source_db_cluster_identifier, True)]
        )
    state.global_clusters[name] = GlobalCluster(
        id=name,
        arn=told(shown.global_cluster_arn, _arn(event, name)),
        shown=shown,
        tags=tags.plain(params.tags),
    )


@service.project
def cluster_joined(state: Databases, event: Event[api.CreateDBCluster, api.CreateDBClusterResult]) -> None:
    """A cluster that was made for a global one is its member."""
    asked = event.params.global_cluster_identifier
    if isinstance(asked, UnsetType):
        return
    held = names.inferred(state.global_clusters, event, asked, "global-cluster", GlobalCluster)
    before = told(held.shown.global_cluster_members, [])
    arn = names.arn(event, "cluster", names.plain(event.params.db_cluster_identifier))
    before = [one for one in before if one.db_cluster_arn != arn]
    held.shown = members.changed(held.shown, global_cluster_members=[*before, _member(arn, not before)])


@service.read
def describe_global_clusters(
    state: Databases, call: Call[api.DescribeGlobalClusters]
) -> api.DescribeGlobalClustersResult:
    """One, or all."""
    params = call.params
    fields: pages.Fields[GlobalCluster] = {
        "db-cluster-id": lambda one: [
            told(member.db_cluster_arn, "") for member in told(one.shown.global_cluster_members, [])
        ],
        "region": lambda one: [
            told(member.db_cluster_arn, "").split(":")[3:4]
            for member in told(one.shown.global_cluster_members, [])
        ],
    }
    keep = pages.filtered(params.filters, fields)
    if isinstance(params.global_cluster_identifier, str):
        found = [required(state, params.global_cluster_identifier)]
        return api.DescribeGlobalClustersResult(global_clusters=[_shown(one) for one in found])
    held, marker = pages.paged(params, state.global_clusters, keep)
    return api.DescribeGlobalClustersResult(global_clusters=[_shown(one) for one in held], marker=marker)


def _shown(held: GlobalCluster) -> api.GlobalCluster:
    return members.changed(
        held.shown,
        global_cluster_identifier=held.id,
        global_cluster_arn=held.arn,
        tag_list=tags.shown(held.tags),
    )


@service.handle
def modify_global_cluster(
    state: Databases, call: Call[api.ModifyGlobalCluster]
) -> api.ModifyGlobalClusterResult:
    """Its name, its protection, its version."""
    held = required(state, call.params.global_cluster_identifier)
    return api.ModifyGlobalClusterResult(global_cluster=_changed(_shown(held), call.params))


def _changed(shown: api.GlobalCluster, params: api.ModifyGlobalCluster) -> api.GlobalCluster:
    new = params.new_global_cluster_identifier
    return members.changed(
        shown, deletion_protection=params.deletion_protection, engine_version=params.engine_version,
        global_cluster_identifier=new.lower() if isinstance(new, str) else UNSET,
    )  # fmt: skip


@service.project
def global_cluster_modified(
    state: Databases, event: Event[api.ModifyGlobalCluster, api.ModifyGlobalClusterResult]
) -> None:
    """It is changed."""
    params = event.params
    held = names.inferred(
        state.global_clusters, event, params.global_cluster_identifier, "global-cluster", GlobalCluster
    )
    held.shown = _changed(held.shown, params)
    new = params.new_global_cluster_identifier
    if isinstance(new, str):
        state.global_clusters.pop(held.id, None)
        held.id = new.lower()
        held.arn = _arn(event, held.id)
        held.shown = members.changed(held.shown, global_cluster_arn=held.arn)
        state.global_clusters[held.id] = held


@service.handle
def failover_global_cluster(
    state: Databases, call: Call[api.FailoverGlobalCluster]
) -> api.FailoverGlobalClusterResult:
    """A cluster of it becomes its writer."""
    params = call.params
    held = required(state, params.global_cluster_identifier)
    target = params.target_db_cluster_identifier
    if target not in [one.db_cluster_arn for one in told(held.shown.global_cluster_members, [])]:
        raise errors.no_cluster(target)
    return api.FailoverGlobalClusterResult(global_cluster=_written_by(_shown(held), target))


def _written_by(shown: api.GlobalCluster, arn: str) -> api.GlobalCluster:
    held = told(shown.global_cluster_members, [])
    if not held:
        return members.changed(shown, global_cluster_members=[_member(arn, True)])
    return members.changed(
        shown,
        global_cluster_members=[members.changed(one, is_writer=one.db_cluster_arn == arn) for one in held],
    )


@service.project
def global_cluster_failed_over(
    state: Databases, event: Event[api.FailoverGlobalCluster, api.FailoverGlobalClusterResult]
) -> None:
    """The target writes."""
    params = event.params
    held = names.inferred(
        state.global_clusters, event, params.global_cluster_identifier, "global-cluster", GlobalCluster
    )
    held.shown = _written_by(held.shown, params.target_db_cluster_identifier)


@service.handle
def remove_from_global_cluster(
    state: Databases, call: Call[api.RemoveFromGlobalCluster]
) -> api.RemoveFromGlobalClusterResult:
    """A cluster of it stands alone from here on."""
    params = call.params
    held = required(state, params.global_cluster_identifier)
    arn = params.db_cluster_identifier
    if arn not in [one.db_cluster_arn for one in told(held.shown.global_cluster_members, [])]:
        raise errors.no_cluster(arn)
    return api.RemoveFromGlobalClusterResult(global_cluster=_without(_shown(held), arn))


def _without(shown: api.GlobalCluster, arn: str) -> api.GlobalCluster:
    left = [one for one in told(shown.global_cluster_members, []) if one.db_cluster_arn != arn]
    return members.changed(shown, global_cluster_members=left)


@service.project
def removed_from_global_cluster(
    state: Databases, event: Event[api.RemoveFromGlobalCluster, api.RemoveFromGlobalClusterResult]
) -> None:
    """It is its member no more."""
    params = event.params
    held = names.inferred(
        state.global_clusters, event, params.global_cluster_identifier, "global-cluster", GlobalCluster
    )
    held.shown = _without(held.shown, params.db_cluster_identifier)


@service.handle
def delete_global_cluster(
    state: Databases, call: Call[api.DeleteGlobalCluster]
) -> api.DeleteGlobalClusterResult:
    """Only an empty one that is not protected."""
    held = required(state, call.params.global_cluster_identifier)
    if held.shown.deletion_protection is True:
        # evidence: guess
        raise errors.combination(
            "Cannot delete protected global cluster, please disable deletion protection and try again."
        )
    if told(held.shown.global_cluster_members, []):
        # evidence: guess
        raise errors.global_state(f"Global Cluster {held.arn} is not empty")
    return api.DeleteGlobalClusterResult(global_cluster=members.changed(_shown(held), status="deleting"))


@service.project
def global_cluster_deleted(
    state: Databases, event: Event[api.DeleteGlobalCluster, api.DeleteGlobalClusterResult]
) -> None:
    """It is gone."""
    state.global_clusters.pop(names.plain(event.params.global_cluster_identifier), None)
