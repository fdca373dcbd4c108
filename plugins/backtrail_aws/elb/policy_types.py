"""Types of policies, and the policies that AWS has ready.

https://docs.aws.amazon.com/elasticloadbalancing/latest/classic/elb-security-policy-table.html
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from backtrail import Call, told
from backtrail_aws.elb import api, errors
from backtrail_aws.elb.state import ClassicLoadBalancers, Policy, service

_SSL = "SSLNegotiationPolicyType"
_REFERENCE = "Reference-Security-Policy"


class Attribute(NamedTuple):
    """What a type knows: the kind of value, how often it may stand there."""

    kind: str
    cardinality: str


_PROTOCOLS = ("Protocol-TLSv1", "Protocol-SSLv3", "Protocol-TLSv1.1", "Protocol-TLSv1.2")
_CIPHERS = (
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES128-SHA", "DHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384", "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA", "AES128-GCM-SHA256",
    "AES128-SHA256", "AES128-SHA", "AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA", "DHE-DSS-AES128-SHA",
    "CAMELLIA128-SHA", "EDH-RSA-DES-CBC3-SHA", "DES-CBC3-SHA", "ECDHE-RSA-RC4-SHA", "RC4-SHA",
    "ECDHE-ECDSA-RC4-SHA", "DHE-DSS-AES256-GCM-SHA384", "DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-AES256-SHA256",
    "DHE-DSS-AES256-SHA256", "DHE-RSA-AES256-SHA", "DHE-DSS-AES256-SHA", "DHE-RSA-CAMELLIA256-SHA",
    "DHE-DSS-CAMELLIA256-SHA", "CAMELLIA256-SHA", "EDH-DSS-DES-CBC3-SHA", "DHE-DSS-AES128-GCM-SHA256",
    "DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES128-SHA256", "DHE-DSS-AES128-SHA256", "DHE-RSA-CAMELLIA128-SHA",
    "DHE-DSS-CAMELLIA128-SHA", "ADH-AES128-GCM-SHA256", "ADH-AES128-SHA", "ADH-AES128-SHA256",
    "ADH-AES256-GCM-SHA384", "ADH-AES256-SHA", "ADH-AES256-SHA256", "ADH-CAMELLIA128-SHA",
    "ADH-CAMELLIA256-SHA", "ADH-DES-CBC3-SHA", "ADH-DES-CBC-SHA", "ADH-RC4-MD5", "ADH-SEED-SHA",
    "DES-CBC-SHA", "DHE-DSS-SEED-SHA", "DHE-RSA-SEED-SHA", "EDH-DSS-DES-CBC-SHA", "EDH-RSA-DES-CBC-SHA",
    "IDEA-CBC-SHA", "RC4-MD5", "SEED-SHA", "DES-CBC3-MD5", "DES-CBC-MD5", "RC2-CBC-MD5", "PSK-AES256-CBC-SHA",
    "PSK-3DES-EDE-CBC-SHA", "KRB5-DES-CBC3-SHA", "KRB5-DES-CBC3-MD5", "PSK-AES128-CBC-SHA", "PSK-RC4-SHA",
    "KRB5-RC4-SHA", "KRB5-RC4-MD5", "KRB5-DES-CBC-SHA", "KRB5-DES-CBC-MD5", "EXP-EDH-RSA-DES-CBC-SHA",
    "EXP-EDH-DSS-DES-CBC-SHA", "EXP-ADH-DES-CBC-SHA", "EXP-DES-CBC-SHA", "EXP-RC2-CBC-MD5",
    "EXP-KRB5-RC2-CBC-SHA", "EXP-KRB5-DES-CBC-SHA", "EXP-KRB5-RC2-CBC-MD5", "EXP-KRB5-DES-CBC-MD5",
    "EXP-ADH-RC4-MD5", "EXP-RC4-MD5", "EXP-KRB5-RC4-SHA", "EXP-KRB5-RC4-MD5",
)  # fmt: skip
_FLAG = Attribute("Boolean", "ZERO_OR_ONE")
TYPES: dict[str, tuple[str, dict[str, Attribute]]] = {
    "AppCookieStickinessPolicyType": (
        "Stickiness policy with session lifetimes controlled by the lifetime of the application-generated cookie.",
        {"CookieName": Attribute("String", "ONE")},
    ),
    "LBCookieStickinessPolicyType": (
        "Stickiness policy with session lifetimes controlled by the browser (user-agent) or a specified expiration "
        "period.",
        {"CookieExpirationPeriod": Attribute("Long", "ZERO_OR_ONE")},
    ),
    "ProxyProtocolPolicyType": (
        "Policy that controls whether to include the IP address and port of the originating request for TCP messages.",
        {"ProxyProtocol": Attribute("Boolean", "ONE")},
    ),
    "PublicKeyPolicyType": (
        "Policy containing a list of public keys to accept when authenticating the back-end server(s).",
        {"PublicKey": Attribute("String", "ONE")},
    ),
    "BackendServerAuthenticationPolicyType": (
        "Policy that controls authentication to back-end server(s) and contains one or more policies, such as an "
        "instance of a PublicKeyPolicyType.",
        {"PublicKeyPolicyName": Attribute("PolicyName", "ONE_OR_MORE")},
    ),
    _SSL: (
        "Listener policy that defines the ciphers and protocols that will be accepted by the load balancer.",
        {
            _REFERENCE: Attribute("String", "ZERO_OR_ONE"),
            **dict.fromkeys(("Protocol-SSLv2", *_PROTOCOLS, "Server-Defined-Cipher-Order", *_CIPHERS), _FLAG),
        },
    ),
}
"""Name -> description, attributes."""

_BASE = frozenset({*_CIPHERS[:6], *_CIPHERS[7:19]})
SAMPLES: dict[str, tuple[tuple[str, ...], frozenset[str]]] = {
    "ELBSecurityPolicy-2016-08": (("Protocol-TLSv1", "Protocol-TLSv1.1", "Protocol-TLSv1.2"), _BASE),
    "ELBSecurityPolicy-TLS-1-2-2017-01": (
        ("Protocol-TLSv1.2",),
        frozenset(one for one in _BASE if not one.endswith("-SHA")),
    ),
    "ELBSecurityPolicy-TLS-1-1-2017-01": (("Protocol-TLSv1.1", "Protocol-TLSv1.2"), _BASE),
    "ELBSecurityPolicy-2015-05": (
        ("Protocol-TLSv1", "Protocol-TLSv1.1", "Protocol-TLSv1.2"),
        _BASE | {"DES-CBC3-SHA"},
    ),
    "ELBSecurityPolicy-2015-03": (
        ("Protocol-TLSv1", "Protocol-TLSv1.1", "Protocol-TLSv1.2"),
        _BASE | {"DES-CBC3-SHA", "DHE-RSA-AES128-SHA"},
    ),
}
"""The policies that AWS has ready: name -> protocols, ciphers."""


def sample(name: str) -> Policy:
    """A policy that AWS has ready, with every protocol and cipher, on or off."""
    protocols, ciphers = SAMPLES[name]
    on = {*protocols, *ciphers, "Server-Defined-Cipher-Order"}
    flags = {one: str(one in on).lower() for one in (*_PROTOCOLS, "Server-Defined-Cipher-Order", *_CIPHERS)}
    return Policy(type=_SSL, attributes=_pairs({_REFERENCE: name, **flags}))


def _pairs(given: dict[str, str]) -> list[api.PolicyAttribute]:
    return [api.PolicyAttribute(attribute_name=key, attribute_value=value) for key, value in given.items()]


def check(kind: str, given: Sequence[api.PolicyAttribute]) -> None:
    """Refuse a type that there is not, attributes that it does not know, and too few or too many of them."""
    if kind not in TYPES:
        raise errors.no_policy_type(kind)
    known = TYPES[kind][1]
    counts: dict[str, int] = {}
    for one in given:
        name = told(one.attribute_name, "")
        counts[name] = counts.get(name, 0) + 1
        if name not in known:
            # evidence: model; words: guess
            raise errors.configuration(f"Policy type {kind} has no attribute {name}.")
        reference = told(one.attribute_value, "")
        if name == _REFERENCE and reference not in SAMPLES:
            raise errors.no_policy(reference)
    for name, attribute in known.items():
        least = attribute.cardinality.startswith("ONE")
        most = not attribute.cardinality.endswith("MORE")
        if (least and name not in counts) or (most and counts.get(name, 0) > 1):
            # evidence: model; words: guess
            raise errors.configuration(f"Attribute {name} of policy type {kind} must stand there once.")


def whole(kind: str, given: Sequence[api.PolicyAttribute]) -> list[api.PolicyAttribute]:
    """The attributes of a policy: of one for ciphers, all that there are, on or off."""
    if kind != _SSL:
        return list(given)
    named = {told(one.attribute_name, ""): told(one.attribute_value, "") for one in given}
    if named.get(_REFERENCE) in SAMPLES:
        return sample(named[_REFERENCE]).attributes
    flags = (*_PROTOCOLS, "Server-Defined-Cipher-Order", *_CIPHERS)
    return _pairs({one: named.get(one, "false").lower() for one in flags})


@service.read
def describe_load_balancer_policy_types(
    state: ClassicLoadBalancers, call: Call[api.DescribeLoadBalancerPolicyTypes]
) -> api.DescribeLoadBalancerPolicyTypesResult:
    """Some types, or all."""
    wanted = told(call.params.policy_type_names, []) or list(TYPES)
    for name in wanted:
        if name not in TYPES:
            raise errors.no_policy_type(name)
    return api.DescribeLoadBalancerPolicyTypesResult(policy_type_descriptions=[_shown(one) for one in wanted])


def _shown(name: str) -> api.PolicyTypeDescription:
    text, attributes = TYPES[name]
    return api.PolicyTypeDescription(
        policy_type_name=name, description=text,
        policy_attribute_type_descriptions=[
            api.PolicyAttributeTypeDescription(
                attribute_name=key, attribute_type=one.kind, cardinality=one.cardinality
            )
            for key, one in attributes.items()
        ],
    )  # fmt: skip
