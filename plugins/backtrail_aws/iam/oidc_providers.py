"""OpenID Connect identity providers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from backtrail import Call, Event, known, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, errors, limits, propagation, quotas, tags
from backtrail_aws.iam.names import AnyCall, AnyEvent, arn_of
from backtrail_aws.iam.state import Iam, OidcProvider, fill, service

_URL = re.compile(r"https://[^\s/?#]+[^\s?#]*")
_THUMBPRINT = re.compile(r"[0-9A-Fa-f]{40}")
_CLIENT_CHARACTERS = 255
"""https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html"""


def _named(state: Iam, arn: str) -> OidcProvider:
    found = state.oidc_providers.get(arn)
    if found is None:
        raise errors.no_oidc_provider(arn)
    return found


def _inferred(state: Iam, event: AnyEvent, arn: str) -> OidcProvider:
    name = arn.partition(":oidc-provider/")[2]
    return known(
        state.oidc_providers, arn, event, lambda: OidcProvider(name=name, arn=arn, implied_by=event.id)
    )


def _arn(place: AnyCall | AnyEvent, url: str) -> str:
    return arn_of(place, "oidc-provider", "/", url.removeprefix("https://"))


def _check_thumbprints(thumbprints: Sequence[str]) -> None:
    if len(thumbprints) > limits.THUMBPRINTS:
        # evidence: model; words: guess
        raise errors.invalid_input("Thumbprint list must contain fewer than 5 entries.")
    for thumbprint in thumbprints:
        if not _THUMBPRINT.fullmatch(thumbprint):
            # evidence: model; words: guess
            raise errors.invalid_input(f"Invalid thumbprint: {thumbprint}")


@service.handle
def create_open_id_connect_provider(
    state: Iam, call: Call[api.CreateOpenIDConnectProvider]
) -> api.CreateOpenIDConnectProviderResult:
    """Trust a provider.

    Thumbprints that a caller leaves out AWS fetches from the provider; here there are none.
    """
    params = call.params
    if not _URL.fullmatch(params.url):
        raise errors.invalid("Invalid Open ID Connect Provider URL")
    arn = _arn(call, params.url)
    if arn in state.oidc_providers:
        raise errors.oidc_provider_exists(params.url)
    _check_thumbprints(told(params.thumbprint_list, []))
    clients = told(params.client_id_list, [])
    if any(not 0 < len(client) <= _CLIENT_CHARACTERS for client in clients):
        # evidence: model; words: guess
        raise errors.invalid_input("Invalid client id.")
    quotas.check(call, "ClientIdsPerOpenIdConnectProvider", len(set(clients)) - 1)
    tags.check_new(call, params.tags)
    quotas.check(call, "OpenIdConnectProvidersPerAccount", len(state.oidc_providers))
    return api.CreateOpenIDConnectProviderResult(
        open_id_connect_provider_arn=arn, tags=tags.echoed(params.tags)
    )


@service.project
def open_id_connect_provider_created(
    state: Iam, event: Event[api.CreateOpenIDConnectProvider, api.CreateOpenIDConnectProviderResult]
) -> None:
    """There is this provider."""
    params = event.params
    arn = told(event.result.open_id_connect_provider_arn, _arn(event, params.url))
    made = OidcProvider(
        name=params.url.removeprefix("https://"),
        arn=arn,
        created=SpacedTime.of(event.time),
        tags=tags.of(params.tags),
        clients=_once(told(params.client_id_list, [])),
        thumbprints=[thumbprint.lower() for thumbprint in told(params.thumbprint_list, [])],
        context=propagation.kept(params.context_provider),
        identity_center=params.identity_center_instance_arn,
    )
    old = state.oidc_providers.get(arn)
    if old is not None and old.implied_by:
        fill(old, made).implied_by = ""
    else:
        state.oidc_providers[arn] = made


def _once(values: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(values))


@service.read
def get_open_id_connect_provider(
    state: Iam, call: Call[api.GetOpenIDConnectProvider]
) -> api.GetOpenIDConnectProviderResult:
    """A provider; its URL is told without the scheme."""
    held = _named(state, call.params.open_id_connect_provider_arn)
    return api.GetOpenIDConnectProviderResult(
        url=held.name,
        client_id_list=held.clients,
        thumbprint_list=held.thumbprints,
        create_date=held.created,
        tags=tags.shown(held),
        context_provider=propagation.shown(held.context),
        identity_center_instance_arn=held.identity_center,
    )


@service.evidence
def open_id_connect_provider_was_not_there(
    state: Iam, event: Event[api.GetOpenIDConnectProvider, None]
) -> None:
    """What cannot be found is gone."""
    if event.error == "NoSuchEntityException":
        state.oidc_providers.pop(event.params.open_id_connect_provider_arn, None)


@service.read
def list_open_id_connect_providers(
    state: Iam, call: Call[api.ListOpenIDConnectProviders]
) -> api.ListOpenIDConnectProvidersResult:
    """All providers, in one answer."""
    return api.ListOpenIDConnectProvidersResult(
        open_id_connect_provider_list=[
            api.OpenIDConnectProviderListEntry(arn=arn) for arn in state.oidc_providers
        ]
    )


@service.handle
def add_client_id_to_open_id_connect_provider(
    state: Iam, call: Call[api.AddClientIDToOpenIDConnectProvider]
) -> None:
    """Let a provider's tokens be for another client; again is no fault."""
    held = _named(state, call.params.open_id_connect_provider_arn)
    if call.params.client_id not in held.clients:
        quotas.check(call, "ClientIdsPerOpenIdConnectProvider", len(held.clients))


