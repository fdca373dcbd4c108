"""Platform endpoints: an app on a device, by the token that its push service gave it.

https://docs.aws.amazon.com/sns/latest/dg/mobile-push-send-devicetoken.html; application-event-notifications.html has
what a topic hears of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from backtrail import UNSET, Answer, Call, Command, Event, known, told
from backtrail.payload import HIDDEN
from backtrail_aws.sns import arns, commands, directory, documents, errors, limits, topics
from backtrail_aws.sns.api import (
    CreatePlatformEndpoint,
    CreatePlatformEndpointResult,
    DeleteEndpoint,
    Endpoint,
    GetEndpointAttributes,
    GetEndpointAttributesResult,
    ListEndpointsByPlatformApplication,
    ListEndpointsByPlatformApplicationResult,
    SetEndpointAttributes,
)
from backtrail_aws.sns.platform_applications import devices_of, token_key
from backtrail_aws.sns.state import Application, Device, Sns, service

_SETTABLE = frozenset({"CustomUserData", "Enabled", "Token", "ChannelId", "UserId"})


class Ended(msgspec.Struct, frozen=True):
    """Beside a DeleteEndpoint: the topic that hears of it, if there was anything to delete."""

    topic_arn: str
    application: str


@service.handle(at=arns.by_application)
def create_platform_endpoint(state: Sns, call: Call[CreatePlatformEndpoint]) -> CreatePlatformEndpointResult:
    """The ARN of an endpoint: of a new one, or of the one with that token, if its attributes are the same."""
    params = call.params
    arn, token = params.platform_application_arn, told(params.token, "")
    _application(state, call)
    if not token:
        raise errors.because("Token", "is required")  # evidence: guess
    given = _given(params)
    _check(given)
    old = state.devices.get(state.device_tokens.get(token_key(arn, token), ""))
    if old is not None:
        if any(_attribute(old, name) != value for name, value in given.items()):
            # evidence: https://github.com/dreipol/django-scarface/issues/6
            raise errors.because(
                "Token", f"Endpoint {old.arn} already exists with the same Token, but different attributes."
            )
        return CreatePlatformEndpointResult(endpoint_arn=old.arn)
    return CreatePlatformEndpointResult(endpoint_arn=devices_of(arn) + call.new_id("uuid", "endpoint"))


def _given(params: CreatePlatformEndpoint) -> dict[str, str]:
    """An endpoint's attributes as its making tells them."""
    found = dict(told(params.attributes, {}))
    if isinstance(params.custom_user_data, str):
        found["CustomUserData"] = params.custom_user_data
    return found


def _attribute(device: Device, name: str) -> str:
    return device.attributes.get(name, "true" if name == "Enabled" else "")


@service.project(at=arns.by_application)
def platform_endpoint_created(
    state: Sns, event: Event[CreatePlatformEndpoint, CreatePlatformEndpointResult]
) -> None:
    """The endpoint is there."""
    params = event.params
    application = params.platform_application_arn
    known(state.applications, application, event, lambda: Application(arn=application))
    arn = told(event.result.endpoint_arn, devices_of(application) + event.new_id("uuid", "endpoint"))
    if arn in state.devices:
        return
    attributes = {"Enabled": "true", **_given(params)}
    token = told(params.token, HIDDEN)
    if token != HIDDEN:
        attributes["Token"] = token
        state.device_tokens[token_key(application, token)] = arn
    state.devices[arn] = Device(arn=arn, application=application, attributes=attributes)


@service.handle(at=arns.by_endpoint)
def set_endpoint_attributes(state: Sns, call: Call[SetEndpointAttributes]) -> None:
    """Refuse attributes that there are not, and a token that another endpoint has."""
    device = _device(state, call)
    given = told(call.params.attributes, {})
    _check(given)
    holder = state.device_tokens.get(token_key(device.application, given.get("Token", "")), device.arn)
    if holder != device.arn:
        # evidence: https://github.com/parse-server-modules/parse-server-sns-adapter/issues/10
        raise errors.invalid("This endpoint is already registered with a different token.")


@service.project(at=arns.by_endpoint)
def endpoint_attributes_set(state: Sns, event: Event[SetEndpointAttributes, None]) -> None:
    """The endpoint has the attributes."""
    arn = event.params.endpoint_arn
    device = known(state.devices, arn, event, lambda: Device(arn=arn, application=application_of(arn)))
    given = told(event.params.attributes, {})
    if "Token" in given:
        state.device_tokens.pop(token_key(device.application, device.attributes.get("Token", "")), None)
        state.device_tokens[token_key(device.application, given["Token"])] = arn
    device.attributes.update(given)


@service.read(at=arns.by_endpoint)
def get_endpoint_attributes(state: Sns, call: Call[GetEndpointAttributes]) -> GetEndpointAttributesResult:
    """All that an endpoint shows."""
    return GetEndpointAttributesResult(attributes=dict(_device(state, call).attributes))


