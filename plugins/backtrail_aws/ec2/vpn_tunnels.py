"""The tunnels of a VPN connection, and what a customer's device is told of them.

https://docs.aws.amazon.com/vpn/latest/s2svpn/VPNTunnels.html
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Network
from xml.sax.saxutils import escape

from backtrail import Call, told
from backtrail_aws.ec2 import api, cidrs, errors
from backtrail_aws.ec2.casting import cast
from backtrail_aws.ec2.elastic_ips import public_ip
from backtrail_aws.ec2.state_gateways import CustomerGateway, VpnConnection

_KEY = re.compile(r"[A-Za-z1-9._][A-Za-z0-9._]{7,63}")  # VPNTunnels.html: pre-shared key, no leading zero
_LINK_LOCAL = IPv4Network("169.254.0.0/16")
_RESERVED = frozenset(f"169.254.{third}.0/30" for third in range(6)) | {"169.254.169.252/30"}
_KEY_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
TUNNELS = 2


def planned(
    call: Call[api.CreateVpnConnection], given: Sequence[api.VpnTunnelOptionsSpecification]
) -> list[api.TunnelOption]:
    """Both tunnels, with what was not asked for made up. Raises `Refusal`."""
    if len(given) > TUNNELS:
        # evidence: page VPNTunnels.html (two tunnels); words: guess
        raise errors.invalid("A VPN connection has at most two tunnels.")
    made: list[api.TunnelOption] = []
    for number in range(TUNNELS):
        one = given[number] if number < len(given) else api.VpnTunnelOptionsSpecification()
        inside = told(one.tunnel_inside_cidr, _inside(call, number))
        _check(inside, told(one.pre_shared_key, ""), [told(other.tunnel_inside_cidr, "") for other in made])
        key = told(one.pre_shared_key, "") or call.secret_text(f"psk/{number}", 32, _KEY_LETTERS[10:62])
        made.append(
            cast(
                one, api.TunnelOption, tunnel_inside_cidr=inside, pre_shared_key=key,
                outside_ip_address=public_ip(call.new_id("hex8", f"outside/{number}")),
            )
        )  # fmt: skip
    return made


def _inside(call: Call[api.CreateVpnConnection], number: int) -> str:
    """A /30 of link-local addresses, none of those that AWS keeps for itself (169.254.0 to 5, 169.254.169.252)."""
    digits = int(call.new_id("hex8", "inside"), 16)
    third, fourth = 6 + digits % 160, (digits >> 8) % 32 * 4 + 128 * number
    return f"169.254.{third}.{fourth}/30"


def _check(inside: str, key: str, others: Sequence[str]) -> None:
    block = cidrs.v4(inside, "tunnelInsideCidr")
    if block.prefixlen != 30 or not block.subnet_of(_LINK_LOCAL) or str(block) in _RESERVED:
        # evidence: page VPNTunnels.html (the rule); words: guess
        raise errors.invalid(f"Invalid tunnel inside CIDR {inside}.")
    if inside in others:
        # evidence: page VPNTunnels.html (the rule); words: guess
        raise errors.invalid(f"The tunnel inside CIDR {inside} is used twice.")
    if key and not _KEY.fullmatch(key):
        # evidence: page VPNTunnels.html (the rule); words: guess
        raise errors.invalid(
            "Invalid pre-shared key: it must have 8 to 64 letters, digits, periods and underscores, and not begin "
            "with zero."
        )


def telemetry(connection: VpnConnection) -> list[api.VgwTelemetry]:
    """How the tunnels are. The device on the other side is taken to be there: only a fault takes a tunnel down."""
    return [
        api.VgwTelemetry(
            accepted_route_count=len(connection.routes), outside_ip_address=told(one.outside_ip_address, ""),
            status="DOWN" if one.outside_ip_address in connection.down else "UP",
            status_message="IPSEC IS DOWN" if one.outside_ip_address in connection.down else "",
        )
        for one in connection.tunnels
    ]  # fmt: skip


def is_up(connection: VpnConnection) -> bool:
    """Whether traffic gets through at least one tunnel."""
    outside = [one.outside_ip_address for one in connection.tunnels]
    return not outside or any(one not in connection.down for one in outside)


def configuration(connection: VpnConnection, customer: CustomerGateway | None) -> str:
    """What the customer's device is to be configured with: XML, in the native form of CreateVpnConnection."""
    gateway = told(connection.vpn, told(connection.transit, ""))
    tunnels = "".join(_tunnel(one, customer, connection) for one in connection.tunnels)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<vpn_connection id="{connection.id}">\n'
        f"  <customer_gateway_id>{told(connection.customer, '')}</customer_gateway_id>\n"
        f"  <vpn_gateway_id>{gateway}</vpn_gateway_id>\n"
        f"  <vpn_connection_type>ipsec.1</vpn_connection_type>\n{tunnels}</vpn_connection>\n"
    )


