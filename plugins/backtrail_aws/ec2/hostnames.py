"""Host names of addresses: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html"""

from __future__ import annotations


def private(address: str, region: str) -> str:
    """`ip-10-0-0-4.ec2.internal`; in other regions than us-east-1 `ip-10-0-0-4.eu-west-1.compute.internal`."""
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"


def public(address: str, region: str) -> str:
    """`ec2-3-0-0-4.compute-1.amazonaws.com`; elsewhere `ec2-3-0-0-4.eu-west-1.compute.amazonaws.com`."""
    domain = "compute-1" if region == "us-east-1" else f"{region}.compute"
    return f"ec2-{address.replace('.', '-')}.{domain}.amazonaws.com"
