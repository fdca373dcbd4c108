"""AWS's own prefix lists: vpc/latest/userguide/working-with-aws-managed-prefix-lists.html

Those of gateway endpoints. The ids are those of us-east-1; blocks: https://ip-ranges.amazonaws.com/ip-ranges.json, the
largest.
"""

from __future__ import annotations

from backtrail_aws.ec2.state import Ec2

LISTS = {
    "pl-63a5400a": ("com.amazonaws.{}.s3", ("52.216.0.0/15", "54.231.0.0/16")),
    "pl-02cd2c6b": ("com.amazonaws.{}.dynamodb", ("52.94.0.0/22",)),
}


def blocks(state: Ec2, identifier: str) -> list[str] | None:
    """The blocks of a list, a customer's or AWS's; None for one that nobody knows."""
    held = state.gateways.prefix_lists.get(identifier)
    if held is not None:
        return list(held.entries)
    return list(LISTS[identifier][1]) if identifier in LISTS else None
