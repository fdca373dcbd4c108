"""Custom key stores, as far as records tell of them: https://docs.aws.amazon.com/kms/latest/developerguide/key-store-overview.html

None can be made here: there is no CloudHSM, and no proxy is called.
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Answer, Call, Event, Refusal, UnsetType, known, told
from backtrail_aws.kms import api, errors, limits, metadata, paging
from backtrail_aws.kms.state import Kms, Store, service

CONNECTED, DISCONNECTED = "CONNECTED", "DISCONNECTED"


@service.handle
def create_custom_key_store(
    state: Kms, call: Call[api.CreateCustomKeyStore]
) -> api.CreateCustomKeyStoreResult:
    """Refused: the cluster is not there, or the proxy cannot be reached."""
    params = call.params
    if any(one.name == params.custom_key_store_name for one in state.stores.values()):
        # evidence: model; words: guess
        raise Refusal(
            "CustomKeyStoreNameInUseException",
            f"The custom key store name {params.custom_key_store_name} is already in use.",
        )
    if told(params.custom_key_store_type, "AWS_CLOUDHSM") == "EXTERNAL_KEY_STORE":
        # evidence: model; words: guess
        raise Refusal("XksProxyUriUnreachableException", "The external key store proxy cannot be reached.")
    # evidence: model; words: guess
    raise Refusal(
        "CloudHsmClusterNotFoundException",
        f"The CloudHSM cluster {told(params.cloud_hsm_cluster_id, '')} does not exist.",
    )


@service.project
def custom_key_store_created(
    state: Kms, event: Event[api.CreateCustomKeyStore, api.CreateCustomKeyStoreResult]
) -> None:
    """The store is there, not connected yet."""
    params = event.params
    name = told(event.result.custom_key_store_id, f"cks-{event.new_id('hex17', 'store')}")
    state.stores[name] = Store(
        id=name, name=params.custom_key_store_name, kind=told(params.custom_key_store_type, "AWS_CLOUDHSM"),
        cluster=params.cloud_hsm_cluster_id, endpoint=params.xks_proxy_uri_endpoint,
        path=params.xks_proxy_uri_path, made=event.time,
    )  # fmt: skip


def _required(state: Kms, identifier: str) -> Store:
    found = state.stores.get(identifier)
    if found is None:
        raise errors.no_store(identifier)
    return found


def _known(state: Kms, event: Event[Any, Any], identifier: str) -> Store:
    return known(state.stores, identifier, event, lambda: Store(id=identifier))


def _beside(store: Store) -> dict[str, Any]:
    """What a record has beside its parameters."""
    told_of = {"customKeyStoreName": store.name, "clusterId": store.cluster}
    return {name: value for name, value in told_of.items() if isinstance(value, str)}


@service.handle
def connect_custom_key_store(state: Kms, call: Call[api.ConnectCustomKeyStore]) -> Answer[None]:
    """One that is connected stays so."""
    store = _required(state, call.params.custom_key_store_id)
    return Answer(None, additional=_beside(store))


@service.project
def custom_key_store_connected(state: Kms, event: Event[api.ConnectCustomKeyStore, None]) -> None:
    """The store is connected."""
    _known(state, event, event.params.custom_key_store_id).connection = CONNECTED


@service.handle
def disconnect_custom_key_store(state: Kms, call: Call[api.DisconnectCustomKeyStore]) -> Answer[None]:
    """One that is not connected stays so."""
    store = _required(state, call.params.custom_key_store_id)
    return Answer(None, additional=_beside(store))


@service.project
def custom_key_store_disconnected(state: Kms, event: Event[api.DisconnectCustomKeyStore, None]) -> None:
    """The store is not connected."""
    _known(state, event, event.params.custom_key_store_id).connection = DISCONNECTED


@service.handle
def update_custom_key_store(state: Kms, call: Call[api.UpdateCustomKeyStore]) -> Answer[None]:
    """A store that is not connected."""
    store = _required(state, call.params.custom_key_store_id)
    if store.connection != DISCONNECTED and isinstance(call.params.new_custom_key_store_name, UnsetType):
        raise errors.store_state(f"{store.id} must be disconnected.")
    return Answer(None, additional=_beside(store))


@service.project
def custom_key_store_updated(state: Kms, event: Event[api.UpdateCustomKeyStore, None]) -> None:
    """What was given is changed."""
    params = event.params
    store = _known(state, event, params.custom_key_store_id)
    store.name = told(params.new_custom_key_store_name, store.name)
    store.cluster = told(params.cloud_hsm_cluster_id, store.cluster)
    store.endpoint = told(params.xks_proxy_uri_endpoint, store.endpoint)
    store.path = told(params.xks_proxy_uri_path, store.path)


@service.handle
def delete_custom_key_store(state: Kms, call: Call[api.DeleteCustomKeyStore]) -> Answer[None]:
    """One that is not connected, and has no keys."""
    store = _required(state, call.params.custom_key_store_id)
    if store.connection != DISCONNECTED:
        raise errors.store_state(f"{store.id} must be disconnected.")
    if any(key.store == store.id for key in state.keys.values()):
        # evidence: model; words: guess
        raise Refusal("CustomKeyStoreHasCMKsException", f"{store.id} has KMS keys.")
    return Answer(None, additional=_beside(store))


@service.project
def custom_key_store_deleted(state: Kms, event: Event[api.DeleteCustomKeyStore, None]) -> None:
    """The store is gone."""
    state.stores.pop(event.params.custom_key_store_id, None)


@service.read
def describe_custom_key_stores(
    state: Kms, call: Call[api.DescribeCustomKeyStores]
) -> api.DescribeCustomKeyStoresResult:
    """All stores, or one by its id or name."""
    params = call.params
    wanted = {
        name: one
        for name, one in state.stores.items()
        if told(params.custom_key_store_id, name) == name
        and (isinstance(params.custom_key_store_name, UnsetType) or one.name == params.custom_key_store_name)
    }
    asked = told(params.custom_key_store_id, told(params.custom_key_store_name, ""))
    if asked and not wanted:
        raise errors.no_store(asked)
    found = paging.cut(wanted, params.marker, params.limit, limits.STORES_PAGE_DEFAULT)
    return api.DescribeCustomKeyStoresResult(
        custom_key_stores=[_shown(one) for one in found.items], next_marker=found.next or UNSET,
        truncated=found.next is not None,
    )  # fmt: skip


def _shown(one: Store) -> api.CustomKeyStoresListEntry:
    outer = api.XksProxyConfigurationType(uri_endpoint=one.endpoint, uri_path=one.path)
    return api.CustomKeyStoresListEntry(
        custom_key_store_id=one.id, custom_key_store_name=one.name, cloud_hsm_cluster_id=one.cluster,
        connection_state=one.connection, creation_date=metadata.at(one.made), custom_key_store_type=one.kind,
        xks_proxy_configuration=outer if one.kind == "EXTERNAL_KEY_STORE" else UNSET,
    )  # fmt: skip
