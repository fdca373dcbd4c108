"""What a change of an instance does: now, or in its window.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.DBInstance.Modifying.html (which wait)
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, UnsetType, members, told
from backtrail_aws.rds import api, engines, errors, instance_plans, limits, names
from backtrail_aws.rds.state import Databases, Instance

WAITING = (
    "allocated_storage", "db_instance_class", "multi_az", "engine_version", "license_model", "iops",
    "storage_throughput", "storage_type", "backup_retention_period", "ca_certificate_identifier",
)  # fmt: skip
"""What waits for the maintenance window, or until it is applied at once."""


def check(state: Databases, call: Call[api.ModifyDBInstance], instance: Instance) -> None:
    """Refuse what cannot be changed so."""
    params, shown = call.params, instance.shown
    instance_plans.check_class(params.db_instance_class)
    instance_plans.check_numbers(params)
    password: Any = params.master_user_password
    if not isinstance(password, UnsetType):
        instance_plans.check_password(str(password), told(shown.engine, ""))
    size, now = params.allocated_storage, shown.allocated_storage
    if isinstance(size, int) and isinstance(now, int) and size < now:
        # evidence: guess
        raise errors.combination("Invalid storage modification. Allocated storage can't be reduced.")
    if isinstance(params.new_db_instance_identifier, str):
        new = names.check("NewDBInstanceIdentifier", params.new_db_instance_identifier)
        if new != instance.id and new in state.instances:
            raise errors.instance_exists()
    engine = engines.ENGINES.get(told(shown.engine, ""))
    if engine is not None:
        _check_version(engine, shown, params)
        version = engine.version(told(params.engine_version, shown.engine_version))
        instance_plans.parameter_group(state, params.db_parameter_group_name, engine.family(version))
    if isinstance(params.option_group_name, str):
        instance_plans.option_group(state, params.option_group_name, "")
    if isinstance(params.db_subnet_group_name, str):
        instance_plans.subnet_group(state, call, params.db_subnet_group_name)
    if (
        isinstance(params.db_port_number, int)
        and not limits.PORTS[0] <= params.db_port_number <= limits.PORTS[1]
    ):
        # evidence: guess
        raise errors.value(f"Invalid port: {params.db_port_number}.")


def _check_version(engine: engines.Engine, shown: api.DBInstance, params: api.ModifyDBInstance) -> None:
    asked = params.engine_version
    if isinstance(asked, UnsetType) or isinstance(shown.engine_version, UnsetType):
        return
    if (
        engine.major(asked) != engine.major(shown.engine_version)
        and params.allow_major_version_upgrade is not True
    ):
        # evidence: guess
        raise errors.combination(
            "The AllowMajorVersionUpgrade flag must be present when upgrading to a new major version."
        )


def applied(shown: api.DBInstance, params: api.ModifyDBInstance) -> api.DBInstance:
    """The instance after a change: what waits is pending, the rest is done."""
    asked = members.taken(params, api.DBInstance)
    waiting = {
        name: value for name, value in asked.items() if name in WAITING and value != getattr(shown, name)
    }
    now = {name: value for name, value in asked.items() if name not in (*WAITING, "db_instance_identifier")}
    pending = members.changed(
        told(shown.pending_modified_values, api.PendingModifiedValues()), **waiting,
        master_user_password=UNSET if isinstance(params.master_user_password, UnsetType) else "****",
        port=params.db_port_number, db_subnet_group_name=params.db_subnet_group_name,
        db_instance_identifier=params.new_db_instance_identifier,
        pending_cloudwatch_logs_exports=_logs(params.cloudwatch_logs_export_configuration),
    )  # fmt: skip
    return members.changed(
        shown, **now, pending_modified_values=pending if pending != api.PendingModifiedValues() else UNSET,
        iam_database_authentication_enabled=params.enable_iam_database_authentication,
        performance_insights_enabled=params.enable_performance_insights,
        db_parameter_groups=_parameters(params.db_parameter_group_name),
        option_group_memberships=_options(params.option_group_name),
        vpc_security_groups=_groups(params.vpc_security_group_ids),
    )  # fmt: skip


def _logs(
    asked: api.CloudwatchLogsExportConfiguration | UnsetType,
) -> api.PendingCloudwatchLogsExports | UnsetType:
    if isinstance(asked, UnsetType):
        return UNSET
    return api.PendingCloudwatchLogsExports(
        log_types_to_enable=asked.enable_log_types, log_types_to_disable=asked.disable_log_types
    )


def _parameters(name: str | UnsetType) -> list[api.DBParameterGroupStatus] | UnsetType:
    if isinstance(name, UnsetType):
        return UNSET
    return [
        api.DBParameterGroupStatus(
            db_parameter_group_name=name.lower(), parameter_apply_status="pending-reboot"
        )
    ]


def _options(name: str | UnsetType) -> list[api.OptionGroupMembership] | UnsetType:
    if isinstance(name, UnsetType):
        return UNSET
    return [api.OptionGroupMembership(option_group_name=name.lower(), status="in-sync")]


def _groups(ids: list[str] | UnsetType) -> list[api.VpcSecurityGroupMembership] | UnsetType:
    if isinstance(ids, UnsetType):
        return UNSET
    return [api.VpcSecurityGroupMembership(vpc_security_group_id=one, status="active") for one in ids]
