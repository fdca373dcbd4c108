"""DNS names and hosted zones: https://docs.aws.amazon.com/general/latest/gr/elb.html"""

from __future__ import annotations

from typing import Any

from backtrail import UNSET, Call, UnsetType

_ZONES = {
    "us-east-2": "Z3AADJGX6KTTL2", "us-east-1": "Z35SXDOTRQ7X7K", "us-west-1": "Z368ELLRRE2KJ0",
    "us-west-2": "Z1H1FL5HABSF5", "af-south-1": "Z268VQBMOI5EKX", "ap-east-1": "Z3DQVH9N71FHZ0",
    "ap-south-1": "ZP97RAFLXTNZK", "ap-south-2": "Z0173938T07WNTVAEPZN", "ap-northeast-1": "Z14GRHDCWA56QT",
    "ap-northeast-2": "ZWKZPGTI48KDX", "ap-northeast-3": "Z5LXEXXYW11ES", "ap-southeast-1": "Z1LMS91P8CMLE5",
    "ap-southeast-2": "Z1GM3OXH4ZPM65", "ap-southeast-3": "Z08888821HLRG5A9ZRTER",
    "ap-southeast-4": "Z09517862IB2WZLPXG76F", "ca-central-1": "ZQSVJUPU6J1EY",
    "ca-west-1": "Z06473681N0SF6OS049SD", "eu-central-1": "Z215JYRZR1TBD5",
    "eu-central-2": "Z06391101F2ZOEP8P5EB3", "eu-west-1": "Z32O12XQLNTSW2", "eu-west-2": "ZHURV8PSTC4K8",
    "eu-west-3": "Z3Q77PNBQS71R4", "eu-south-1": "Z3ULH7SSC9OV64", "eu-south-2": "Z0956581394HF5D5LXGAP",
    "eu-north-1": "Z23TAZ6LKFMNIO", "il-central-1": "Z09170902867EHPV2DABU", "me-south-1": "ZS929ML54UICD",
    "me-central-1": "Z08230872XQRWHG2XF6I", "sa-east-1": "Z2P70J7HTTTPLU", "us-gov-west-1": "Z33AYJ8TM3BH4J",
    "us-gov-east-1": "Z166TLBEWOO7G0", "cn-north-1": "Z1GDH35T77C1KE", "cn-northwest-1": "ZM7IZAIOVVDZF",
}  # fmt: skip
"""By region."""


def zone(arn: str) -> str | UnsetType:
    """The Route 53 zone of the load balancers of an ARN's region; UNSET for unknown regions."""
    return _ZONES.get(arn.split(":")[3] if arn.count(":") > 4 else "", UNSET)


def name(call: Call[Any], balancer: str, scheme: str) -> str:
    """A load balancer's DNS name, as AWS makes them."""
    suffix = "amazonaws.com" + (".cn" if call.region.startswith("cn-") else "")
    number = int(call.new_id("hex8", "dns"), 16)
    return f"{'internal-' if scheme == 'internal' else ''}{balancer}-{number}.{call.region}.elb.{suffix}"
