"""EC2: what identifiers look like."""

from __future__ import annotations

import re


def of(prefix: str) -> re.Pattern[str]:
    """An identifier of a kind of resource."""
    return re.compile(prefix + "-[0-9a-f]{17}")


def arn(kind: str) -> re.Pattern[str]:
    """An ARN: of `vpc/vpc`, say."""
    return re.compile("arn:aws:ec2:us-east-1:123456789012:" + kind + "-[0-9a-f]{17}")