@service.read(at=arns.by_application)
def list_endpoints_by_platform_application(
    state: Sns, call: Call[ListEndpointsByPlatformApplication]
) -> ListEndpointsByPlatformApplicationResult:
    """An application's endpoints, a hundred at a time."""
    _application(state, call)
    prefix = devices_of(call.params.platform_application_arn)
    found = topics.paged(state.devices, call.params.next_token, prefix=prefix)
    listed = [Endpoint(endpoint_arn=one.arn, attributes=dict(one.attributes)) for one in found.items]
    return ListEndpointsByPlatformApplicationResult(endpoints=listed, next_token=found.next or UNSET)


@service.handle(at=arns.by_endpoint)
def delete_endpoint(state: Sns, call: Call[DeleteEndpoint]) -> Answer[None]:
    """An endpoint that is not there is no error."""
    directory.parse("EndpointArn", call.params.endpoint_arn, call)
    device = state.devices.get(call.params.endpoint_arn)
    if device is None:
        return Answer(None)
    return Answer(None, note=Ended(_listener(state, device, "EventEndpointDeleted"), device.application))


@service.project(at=arns.by_endpoint)
def endpoint_deleted(state: Sns, event: Event[DeleteEndpoint, None]) -> None:
    """The endpoint is gone. Its subscriptions stay, and deliver to nobody."""
    device = state.devices.pop(event.params.endpoint_arn, None)
    if device is not None:
        state.device_tokens.pop(token_key(device.application, device.attributes.get("Token", "")), None)


# what a topic hears of it


@service.react(at=arns.by_application)
def tell_of_new(
    state: Sns, event: Event[CreatePlatformEndpoint, CreatePlatformEndpointResult]
) -> Iterator[Command]:
    """The application's topic hears of a new endpoint."""
    device = state.devices.get(told(event.result.endpoint_arn, ""))
    if device is not None and device.arn.endswith(event.new_id("uuid", "endpoint")):
        yield from _notice(_listener(state, device, "EventEndpointCreated"), "EndpointCreated", device.arn)


@service.react(at=arns.by_endpoint)
def tell_of_change(state: Sns, event: Event[SetEndpointAttributes, None]) -> Iterator[Command]:
    """The application's topic hears of a changed endpoint."""
    device = state.devices.get(event.params.endpoint_arn)
    if device is not None:
        yield from _notice(_listener(state, device, "EventEndpointUpdated"), "EndpointUpdated", device.arn)


@service.react(at=arns.by_endpoint)
def tell_of_end(state: Sns, event: Event[DeleteEndpoint, None]) -> Iterator[Command]:
    """The application's topic hears of an endpoint that is gone."""
    ended = event.note(Ended)
    if ended is not None:
        yield from _notice(ended.topic_arn, "EndpointDeleted", event.params.endpoint_arn)


def _listener(state: Sns, device: Device, name: str) -> str:
    application = state.applications.get(device.application)
    return application.attributes.get(name, "") if application is not None else ""


def _notice(topic_arn: str, kind: str, device_arn: str) -> Iterator[Command]:
    if not topic_arn:
        return
    account, region = arns.by_topic_arn(topic_arn)
    message = {
        "EndpointArn": device_arn,
        "EventType": kind,
        "Resource": application_of(device_arn),
        "Service": "SNS",
    }
    params = commands.Publish(topic_arn=topic_arn, subject=f"{kind} Event", message=documents.write(message))
    yield Command("sns", params, account=account, region=region, source_arn=application_of(device_arn))


# within


def application_of(device_arn: str) -> str:
    """The ARN of the application that an endpoint belongs to."""
    return device_arn.rpartition("/")[0].replace(":endpoint/", ":app/", 1)


def _application(
    state: Sns, call: Call[CreatePlatformEndpoint] | Call[ListEndpointsByPlatformApplication]
) -> None:
    arn = call.params.platform_application_arn
    directory.parse("PlatformApplicationArn", arn, call)
    if arn not in state.applications:
        raise errors.no_such_application()


def _device(state: Sns, call: Call[GetEndpointAttributes] | Call[SetEndpointAttributes]) -> Device:
    directory.parse("EndpointArn", call.params.endpoint_arn, call)
    device = state.devices.get(call.params.endpoint_arn)
    if device is None:
        raise errors.no_such_endpoint()
    return device


def _check(given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if name not in _SETTABLE:
            raise errors.because("Attributes", f"Unknown attribute: {name}")  # evidence: guess
        if name == "Enabled" and value.lower() not in ("true", "false"):
            raise errors.because("Attributes", "Enabled must be true or false")  # evidence: guess
        if name == "CustomUserData" and len(value.encode("utf-8", "replace")) > limits.USER_DATA_MAX_BYTES:
            raise errors.because(
                "CustomUserData", "must be at most 2048 bytes long"
            )  # evidence: the page; words: guess
