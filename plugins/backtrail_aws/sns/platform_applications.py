"""Platform applications: the push services that apps are reached through.

https://docs.aws.amazon.com/sns/latest/dg/sns-mobile-application-as-subscriber.html. Pushes land in the outbox, so the
credentials are kept, sealed, and never used.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from backtrail import UNSET, Call, Event, known, told
from backtrail_aws.sns import arns, directory, errors, topics
from backtrail_aws.sns.api import (
    CreatePlatformApplication,
    CreatePlatformApplicationResult,
    DeletePlatformApplication,
    GetPlatformApplicationAttributes,
    GetPlatformApplicationAttributesResult,
    ListPlatformApplications,
    ListPlatformApplicationsResult,
    PlatformApplication,
    SetPlatformApplicationAttributes,
)
from backtrail_aws.sns.state import Application, Sns, service

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,256}")
PLATFORMS = frozenset(
    {
        "ADM", "APNS", "APNS_SANDBOX", "APNS_VOIP", "APNS_VOIP_SANDBOX", "BAIDU", "GCM", "MACOS", "MACOS_SANDBOX",
        "MPNS", "WNS",
    }
)  # fmt: skip
_NO_PRINCIPAL = frozenset({"GCM"})
_SECRET = frozenset({"PlatformCredential", "PlatformPrincipal"})
_SETTABLE = frozenset(
    {
        *_SECRET, "EventEndpointCreated", "EventEndpointDeleted", "EventEndpointUpdated", "EventDeliveryFailure",
        "SuccessFeedbackRoleArn", "FailureFeedbackRoleArn", "SuccessFeedbackSampleRate", "ApplePlatformTeamID",
        "ApplePlatformBundleID", "Enabled",
    }
)  # fmt: skip


@service.handle
def create_platform_application(
    state: Sns, call: Call[CreatePlatformApplication]
) -> CreatePlatformApplicationResult:
    """The ARN of an application. One of that name and platform is the same one, with the new attributes."""
    params, given = call.params, told(call.params.attributes, {})
    platform = told(params.platform, "")
    if _NAME.fullmatch(params.name) is None:
        raise errors.because("Name", "is not valid")  # evidence: API_CreatePlatformApplication; words: guess
    if platform not in PLATFORMS:
        raise errors.because("Platform", f"{platform} is not supported")  # evidence: guess
    _check(given)
    if not given.get("PlatformCredential"):
        raise errors.because("Attributes", "PlatformCredential is required")  # evidence: guess
    if platform not in _NO_PRINCIPAL and not given.get("PlatformPrincipal"):
        raise errors.because("Attributes", "PlatformPrincipal is required")  # evidence: guess
    return CreatePlatformApplicationResult(
        platform_application_arn=call.arn("sns", f"app/{platform}/{params.name}")
    )


@service.project
def platform_application_created(
    state: Sns, event: Event[CreatePlatformApplication, CreatePlatformApplicationResult]
) -> None:
    """The application is there, with the attributes."""
    params = event.params
    made = event.arn("sns", f"app/{told(params.platform, 'GCM')}/{params.name}")
    arn = told(event.result.platform_application_arn, made)
    application = state.applications.get(arn)
    if application is None:
        application = state.applications[arn] = Application(arn=arn)
    application.attributes.update(told(params.attributes, {}))


@service.handle(at=arns.by_application)
def set_platform_application_attributes(state: Sns, call: Call[SetPlatformApplicationAttributes]) -> None:
    """Refuse attributes that there are not."""
    _found(state, call.params.platform_application_arn, call)
    _check(told(call.params.attributes, {}))


@service.project(at=arns.by_application)
def platform_application_attributes_set(
    state: Sns, event: Event[SetPlatformApplicationAttributes, None]
) -> None:
    """The application has the attributes; an empty one is none."""
    arn = event.params.platform_application_arn
    application = known(state.applications, arn, event, lambda: Application(arn=arn))
    for name, value in told(event.params.attributes, {}).items():
        if value:
            application.attributes[name] = value
        else:
            application.attributes.pop(name, None)


@service.read(at=arns.by_application)
def get_platform_application_attributes(
    state: Sns, call: Call[GetPlatformApplicationAttributes]
) -> GetPlatformApplicationAttributesResult:
    """What an application shows: no credentials."""
    found = _found(state, call.params.platform_application_arn, call)
    return GetPlatformApplicationAttributesResult(attributes=shown(found))


@service.read
def list_platform_applications(
    state: Sns, call: Call[ListPlatformApplications]
) -> ListPlatformApplicationsResult:
    """The applications by ARN, a hundred at a time."""
    found = topics.paged(state.applications, call.params.next_token)
    listed = [
        PlatformApplication(platform_application_arn=one.arn, attributes=shown(one)) for one in found.items
    ]
    return ListPlatformApplicationsResult(platform_applications=listed, next_token=found.next or UNSET)


@service.handle(at=arns.by_application)
def delete_platform_application(state: Sns, call: Call[DeletePlatformApplication]) -> None:
    """An application that is not there is no error."""
    directory.parse("PlatformApplicationArn", call.params.platform_application_arn, call)


@service.project(at=arns.by_application)
def platform_application_deleted(state: Sns, event: Event[DeletePlatformApplication, None]) -> None:
    """The application is gone, with its endpoints."""
    arn = event.params.platform_application_arn
    state.applications.pop(arn, None)
    prefix = devices_of(arn)
    gone: list[str] = []
    for device in state.devices.keys_from(prefix):
        if not device.startswith(prefix):
            break
        gone.append(device)
    for one in gone:
        token = state.devices.pop(one).attributes.get("Token", "")
        state.device_tokens.pop(token_key(arn, token), None)


def devices_of(application_arn: str) -> str:
    """What the ARNs of an application's endpoints begin with."""
    return application_arn.replace(":app/", ":endpoint/", 1) + "/"


def token_key(application_arn: str, token: str) -> str:
    """What an endpoint is found by: one app on one device."""
    return f"{application_arn}\n{token}"


def shown(application: Application) -> dict[str, str]:
    """An application's attributes without its credentials."""
    found = {name: value for name, value in application.attributes.items() if name not in _SECRET}
    return {"Enabled": "true", **found}


def _found(
    state: Sns,
    arn: str,
    call: Call[GetPlatformApplicationAttributes] | Call[SetPlatformApplicationAttributes],
) -> Application:
    directory.parse("PlatformApplicationArn", arn, call)
    application = state.applications.get(arn)
    if application is None:
        raise errors.no_such_application()
    return application


def _check(given: Mapping[str, str]) -> None:
    for name in given:
        if name not in _SETTABLE:
            raise errors.because("Attributes", f"Unknown attribute: {name}")  # evidence: guess
