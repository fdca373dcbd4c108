"""Listeners: https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-listener-config.html"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Call, Event, Params, UnsetType, field, members, told
from backtrail_aws.elb import api, errors, limits, names
from backtrail_aws.elb.state import Balancer, ClassicLoadBalancers, Listener, service

_LAYER = {"HTTP": 7, "HTTPS": 7, "TCP": 4, "SSL": 4}
_SECURE = ("HTTPS", "SSL")


class ListServerCertificates(Params):
    """What is asked of IAM."""


class ServerCertificate(Params):
    """A certificate of IAM."""

    arn: str | UnsetType = UNSET


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


def check(call: Call[Any], given: api.Listener) -> None:
    """Refuse a listener that cannot be. Raises `Refusal`."""
    front, back = given.protocol.upper(), told(given.instance_protocol, given.protocol).upper()
    for one in (front, back):
        if one not in _LAYER:
            raise errors.protocol(one)
    if _LAYER[front] != _LAYER[back]:
        # evidence: page API_Listener (InstanceProtocol: the same layer); words: guess
        raise errors.configuration(f"Protocols {front} and {back} are not of the same layer.")
    for port in (given.load_balancer_port, given.instance_port):
        if not limits.PORTS[0] <= port <= limits.PORTS[1]:
            # evidence: page API_Listener; words: guess
            raise errors.invalid(f"Port {port} is not valid; ports are between 1 and 65535")
    arn = told(given.ssl_certificate_id, "")
    if front in _SECURE and not arn:
        # evidence: guess
        raise errors.configuration(f"An SSL certificate must be specified for {front} listeners.")
    if arn:
        check_certificate(call, arn)


def check_certificate(call: Call[Any], arn: str) -> None:
    """Refuse a certificate that is not there; one of ACM is taken at its word where that is not served."""
    if ":server-certificate/" in arn:
        answer = call.ask("iam", ListServerCertificates(), ServerCertificates)
        known = None if answer is None else told(answer.server_certificate_metadata_list, [])
        if known is not None and all(one.arn != arn for one in known):
            raise errors.no_certificate(arn)
    elif ":acm:" in arn and ":certificate/" in arn:
        served = call.ask("acm", ListCertificates(), Certificates) is not None
        if served and call.ask("acm", DescribeCertificate(certificate_arn=arn), Certificates) is None:
            raise errors.no_certificate(arn)
    else:
        raise errors.no_certificate(arn)


def whole(given: api.Listener) -> api.Listener:
    """A listener as answers show it: protocols in capitals, that of the instances as the listener's by default."""
    front = given.protocol.upper()
    back = told(given.instance_protocol, front).upper()
    return msgspec.structs.replace(given, protocol=front, instance_protocol=back)


def made(given: api.Listener) -> Listener:
    """A listener as it is kept; a secure one has AWS's own policy."""
    shown = whole(given)
    return Listener(shown=shown, policies=["ELBSecurityPolicy-2016-08"] if shown.protocol in _SECURE else [])


def at(held: Balancer, port: int) -> Listener:
    """The listener at a port. Raises `Refusal`."""
    found = held.listeners.get(str(port))
    if found is None:
        raise errors.no_listener(held.name, port)
    return found


@service.handle
def create_load_balancer_listeners(
    state: ClassicLoadBalancers, call: Call[api.CreateLoadBalancerListeners]
) -> None:
    """More listeners; one that there is already with equal settings is no error."""
    held = names.balancer(state, call.params.load_balancer_name)
    ports = set(held.listeners)
    for one in call.params.listeners:
        check(call, one)
        port = str(one.load_balancer_port)
        if port in held.listeners and held.listeners[port].shown != whole(one):
            raise errors.listener_exists(held.name, one.load_balancer_port)
        ports.add(port)
    if len(ports) > call.quota("classic-listeners", limits.LISTENERS_MAX):
        # evidence: page elb-limits.html; words: guess
        raise errors.configuration("The maximum number of listeners has been reached.")


@service.project
def listeners_created(
    state: ClassicLoadBalancers, event: Event[api.CreateLoadBalancerListeners, None]
) -> None:
    """The listeners are there."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    for one in event.params.listeners:
        held.listeners.setdefault(str(one.load_balancer_port), made(one))


@service.handle
def delete_load_balancer_listeners(
    state: ClassicLoadBalancers, call: Call[api.DeleteLoadBalancerListeners]
) -> None:
    """Ports without a listener are no error."""
    names.balancer(state, call.params.load_balancer_name)


@service.project
def listeners_deleted(
    state: ClassicLoadBalancers, event: Event[api.DeleteLoadBalancerListeners, None]
) -> None:
    """The listeners are gone."""
    held = names.inferred(state, event, event.params.load_balancer_name)
    for port in event.params.load_balancer_ports:
        held.listeners.pop(str(port), None)


@service.handle
def set_load_balancer_listener_ssl_certificate(
    state: ClassicLoadBalancers, call: Call[api.SetLoadBalancerListenerSSLCertificate]
) -> None:
    """Another certificate for a secure listener."""
    params = call.params
    listener = at(names.balancer(state, params.load_balancer_name), params.load_balancer_port)
    if listener.shown.protocol not in _SECURE:
        # evidence: model; words: guess
        raise errors.configuration("A certificate can only be set for HTTPS and SSL listeners.")
    check_certificate(call, params.ssl_certificate_id)


@service.project
def certificate_set(
    state: ClassicLoadBalancers, event: Event[api.SetLoadBalancerListenerSSLCertificate, None]
) -> None:
    """The listener has it."""
    params = event.params
    held = names.inferred(state, event, params.load_balancer_name)
    listener = held.listeners.get(str(params.load_balancer_port))
    if listener is not None:
        listener.shown = members.changed(listener.shown, ssl_certificate_id=params.ssl_certificate_id)
