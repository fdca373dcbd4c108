"""Functions and layers that others may use: by their policies, and by function URLs without authentication."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail.exposing import EVERYBODY, Exposure, by_policy, open_to
from backtrail_aws.lambda_ import statements
from backtrail_aws.lambda_.state import Function, Functions, service

URL_ACTION = "lambda:InvokeFunctionUrl"
URLS = ("CreateFunctionUrlConfig", "UpdateFunctionUrlConfig")


@service.exposes
def open_functions(state: Functions, account: str, region: str) -> Iterator[Exposure]:
    """Each function, version, alias and layer's version that somebody outside may call or read."""
    for function in state.functions.values():
        for qualifier, policy in function.policies.items():
            yield from by_policy(
                statements.document(policy), account, resource=_arn(function, qualifier),
                names=(function.name, function.arn), through="function policy", actions=("AddPermission",),
            )  # fmt: skip
        yield from _urls(function, account)
    for layer in state.layers.values():
        for version in layer.versions.values():
            if version.policy is not None:
                yield from by_policy(
                    statements.document(version.policy), account, resource=version.arn,
                    names=(layer.name, layer.arn, version.arn), through="layer's policy",
                    actions=("AddLayerVersionPermission",),
                )  # fmt: skip


def _urls(function: Function, account: str) -> Iterator[Exposure]:
    """URLs that ask for no signature: https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html"""
    for qualifier, url in function.urls.items():
        if url.auth_type != "NONE":
            continue
        policy = function.policies.get(qualifier)
        openings = open_to(statements.document(policy), account) if policy is not None else ()
        allowed = any(one.to == EVERYBODY and _covers(one.what) for one in openings)
        yield Exposure(
            resource=_arn(function, qualifier), names=(function.name, function.arn),
            through=f"function URL {url.function_url}", to=EVERYBODY, what=URL_ACTION, actions=URLS,
            blocked="" if allowed else f"no statement allows everybody {URL_ACTION}",
        )  # fmt: skip


def _covers(what: str) -> bool:
    return any(action in (URL_ACTION, "lambda:*", "*") for action in what.split(", "))


def _arn(function: Function, qualifier: str) -> str:
    return f"{function.arn}:{qualifier}" if qualifier else function.arn
