"""Lists of secrets, and many values at once.

https://docs.aws.amazon.com/secretsmanager/latest/userguide/manage_search-secret.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from backtrail import UNSET, Access, BadToken, Call, Page, Refusal, UnsetType, page, told
from backtrail.trail.times import CommaTime
from backtrail_aws.secretsmanager import api, errors, limits, names, versions
from backtrail_aws.secretsmanager.secrets import listed
from backtrail_aws.secretsmanager.state import Secret, Secrets, service

_FIELDS: dict[str, Callable[[Secret], Sequence[str]]] = {
    "description": lambda secret: [told(secret.description, "")],
    "name": lambda secret: [secret.name],
    "owning-service": lambda secret: [],
    "primary-region": lambda secret: [secret.arn.split(":")[3]] if secret.replicas else [],
    "tag-key": lambda secret: list(secret.tags),
    "tag-value": lambda secret: list(secret.tags.values()),
}
"""API_Filter: Key."""


@service.read
def list_secrets(state: Secrets, call: Call[api.ListSecrets]) -> api.ListSecretsResult:
    """Secrets by name or by date; those that are to be deleted only where they are asked for."""
    params = call.params
    keep = _keep(told(params.filters, []), params.include_planned_deletion is True)
    held: dict[str, Secret] = _sorted(
        state, told(params.sort_by, "created-date"), told(params.sort_order, "desc")
    )
    found = _page(held, call.params.next_token, told(params.max_results, limits.PAGE[1]), keep)
    return api.ListSecretsResult(
        secret_list=[listed(one, call.region) for one in found.items], next_token=found.next or UNSET
    )


def _sorted(state: Secrets, by: str, order: str) -> dict[str, Secret]:
    """Secrets under keys that sort them as asked."""

    def key(secret: Secret) -> str:
        at = {"last-changed-date": secret.changed, "last-accessed-date": secret.accessed}.get(by, secret.made)
        return secret.name if by == "name" else f"{at if not isinstance(at, UnsetType) else ''}"

    ranked = sorted(state.secrets.values(), key=lambda one: (key(one), one.name), reverse=order == "desc")
    return {f"{number:08d}": one for number, one in enumerate(ranked)}


def _page(
    held: dict[str, Secret], token: str | UnsetType, limit: int, keep: Callable[[Secret], bool]
) -> Page[Secret]:
    try:
        return page(held, told(token, "") or None, limit, keep=keep)
    except BadToken as error:
        raise errors.bad_token() from error


def _keep(filters: Sequence[api.Filter], planned: bool) -> Callable[[Secret], bool]:
    tests = [_test(told(one.key, ""), told(one.values, [])) for one in filters]

    def keep(secret: Secret) -> bool:
        return (planned or isinstance(secret.deleted, UnsetType)) and all(test(secret) for test in tests)

    return keep


def _test(key: str, values: Sequence[str]) -> Callable[[Secret], bool]:
    """Values are prefixes, one of which must fit; `!` before one says that it must not.

    Descriptions are searched in words without regard to case; `all` looks everywhere.
    """

    def one(secret: Secret, value: str) -> bool:
        looks = list(_FIELDS) if key == "all" else [key]
        texts = [(look, text) for look in looks for text in _FIELDS[look](secret)]
        return any(_fits(look, text, value) for look, text in texts)

    def test(secret: Secret) -> bool:
        wanted = [value for value in values if not value.startswith("!")]
        unwanted = [value[1:] for value in values if value.startswith("!")]
        if any(one(secret, value) for value in unwanted):
            return False
        return not wanted or any(one(secret, value) for value in wanted)

    return test


def _fits(look: str, text: str, value: str) -> bool:
    if look == "description":
        return any(
            word.lower().startswith(value.lower()) for word in text.split()
        ) or text.lower().startswith(value.lower())
    return text.startswith(value)


# many values


@service.read
def batch_get_secret_value(
    state: Secrets, call: Call[api.BatchGetSecretValue]
) -> api.BatchGetSecretValueResult:
    """The current values of some secrets, by id or by filter; what cannot be had is an error of its own."""
    params = call.params
    ids = told(params.secret_id_list, [])
    if bool(ids) == bool(told(params.filters, [])):
        # evidence: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
        # words: guess
        raise errors.invalid("Either 'SecretIdList' or 'Filters' must be provided, but not both.")
    if ids and not isinstance(params.max_results, UnsetType):
        # evidence: the same page; words: guess
        raise errors.invalid(
            "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided."
        )
    failed: list[api.APIErrorType] = []
    values: list[api.SecretValueEntry] = []
    following = None
    if not ids:
        found = _page(
            _sorted(state, "name", "asc"), params.next_token, told(params.max_results, limits.BATCH_MAX),
            _keep(told(params.filters, []), planned=False),
        )  # fmt: skip
        ids, following = [one.arn for one in found.items], found.next
    for identifier in ids:
        try:
            values.append(_value(state, call, identifier))
        except Refusal as refused:
            failed.append(
                api.APIErrorType(secret_id=identifier, error_code=refused.code, message=refused.message)
            )
    return api.BatchGetSecretValueResult(secret_values=values, errors=failed, next_token=following or UNSET)


def _value(state: Secrets, call: Call[Any], identifier: str) -> api.SecretValueEntry:
    account, region = names.place_of(identifier, call)
    there = state if account == call.account else call.own(service, account, region)
    secret = names.alive(there, identifier)
    call.require(Access(action="secretsmanager:GetSecretValue", resources=[secret.arn]))
    versions.check_key(call, secret)
    held = versions.chosen(secret, UNSET, UNSET)
    return api.SecretValueEntry(
        arn=secret.arn, name=secret.name, version_id=held.id, secret_binary=held.binary, secret_string=held.text,
        version_stages=secret.of(held.id),
        created_date=UNSET if isinstance(held.made, UnsetType) else CommaTime.of(held.made),
    )  # fmt: skip
