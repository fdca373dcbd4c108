"""Every AWS service's names: one table that maps them all to the client name Backtrail uses everywhere.

`names.json` beside this file is written from botocore's models by `python -m backtrail.names`; what the
models do not say, or say wrongly, is corrected here by hand. The table loads on first use.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from backtrail import model


class ServiceName(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One service by all its names. `client` is botocore's; `protocols` are its model's, best first."""

    client: str
    service_id: str
    source: str
    signing: str
    endpoint: str
    version: str
    iam: str
    protocols: list[str]
    target: str = ""


_DATA = Path(__file__).with_name("names.json")

# CloudTrail's eventSource where it is not the signing name: measured in real records, or from the service's
# page on logging with CloudTrail (named after each).
_SOURCES = {
    "apigatewaymanagementapi": "execute-api",
    "application-autoscaling": "autoscaling",  # application/userguide/logging-using-cloudtrail.html
    "autoscaling-plans": "autoscaling",
    "marketplace-agreement": "agreement-marketplace",  # measured
    "marketplace-catalog": "catalog-marketplace",
    "marketplace-deployment": "deployment-marketplace",
    "marketplace-discovery": "discovery-marketplace",
    "marketplace-entitlement": "entitlement-marketplace",
    "marketplace-reporting": "reporting-marketplace",
    "meteringmarketplace": "metering-marketplace",  # measured
    "sso": "sso",
    "sso-oidc": "sso",  # measured
}

# IAM's prefix of actions where it is not the signing name:
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_IAM = {
    "cloudwatch": "cloudwatch",
    "directory-service-data": "ds-data",
    "keyspaces": "cassandra",
    "pinpoint": "mobiletargeting",
    "resourcegroupstaggingapi": "tag",
    "sso": "sso",
    "sso-oidc": "sso-oauth",
    "taxsettings": "tax",
}

# Services that share a name, the likelier first. All others of a group follow in order of length.
_FIRST = (
    "apigateway",
    "s3",
    "rds",
    "elb",
    "ses",
    "lambda",
    "events",
    "iam",
    "opensearch",
    "sagemaker",
    "bedrock",
    "qconnect",
)

# Signing names that clients use for a service whose model says another.
_SIGNED_AS = {"s3express": "s3", "s3-object-lambda": "s3", "s3-outposts": "s3control"}

# Target prefixes that some client sends and no model names.
_TARGETS = {
    "GraniteServiceVersion20100801": "cloudwatch",
    "AmazonSQS": "sqs",
}

# Hosts that no model names: https://docs.aws.amazon.com/general/latest/gr/sqs-service.html (legacy),
# https://docs.aws.amazon.com/general/latest/gr/s3.html (accelerate, dual-stack, websites).
_ENDPOINTS = {
    "queue": "sqs",
    "s3-accelerate": "s3",
    "s3-external-1": "s3",
    "s3-global": "s3",
    "s3-control": "s3control",
    "s3-outposts": "s3outposts",
    "ses": "sesv2",
}


@cache
def table() -> dict[str, ServiceName]:
    """All services, by client name."""
    rows = msgspec.json.decode(_DATA.read_bytes(), type=list[ServiceName])
    return {row.client: row for row in rows}


def source_of(service: str) -> str:
    """CloudTrail's eventSource of a service: `cloudwatch` -> `monitoring.amazonaws.com`.

    A service of a user's own is its own source: `frobnicator` -> `frobnicator.amazonaws.com`.
    """
    row = table().get(service)
    return f"{row.source if row else service}.amazonaws.com"


def iam_prefix(service: str) -> str:
    """The prefix of a service's actions in IAM policies: `stepfunctions` -> `states`."""
    row = table().get(service)
    return row.iam if row else service


def signing_name(service: str) -> str:
    """The service in a SigV4 credential scope: `cloudwatch` -> `monitoring`."""
    row = table().get(service)
    return row.signing if row else service


def service_of_source(
    event_source: str, api_version: str | None = None, event_name: str | None = None
) -> str | None:
    """The service that wrote a record, None for one that no table knows.

    Where several share a source (`elasticloadbalancing`, `rds`, `s3`), the record's apiVersion or else its
    eventName decides; the likeliest is the last resort.
    """
    sharing = _by_source().get(event_source.removesuffix(".amazonaws.com"))
    if sharing is None:
        return None
    if len(sharing) == 1:
        return sharing[0]
    return _decide(tuple(sharing), api_version, event_name)


