"""Maintenance windows with their targets and tasks, patch baselines and patch groups."""

from __future__ import annotations

from backtrail_aws.ssm import api

from .ssm_scenario import Ssm


def window(aws: Ssm, **more: object) -> str:
    """A new window's id."""
    given = {
        "name": "w",
        "schedule": "rate(1 hour)",
        "duration": 2,
        "cutoff": 1,
        "allow_unassociated_targets": True,
    }
    made = aws.did(api.CreateMaintenanceWindow(**{**given, **more}))  # type: ignore[arg-type]
    identifier: str = made.window_id
    return identifier


def test_windows_are_made_changed_and_deleted() -> None:
    """Given a window, when it is changed, then what was not said stays."""
    aws = Ssm()
    one = window(aws, tags=[api.Tag(key="a", value="b")], description="d")
    assert one.startswith("mw-") and len(one) == 20
    found = aws.did(api.GetMaintenanceWindow(window_id=one))
    assert (found.enabled, found.duration, found.next_execution_time) == (True, 2, "2024-01-01T01:00Z")
    aws.given(api.UpdateMaintenanceWindow(window_id=one, enabled=False, name="x"))
    found = aws.did(api.GetMaintenanceWindow(window_id=one))
    assert (found.enabled, found.name, found.description) == (False, "x", "d")
    aws.when(api.UpdateMaintenanceWindow(window_id=one, replace=True, name="x")).refused(
        "ValidationException"
    )
    name = api.MaintenanceWindowFilter(key="Name", values=["x"])
    listed = aws.did(api.DescribeMaintenanceWindows(filters=[name])).window_identities
    assert [each.window_id for each in listed] == [one]
    assert not aws.did(
        api.DescribeMaintenanceWindows(filters=[api.MaintenanceWindowFilter(key="Enabled", values=["true"])])
    ).window_identities
    tags = api.ListTagsForResource(resource_type="MaintenanceWindow", resource_id=one)
    assert aws.did(tags).tag_list == [api.Tag(key="a", value="b")]
    for bad in ({"schedule": "sometimes"}, {"cutoff": 2}):
        given = {"name": "w", "schedule": "rate(1 hour)", "duration": 2, "cutoff": 1, **bad}
        call = api.CreateMaintenanceWindow(**given, allow_unassociated_targets=True)  # type: ignore[arg-type]
        aws.when(call).refused("ValidationException")
    aws.given(api.DeleteMaintenanceWindow(window_id=one), api.DeleteMaintenanceWindow(window_id=one))
    aws.when(api.GetMaintenanceWindow(window_id=one)).refused("DoesNotExistException")
    aws.replays()


def test_a_client_token_makes_one_window() -> None:
    """Given a token, when the request comes twice, then there is one window."""
    aws = Ssm()
    assert window(aws, client_token="t") == window(aws, client_token="t")
    assert len(aws.did(api.DescribeMaintenanceWindows()).window_identities) == 1
    aws.replays()


def test_targets_and_tasks() -> None:
    """Given a window, when targets and tasks are registered, then they are listed, changed and gone."""
    aws = Ssm()
    one = window(aws)
    instances = [api.Target(key="InstanceIds", values=["i-1"])]
    target = aws.did(
        api.RegisterTargetWithMaintenanceWindow(window_id=one, resource_type="INSTANCE", targets=instances)
    ).window_target_id
    listed = aws.did(api.DescribeMaintenanceWindowTargets(window_id=one)).targets
    assert [(each.window_id, each.window_target_id, each.targets) for each in listed] == [
        (one, target, instances)
    ]
    by = [api.Target(key="WindowTargetIds", values=[target])]
    task = aws.did(
        api.RegisterTaskWithMaintenanceWindow(
            window_id=one, task_arn="AWS-RunShellScript", task_type="RUN_COMMAND", targets=by
        )
    ).window_task_id
    shown = aws.did(api.DescribeMaintenanceWindowTasks(window_id=one)).tasks[0]
    assert (shown.window_task_id, shown.type, shown.priority, shown.max_errors) == (
        task,
        "RUN_COMMAND",
        1,
        "1",
    )
    unknown = [api.Target(key="WindowTargetIds", values=["x"])]
    wrong = api.UpdateMaintenanceWindowTask(window_id=one, window_task_id=task, targets=unknown)
    aws.when(wrong).refused("DoesNotExistException")
    aws.given(api.UpdateMaintenanceWindowTask(window_id=one, window_task_id=task, priority=5))
    aws.given(api.UpdateMaintenanceWindowTarget(window_id=one, window_target_id=target, name="n"))
    assert aws.did(api.GetMaintenanceWindowTask(window_id=one, window_task_id=task)).priority == 5
    gone = api.DeregisterTargetFromMaintenanceWindow(window_id=one, window_target_id=target, safe=True)
    aws.when(gone).refused("TargetInUseException")
    aws.given(api.DeregisterTaskFromMaintenanceWindow(window_id=one, window_task_id=task), gone)
    aws.when(gone).refused("DoesNotExistException")
    assert not aws.did(api.DescribeMaintenanceWindowTargets(window_id=one)).targets
    aws.when(api.DescribeMaintenanceWindowTasks(window_id="mw-none")).refused("DoesNotExistException")
    aws.replays()


def test_patch_baselines_and_groups() -> None:
    """Given a baseline, when a group has it, then the group's is told, and it cannot be deleted."""
    aws = Ssm()
    system = "AMAZON_LINUX_2"
    one = aws.did(
        api.CreatePatchBaseline(name="b", operating_system=system, approved_patches=["p"])
    ).baseline_id
    group = api.GetPatchBaselineForPatchGroup(patch_group="g", operating_system=system)
    standard = aws.did(group).baseline_id
    assert standard.startswith("arn:aws:ssm:us-east-1:")
    aws.given(api.RegisterPatchBaselineForPatchGroup(baseline_id=one, patch_group="g"))
    aws.when(api.RegisterPatchBaselineForPatchGroup(baseline_id=one, patch_group="g")).refused(
        "AlreadyExistsException"
    )
    assert aws.did(group).baseline_id == one
    assert aws.did(api.DescribePatchGroups()).mappings[0].baseline_identity.baseline_name == "b"
    aws.when(api.DeletePatchBaseline(baseline_id=one)).refused("ResourceInUseException")
    aws.given(api.RegisterDefaultPatchBaseline(baseline_id=one))
    assert aws.did(api.GetDefaultPatchBaseline(operating_system=system)).baseline_id == one
    mine = api.PatchOrchestratorFilter(key="OWNER", values=["Self"])
    listed = aws.did(api.DescribePatchBaselines(filters=[mine])).baseline_identities
    assert [(each.baseline_id, each.default_baseline) for each in listed] == [(one, True)]
    assert len(aws.did(api.DescribePatchBaselines()).baseline_identities) > 10
    changed = aws.did(api.UpdatePatchBaseline(baseline_id=one, description="d"))
    assert (changed.approved_patches, changed.description) == (["p"], "d")
    assert aws.did(api.GetPatchBaseline(baseline_id=one)).patch_groups == ["g"]
    aws.given(api.RegisterDefaultPatchBaseline(baseline_id=standard))
    away = api.DeregisterPatchBaselineForPatchGroup(baseline_id=one, patch_group="g")
    aws.given(away)
    aws.when(away).refused("InvalidResourceId")
    aws.given(api.DeletePatchBaseline(baseline_id=one))
    aws.when(api.GetPatchBaseline(baseline_id=one)).refused("DoesNotExistException")
    aws.replays()