@service.project
def client_id_added_to_open_id_connect_provider(
    state: Iam, event: Event[api.AddClientIDToOpenIDConnectProvider, None]
) -> None:
    """The provider's tokens may be for this client."""
    held = _inferred(state, event, event.params.open_id_connect_provider_arn)
    held.clients = _once([*held.clients, event.params.client_id])


@service.handle
def remove_client_id_from_open_id_connect_provider(
    state: Iam, call: Call[api.RemoveClientIDFromOpenIDConnectProvider]
) -> None:
    """Let a provider's tokens be for a client no more; one that was not there is no fault."""
    _named(state, call.params.open_id_connect_provider_arn)


@service.project
def client_id_removed_from_open_id_connect_provider(
    state: Iam, event: Event[api.RemoveClientIDFromOpenIDConnectProvider, None]
) -> None:
    """The provider's tokens may not be for this client."""
    held = _inferred(state, event, event.params.open_id_connect_provider_arn)
    held.clients = [client for client in held.clients if client != event.params.client_id]


@service.handle
def update_open_id_connect_provider_thumbprint(
    state: Iam, call: Call[api.UpdateOpenIDConnectProviderThumbprint]
) -> None:
    """Replace all of a provider's thumbprints."""
    _named(state, call.params.open_id_connect_provider_arn)
    _check_thumbprints(call.params.thumbprint_list)


@service.project
def open_id_connect_provider_thumbprint_updated(
    state: Iam, event: Event[api.UpdateOpenIDConnectProviderThumbprint, None]
) -> None:
    """The provider has these thumbprints."""
    held = _inferred(state, event, event.params.open_id_connect_provider_arn)
    held.thumbprints = [thumbprint.lower() for thumbprint in event.params.thumbprint_list]


@service.handle
def update_open_id_connect_provider(state: Iam, call: Call[api.UpdateOpenIDConnectProvider]) -> None:
    """Change what a provider's tokens may be used for in IAM Identity Center."""
    _named(state, call.params.open_id_connect_provider_arn)


@service.project
def open_id_connect_provider_updated(state: Iam, event: Event[api.UpdateOpenIDConnectProvider, None]) -> None:
    """The provider is used so in IAM Identity Center."""
    held = _inferred(state, event, event.params.open_id_connect_provider_arn)
    propagation.update(held, event.params)


@service.handle
def delete_open_id_connect_provider(state: Iam, call: Call[api.DeleteOpenIDConnectProvider]) -> None:
    """Trust a provider no more. One that is not there is no fault of the caller's.

    https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html
    """


@service.project
def open_id_connect_provider_deleted(state: Iam, event: Event[api.DeleteOpenIDConnectProvider, None]) -> None:
    """The provider is gone."""
    state.oidc_providers.pop(event.params.open_id_connect_provider_arn, None)


@service.handle
def tag_open_id_connect_provider(state: Iam, call: Call[api.TagOpenIDConnectProvider]) -> None:
    """Put tags on a provider."""
    tags.check_more(call, _named(state, call.params.open_id_connect_provider_arn), call.params.tags)


@service.project
def open_id_connect_provider_tagged(state: Iam, event: Event[api.TagOpenIDConnectProvider, None]) -> None:
    """The provider has these tags, too."""
    tags.put(_inferred(state, event, event.params.open_id_connect_provider_arn), event.params.tags)


@service.handle
def untag_open_id_connect_provider(state: Iam, call: Call[api.UntagOpenIDConnectProvider]) -> None:
    """Take tags off a provider."""
    _named(state, call.params.open_id_connect_provider_arn)


@service.project
def open_id_connect_provider_untagged(state: Iam, event: Event[api.UntagOpenIDConnectProvider, None]) -> None:
    """The provider has these tags no more."""
    tags.remove(_inferred(state, event, event.params.open_id_connect_provider_arn), event.params.tag_keys)


@service.read
def list_open_id_connect_provider_tags(
    state: Iam, call: Call[api.ListOpenIDConnectProviderTags]
) -> api.ListOpenIDConnectProviderTagsResult:
    """A provider's tags."""
    held = _named(state, call.params.open_id_connect_provider_arn)
    found, end = tags.page_of(held, call.params)
    return api.ListOpenIDConnectProviderTagsResult(tags=found, **end)