def sharing(event_source: str) -> list[str]:
    """The services whose records have this source: none for a source that no table knows."""
    return list(_by_source().get(event_source.removesuffix(".amazonaws.com"), ()))


def adopt(service: str, metadata: model.Metadata) -> None:
    """Gives a user's own service its names: what its model says of them."""
    table()[service] = _named(service, metadata)
    _forget()


def disown(service: str) -> None:
    """Takes them back."""
    table().pop(service, None)
    _forget()


def _forget() -> None:
    for grouped in (_by_source, _by_signing, _by_endpoint, _by_version, _by_target, _decide):
        grouped.cache_clear()


def signed(signing: str) -> list[str]:
    """The services that a credential scope may mean, likeliest first."""
    return _by_signing().get(_SIGNED_AS.get(signing, signing), [])


def served_at(prefix: str) -> list[str]:
    """The services behind an endpoint prefix (`monitoring` of `monitoring.us-east-1.amazonaws.com`)."""
    if prefix in _ENDPOINTS:
        return [_ENDPOINTS[prefix]]
    return _by_endpoint().get(prefix, [])


def targeted(prefix: str) -> list[str]:
    """The services behind an X-Amz-Target prefix or a smithy service name, in any client's spelling.

    botocore sends the whole prefix (`com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101`), clients that
    are generated from Smithy models its last part.
    """
    found = _by_target()
    return found.get(prefix) or found.get(prefix.rpartition(".")[2], [])


def versioned(version: str) -> list[str]:
    """The services of the query protocols with that API version, likeliest first."""
    return _by_version().get(version, [])


@cache
def _decide(sharing: tuple[str, ...], version: str | None, event_name: str | None) -> str:
    same = [service for service in sharing if version and table()[service].version == version]
    if len(same) == 1:
        return same[0]
    candidates = same or list(sharing)
    if event_name:
        for service in candidates:
            if _has(service, event_name):
                return service
    return candidates[0]


def _has(service: str, event_name: str) -> bool:
    operations = model.load(service).operations
    # Lambda and CloudFront add API dates: CreateFunction20150331v2, CreateFunction2020_05_31.
    return event_name in operations or any(
        event_name.startswith(name) and event_name[len(name) :][:2] == "20" for name in operations
    )


@cache
def _by_source() -> dict[str, list[str]]:
    return _grouped((row.source, row.client) for row in table().values())


@cache
def _by_signing() -> dict[str, list[str]]:
    return _grouped((row.signing, row.client) for row in table().values())


@cache
def _by_endpoint() -> dict[str, list[str]]:
    return _grouped((row.endpoint, row.client) for row in table().values())


@cache
def _by_version() -> dict[str, list[str]]:
    query = ("query", "ec2")
    rows = (
        row for row in table().values() if row.client == "sqs" or any(name in row.protocols for name in query)
    )
    return _grouped((row.version, row.client) for row in rows)


@cache
def _by_target() -> dict[str, list[str]]:
    pairs = [(row.target, row.client) for row in table().values() if row.target]
    pairs += [(target.rpartition(".")[2], client) for target, client in pairs if "." in target]
    pairs += [(row.service_id.replace(" ", ""), row.client) for row in table().values()]
    pairs += list(_TARGETS.items())
    return _grouped(pairs)


def _grouped(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for key, client in pairs:
        if client not in groups[key]:
            groups[key].append(client)
    for clients in groups.values():
        clients.sort(key=lambda client: (client not in _FIRST, len(client), client))
    return dict(groups)


def row(service: str) -> ServiceName:
    """A service's names as its model and the corrections here say: one line of `names.json`."""
    return _named(service, model.load(service).metadata)


def _named(service: str, metadata: model.Metadata) -> ServiceName:
    signing = metadata.signing_name or metadata.endpoint_prefix
    return ServiceName(
        client=service,
        service_id=metadata.service_id,
        source=_SOURCES.get(service, signing),
        signing=signing,
        endpoint=metadata.endpoint_prefix,
        version=metadata.api_version,
        iam=_IAM.get(service, signing),
        protocols=metadata.protocols or [metadata.protocol],
        target=metadata.target_prefix or "",
    )


def write() -> None:
    """Write `names.json` afresh from the installed models: one service a line."""
    rows = [msgspec.json.encode(row(service)).decode() for service in model.services()]
    _DATA.write_text("[\n" + ",\n".join(rows) + "\n]\n")


if __name__ == "__main__":
    write()