def _tunnel(one: api.TunnelOption, customer: CustomerGateway | None, connection: VpnConnection) -> str:
    block = cidrs.parsed(told(one.tunnel_inside_cidr, ""))
    inside = [str(block[1]), str(block[2])] if isinstance(block, IPv4Network) else ["", ""]
    theirs = _side(
        "customer_gateway", told(customer.ip, "") if customer else "", inside[1],
        "" if connection.static or customer is None else told(customer.asn, ""),
    )  # fmt: skip
    ours = _side(
        "vpn_gateway", told(one.outside_ip_address, ""), inside[0], "" if connection.static else "64512"
    )
    key = escape(told(one.pre_shared_key, ""))
    return (
        f"  <ipsec_tunnel>\n{theirs}{ours}    <ike>\n      <authentication_protocol>sha1</authentication_protocol>\n"
        "      <encryption_protocol>aes-128-cbc</encryption_protocol>\n"
        f"      <lifetime>{told(one.phase1_lifetime_seconds, 28800)}</lifetime>\n"
        "      <perfect_forward_secrecy>group2</perfect_forward_secrecy>\n      <mode>main</mode>\n"
        f"      <pre_shared_key>{key}</pre_shared_key>\n    </ike>\n"
        "    <ipsec>\n      <protocol>esp</protocol>\n"
        "      <authentication_protocol>hmac-sha1-96</authentication_protocol>\n"
        "      <encryption_protocol>aes-128-cbc</encryption_protocol>\n"
        f"      <lifetime>{told(one.phase2_lifetime_seconds, 3600)}</lifetime>\n"
        "      <perfect_forward_secrecy>group2</perfect_forward_secrecy>\n      <mode>tunnel</mode>\n"
        "      <clear_df_bit>true</clear_df_bit>\n"
        "      <fragmentation_before_encryption>true</fragmentation_before_encryption>\n"
        "      <tcp_mss_adjustment>1379</tcp_mss_adjustment>\n"
        "      <dead_peer_detection>\n        <interval>10</interval>\n        <retries>3</retries>\n"
        "      </dead_peer_detection>\n    </ipsec>\n  </ipsec_tunnel>\n"
    )


def _side(name: str, outside: str, inside: str, asn: str) -> str:
    bgp = (
        f"      <bgp>\n        <asn>{asn}</asn>\n        <hold_time>30</hold_time>\n      </bgp>\n"
        if asn
        else ""
    )
    return (
        f"    <{name}>\n      <tunnel_outside_address>\n        <ip_address>{outside}</ip_address>\n"
        f"      </tunnel_outside_address>\n      <tunnel_inside_address>\n        <ip_address>{inside}</ip_address>\n"
        "        <network_mask>255.255.255.252</network_mask>\n        <network_cidr>30</network_cidr>\n"
        f"      </tunnel_inside_address>\n{bgp}    </{name}>\n"
    )
