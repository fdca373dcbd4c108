"""Maintenance that waits, engine versions, and what can be ordered."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail import Call, Event, UnsetType, told
from backtrail_aws.rds import api, engines, errors, events, names, pages
from backtrail_aws.rds.engines import Engine
from backtrail_aws.rds.state import Databases, Instance, service

_ACTIONS = (
    "ca-certificate-rotation", "db-upgrade", "hardware-maintenance", "os-upgrade", "system-update",
)  # fmt: skip


@service.handle
def apply_pending_maintenance_action(
    state: Databases, call: Call[api.ApplyPendingMaintenanceAction]
) -> api.ApplyPendingMaintenanceActionResult:
    """Nothing waits here for maintenance that AWS would find, so there is nothing to apply."""
    params = call.params
    if isinstance(params.resource_identifier, UnsetType):
        raise errors.missing("ResourceIdentifier")
    if params.apply_action not in _ACTIONS:
        # evidence: page API_ApplyPendingMaintenanceAction (ApplyAction); words: guess
        raise errors.value(f"Invalid apply action: {told(params.apply_action, '')}")
    if params.opt_in_type not in ("immediate", "next-maintenance", "undo-opt-in"):
        # evidence: the same page; words: guess
        raise errors.value(f"Invalid opt-in type: {told(params.opt_in_type, '')}")
    raise errors.no_resource(params.resource_identifier)


@service.project
def pending_maintenance_applied(
    state: Databases, event: Event[api.ApplyPendingMaintenanceAction, api.ApplyPendingMaintenanceActionResult]
) -> None:
    """An instance that is known was maintained; AWS's own records name it in no parameter."""
    arn = told(event.params.resource_identifier, "")
    if ":db:" in arn:
        held = names.inferred(state.instances, event, arn.rpartition(":")[2], "db", Instance)
        events.happened(state, event, held, "db-instance", "Maintenance was applied", "maintenance")


@service.read
def describe_pending_maintenance_actions(
    state: Databases, call: Call[api.DescribePendingMaintenanceActions]
) -> api.DescribePendingMaintenanceActionsResult:
    """None."""
    nothing: dict[str, api.ResourcePendingMaintenanceActions] = {}
    found, marker = pages.paged(call.params, nothing)
    return api.DescribePendingMaintenanceActionsResult(pending_maintenance_actions=found, marker=marker)


def _versions() -> Iterator[tuple[Engine, str, str]]:
    for one in engines.ENGINES.values():
        for major, version in one.versions.items():
            yield one, major, version


@service.read
def describe_db_engine_versions(
    state: Databases, call: Call[api.DescribeDBEngineVersions]
) -> api.DescribeDBEngineVersionsResult:
    """The versions that are known by name."""
    params = call.params
    engine, version, family = params.engine, params.engine_version, params.db_parameter_group_family
    items: dict[str, api.DBEngineVersion] = {}
    for one, major, known in _versions():
        if isinstance(engine, str) and one.name != engine:
            continue
        if isinstance(version, str) and version not in (major, known):
            continue
        if isinstance(family, str) and one.family(known) != family:
            continue
        if params.default_only is True and known != one.default:
            continue
        items[f"{one.name}/{known}"] = api.DBEngineVersion(
            engine=one.name, engine_version=known, major_engine_version=major, status="available",
            db_parameter_group_family=one.family(known), db_engine_description=one.what,
            db_engine_version_description=f"{one.what} {known}", valid_upgrade_target=[],
            exportable_log_types=list(one.logs), supports_log_exports_to_cloudwatch_logs=True,
            supports_read_replica=True, supported_feature_names=[], supports_parallel_query=False,
            supports_global_databases=one.is_aurora, tag_list=[],
        )  # fmt: skip
    found, marker = pages.paged(params, items)
    return api.DescribeDBEngineVersionsResult(db_engine_versions=found, marker=marker)


@service.read
def describe_orderable_db_instance_options(
    state: Databases, call: Call[api.DescribeOrderableDBInstanceOptions]
) -> api.DescribeOrderableDBInstanceOptionsResult:
    """The classes that are known by name, of each version."""
    params = call.params
    engine = engines.engine(params.engine)
    zones = [api.AvailabilityZone(name=f"{call.region}{one}") for one in "abc"]
    items: dict[str, api.OrderableDBInstanceOption] = {}
    for version in engine.versions.values():
        for kind in engines.CLASSES:
            for licence in engine.licences:
                if (
                    (isinstance(params.engine_version, str) and params.engine_version != version)
                    or (isinstance(params.db_instance_class, str) and params.db_instance_class != kind)
                    or (isinstance(params.license_model, str) and params.license_model != licence)
                ):
                    continue
                items[f"{version}/{kind}/{licence}"] = api.OrderableDBInstanceOption(
                    engine=engine.name, engine_version=version, db_instance_class=kind, license_model=licence,
                    availability_zones=zones, multi_az_capable=not engine.is_aurora, read_replica_capable=True,
                    vpc=True, supports_storage_encryption=True, supports_iops=False,
                    storage_type="aurora" if engine.is_aurora else "gp2", supported_engine_modes=["provisioned"],
                    supports_iam_database_authentication=True, supported_network_types=["IPV4"],
                )  # fmt: skip
    found, marker = pages.paged(params, items)
    return api.DescribeOrderableDBInstanceOptionsResult(orderable_db_instance_options=found, marker=marker)
