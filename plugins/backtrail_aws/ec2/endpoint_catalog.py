"""The services of AWS that endpoints lead to: https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html

The common ones, by their place in a service name (`com.amazonaws.us-east-1.logs`).
"""

from __future__ import annotations

GATEWAY = ("dynamodb", "s3")
"""gateway-endpoints.html: those that cost nothing, and are routes."""
INTERFACE = (
    "athena", "autoscaling", "cloudformation", "cloudtrail", "codebuild", "codecommit", "config", "dynamodb", "ec2",
    "ec2messages", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "eks", "elasticfilesystem",
    "elasticloadbalancing", "events", "execute-api", "glue", "guardduty-data", "kinesis-firehose",
    "kinesis-streams", "kms", "lambda", "logs", "monitoring", "rds", "redshift", "s3", "sagemaker.api",
    "secretsmanager", "servicecatalog", "sns", "sqs", "ssm", "ssmmessages", "states", "sts", "xray",
)  # fmt: skip


def names(region: str) -> dict[str, list[str]]:
    """Every service of a region -> the types of endpoints that lead to it."""
    found: dict[str, list[str]] = {}
    for short in INTERFACE:
        found.setdefault(f"com.amazonaws.{region}.{short}", []).append("Interface")
    for short in GATEWAY:
        found.setdefault(f"com.amazonaws.{region}.{short}", []).insert(0, "Gateway")
    return dict(sorted(found.items()))
