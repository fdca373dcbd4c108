"""A lab whose networks have load balancers in them."""

from __future__ import annotations

import time
from typing import Any

import boto3
from botocore.config import Config
from click.testing import CliRunner

from backtrail_cli.group import cli

from .network_lab import Lab


class BalancerLab(Lab):
    """A server on a log of its own, and short words for what stories of load balancers do most."""

    def other(self, service: str) -> Any:
        """A client of another service."""
        return boto3.client(
            service, endpoint_url=self.server.endpoint, region_name="us-east-1", aws_access_key_id="test",
            aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}),
        )  # fmt: skip

    def fault(self, service: str, action: str, **params: str) -> None:
        """Bring about a fault of a service."""
        words = ["inject", service, action, *(f"{key}={value}" for key, value in params.items())]
        done = CliRunner().invoke(cli, [*words, "--endpoint", self.server.endpoint], catch_exceptions=False)
        assert done.exit_code == 0, done.output

    def nodes(self, vpc: str, count: int, *groups: str) -> list[dict[str, Any]]:
        """The interfaces that Elastic Load Balancing keeps in a VPC, once there are so many, with these groups."""
        filters = [
            {"Name": "vpc-id", "Values": [vpc]},
            {"Name": "requester-managed", "Values": ["true"]},
            *([{"Name": "group-id", "Values": list(groups)}] if groups else []),
        ]
        deadline = time.monotonic() + 30
        while True:
            answer = self.ec2.describe_network_interfaces(Filters=filters)
            found: list[dict[str, Any]] = answer["NetworkInterfaces"]
            if len(found) == count:
                return found
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
