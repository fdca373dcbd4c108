"""Certificates of listeners: the default one, and those for other names.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/listener-update-certificates.html. A certificate of
IAM must be there; one of ACM is taken at its word where ACM is not served.
"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, Event, Params, UnsetType, field, told
from backtrail_aws.elbv2 import api, errors, limits, names, pages
from backtrail_aws.elbv2.state import Listener, LoadBalancers, service


class ListServerCertificates(Params):
    """What is asked of IAM."""


class ServerCertificate(Params):
    """A certificate of IAM."""

    arn: str | UnsetType = field(name="arn", default=UNSET)


class ServerCertificates(Params):
    """What IAM answers."""

    server_certificate_metadata_list: list[ServerCertificate] | UnsetType = field(
        name="serverCertificateMetadataList", default=UNSET
    )


class DescribeCertificate(Params):
    """What is asked of ACM."""

    certificate_arn: str = field(name="certificateArn")


class ListCertificates(Params):
    """The same, to see whether ACM is there."""


class Certificates(Params):
    """What ACM answers."""


def check(call: Call[Any], arn: str) -> None:
    """Refuse a certificate that is not there. Raises `Refusal`."""
    if ":server-certificate/" in arn:
        answer = call.ask("iam", ListServerCertificates(), ServerCertificates)
        if answer is None:
            return
        if all(one.arn != arn for one in told(answer.server_certificate_metadata_list, [])):
            raise errors.no_certificate(arn)
    elif ":acm:" in arn and ":certificate/" in arn:
        served = call.ask("acm", ListCertificates(), Certificates) is not None
        if served and call.ask("acm", DescribeCertificate(certificate_arn=arn), Certificates) is None:
            raise errors.no_certificate(arn)
    else:
        # evidence: guess
        raise errors.invalid(f"Certificate ARN '{arn}' is not valid")


def default_of(certificates: list[api.Certificate] | UnsetType) -> str:
    """The ARN of the first certificate; "" for none."""
    given = told(certificates, [])
    return told(given[0].certificate_arn, "") if given else ""


def _secure(held: Listener) -> None:
    if told(held.shown.protocol, "HTTPS") not in ("HTTPS", "TLS"):
        # evidence: guess
        raise errors.not_permitted(
            "Certificates can only be added to or removed from HTTPS and TLS listeners"
        )


@service.handle
def add_listener_certificates(
    state: LoadBalancers, call: Call[api.AddListenerCertificates]
) -> api.AddListenerCertificatesResult:
    """More certificates; one that is there already is no error."""
    held = names.listener(state, call.params.listener_arn)
    _secure(held)
    given = [told(one.certificate_arn, "") for one in call.params.certificates]
    for one in given:
        check(call, one)
    most = call.quota("certificates-per-application-load-balancer", limits.CERTIFICATES_MAX)
    if len(set(given) | set(held.certificates)) > most:
        raise errors.too_many("TooManyCertificates", "certificates")
    return api.AddListenerCertificatesResult(
        certificates=[api.Certificate(certificate_arn=one, is_default=False) for one in given]
    )


@service.project
def listener_certificates_added(
    state: LoadBalancers, event: Event[api.AddListenerCertificates, api.AddListenerCertificatesResult]
) -> None:
    """The certificates are there."""
    held = names.known_listener(state, event, event.params.listener_arn)
    given = [told(one.certificate_arn, "") for one in event.params.certificates]
    held.certificates = list(dict.fromkeys([*held.certificates, *given]))


@service.handle
def remove_listener_certificates(state: LoadBalancers, call: Call[api.RemoveListenerCertificates]) -> None:
    """Fewer certificates; the default one stays."""
    held = names.listener(state, call.params.listener_arn)
    _secure(held)
    default = default_of(held.shown.certificates)
    for one in call.params.certificates:
        if one.certificate_arn == default and default not in held.certificates:
            # evidence: page API_RemoveListenerCertificates; words: guess
            raise errors.not_permitted(f"Default certificate '{default}' cannot be removed from the listener")


@service.project
def listener_certificates_removed(
    state: LoadBalancers, event: Event[api.RemoveListenerCertificates, None]
) -> None:
    """The certificates are gone."""
    held = names.known_listener(state, event, event.params.listener_arn)
    gone = {told(one.certificate_arn, "") for one in event.params.certificates}
    held.certificates = [one for one in held.certificates if one not in gone]


@service.read
def describe_listener_certificates(
    state: LoadBalancers, call: Call[api.DescribeListenerCertificates]
) -> api.DescribeListenerCertificatesResult:
    """The default one first, then the others."""
    held = names.listener(state, call.params.listener_arn)
    default = default_of(held.shown.certificates)
    items = {f"0/{default}": default} if default else {}
    items |= {f"1/{one}": one for one in held.certificates}
    found, marker = pages.paged(call.params, dict(sorted(items.items())))
    first = isinstance(call.params.marker, UnsetType)
    return api.DescribeListenerCertificatesResult(
        certificates=[
            api.Certificate(certificate_arn=one, is_default=bool(default) and first and number == 0)
            for number, one in enumerate(found)
        ],
        next_marker=marker,
    )
