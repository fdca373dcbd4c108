"""Security policies: which protocols and ciphers an HTTPS or TLS listener speaks.

https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
"""

from __future__ import annotations

from backtrail import Call, UnsetType, told
from backtrail_aws.elbv2 import api, errors, pages
from backtrail_aws.elbv2.state import LoadBalancers, service

DEFAULT = "ELBSecurityPolicy-2016-08"
"""What a listener that is made by the API has (API_CreateListener: SslPolicy)."""

_TLS_1_3 = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
_GCM = (
    "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
)  # fmt: skip
_FORWARD_2 = (
    _GCM[0], _GCM[1], "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", _GCM[2], _GCM[3],
    "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384",
)  # fmt: skip
_FORWARD = (
    _GCM[0], _GCM[1], "ECDHE-ECDSA-AES128-SHA256", "ECDHE-RSA-AES128-SHA256", "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA", _GCM[2], _GCM[3], "ECDHE-ECDSA-AES256-SHA384", "ECDHE-RSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA", "ECDHE-ECDSA-AES256-SHA",
)  # fmt: skip
_PLAIN_2 = ("AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256")
_PLAIN = (
    "AES128-GCM-SHA256",
    "AES128-SHA256",
    "AES128-SHA",
    "AES256-GCM-SHA384",
    "AES256-SHA256",
    "AES256-SHA",
)

_V = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")
POLICIES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "ELBSecurityPolicy-TLS13-1-3-2021-06": (_V[3:], _TLS_1_3),
    "ELBSecurityPolicy-TLS13-1-2-2021-06": (_V[2:], (*_TLS_1_3, *_FORWARD_2)),
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06": (_V[2:], (*_TLS_1_3, *_GCM)),
    "ELBSecurityPolicy-TLS13-1-2-Ext1-2021-06": (_V[2:], (*_TLS_1_3, *_FORWARD_2, *_PLAIN_2)),
    "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06": (_V[2:], (*_TLS_1_3, *_FORWARD, *_PLAIN)),
    "ELBSecurityPolicy-TLS13-1-1-2021-06": (_V[1:], (*_TLS_1_3, *_FORWARD, *_PLAIN)),
    "ELBSecurityPolicy-TLS13-1-0-2021-06": (_V, (*_TLS_1_3, *_FORWARD, *_PLAIN)),
    "ELBSecurityPolicy-2016-08": (_V[:3], (*_FORWARD, *_PLAIN)),
    "ELBSecurityPolicy-TLS-1-2-2017-01": (_V[2:3], (*_FORWARD_2, *_PLAIN_2)),
    "ELBSecurityPolicy-TLS-1-1-2017-01": (_V[1:3], (*_FORWARD, *_PLAIN)),
    "ELBSecurityPolicy-TLS-1-2-Ext-2018-06": (_V[2:3], (*_FORWARD, *_PLAIN)),
    "ELBSecurityPolicy-FS-2018-06": (_V[:3], _FORWARD),
    "ELBSecurityPolicy-FS-1-1-2019-08": (_V[1:3], _FORWARD),
    "ELBSecurityPolicy-FS-1-2-2019-08": (_V[2:3], _FORWARD),
    "ELBSecurityPolicy-FS-1-2-Res-2019-08": (_V[2:3], _FORWARD_2),
    "ELBSecurityPolicy-FS-1-2-Res-2020-10": (_V[2:3], _GCM),
    "ELBSecurityPolicy-2015-05": (_V[:3], (*_FORWARD, *_PLAIN)),
    "ELBSecurityPolicy-TLS-1-0-2015-04": (_V[:3], (*_FORWARD, *_PLAIN, "DES-CBC3-SHA")),
}
"""Name -> protocols, ciphers."""


def check(name: str) -> None:
    """Refuse a policy that there is not. Raises `Refusal`."""
    if name not in POLICIES:
        raise errors.no_policy(name)


@service.read
def describe_ssl_policies(
    state: LoadBalancers, call: Call[api.DescribeSSLPolicies]
) -> api.DescribeSSLPoliciesResult:
    """Some policies, or all."""
    params = call.params
    kind = params.load_balancer_type
    if not isinstance(kind, UnsetType) and kind not in ("application", "network"):
        # evidence: guess
        raise errors.invalid(f"'{kind}' is not a valid load balancer type for SSL policies")
    for name in told(params.names, []):
        check(name)
    wanted = told(params.names, []) or list(POLICIES)
    found, marker = pages.paged(params, {name: name for name in wanted})
    return api.DescribeSSLPoliciesResult(ssl_policies=[_shown(name) for name in found], next_marker=marker)


def _shown(name: str) -> api.SslPolicy:
    protocols, ciphers = POLICIES[name]
    return api.SslPolicy(
        name=name, ssl_protocols=list(protocols), supported_load_balancer_types=["application", "network"],
        ciphers=[api.Cipher(name=one, priority=number + 1) for number, one in enumerate(ciphers)],
    )  # fmt: skip
