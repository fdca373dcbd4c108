"""Account settings: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-account-settings.html"""

from __future__ import annotations

from typing import Any

from backtrail import Call, Event, told
from backtrail_aws.ecs import api, errors, pages
from backtrail_aws.ecs.state import Containers, service

DEFAULTS = {
    "awsvpcTrunking": "disabled", "containerInsights": "disabled", "containerInstanceLongArnFormat": "enabled",
    "defaultLogDriverMode": "non-blocking", "dualStackIPv6": "enabled", "fargateEventWindows": "disabled",
    "fargateFIPSMode": "disabled", "fargateTaskRetirementWaitPeriod": "7", "guardDutyActivate": "off",
    "serviceLongArnFormat": "enabled", "tagResourceAuthorization": "on", "taskLongArnFormat": "enabled",
}  # fmt: skip
"""What holds where nothing was set."""


def _check(name: str) -> None:
    if name not in DEFAULTS:
        # evidence: guess
        raise errors.invalid(f"Invalid setting name: {name}")


def _root(here: Call[Any] | Event[Any, Any]) -> str:
    return here.arn("iam", "root", region="")


def _whose(call: Call[Any], principal: str) -> str:
    return principal or call.caller.arn


@service.handle
def put_account_setting_default(
    state: Containers, call: Call[api.PutAccountSettingDefault]
) -> api.PutAccountSettingDefaultResult:
    """For all of the account that have no setting of their own."""
    _check(call.params.name)
    setting = api.Setting(
        name=call.params.name, value=call.params.value, principal_arn=_root(call), type="user"
    )
    return api.PutAccountSettingDefaultResult(setting=setting)


@service.project
def account_setting_default_put(
    state: Containers, event: Event[api.PutAccountSettingDefault, api.PutAccountSettingDefaultResult]
) -> None:
    """It is set."""
    state.settings[f"{_root(event)} {event.params.name}"] = event.params.value


@service.handle
def put_account_setting(state: Containers, call: Call[api.PutAccountSetting]) -> api.PutAccountSettingResult:
    """For the caller, or for another principal."""
    _check(call.params.name)
    whose = _whose(call, told(call.params.principal_arn, ""))
    setting = api.Setting(name=call.params.name, value=call.params.value, principal_arn=whose, type="user")
    return api.PutAccountSettingResult(setting=setting)


@service.project
def account_setting_put(
    state: Containers, event: Event[api.PutAccountSetting, api.PutAccountSettingResult]
) -> None:
    """It is set."""
    made = told(event.result.setting, api.Setting())
    whose = told(made.principal_arn, told(event.params.principal_arn, told(event.identity.arn, "")))
    state.settings[f"{whose} {event.params.name}"] = event.params.value


@service.handle
def delete_account_setting(
    state: Containers, call: Call[api.DeleteAccountSetting]
) -> api.DeleteAccountSettingResult:
    """The account's default holds again."""
    _check(call.params.name)
    whose = _whose(call, told(call.params.principal_arn, ""))
    return api.DeleteAccountSettingResult(
        setting=api.Setting(name=call.params.name, value="", principal_arn=whose, type="user")
    )


@service.project
def account_setting_deleted(
    state: Containers, event: Event[api.DeleteAccountSetting, api.DeleteAccountSettingResult]
) -> None:
    """It is gone."""
    made = told(event.result.setting, api.Setting())
    whose = told(made.principal_arn, told(event.params.principal_arn, told(event.identity.arn, "")))
    state.settings.pop(f"{whose} {event.params.name}", None)


@service.read
def list_account_settings(
    state: Containers, call: Call[api.ListAccountSettings]
) -> api.ListAccountSettingsResult:
    """What was set, or what holds for the principal."""
    params = call.params
    whose = _whose(call, told(params.principal_arn, ""))
    names = list(DEFAULTS) if params.name not in DEFAULTS else [str(params.name)]
    items: dict[str, api.Setting] = {}
    for name in sorted(names):
        value = state.settings.get(f"{whose} {name}")
        if value is None and params.effective_settings is True:
            value = state.settings.get(f"{_root(call)} {name}", DEFAULTS[name])
        if value is not None and told(params.value, value) == value:
            items[name] = api.Setting(name=name, value=value, principal_arn=whose, type="user")
    found, token = pages.paged(params, items)
    return api.ListAccountSettingsResult(settings=found, next_token=token)
