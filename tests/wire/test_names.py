"""One name for each service, whatever others call it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from backtrail import model, names

# eventSources of real records that no public model has a service for.
UNMODELLED = {
    "billingconsole",
    "cloudshell",
    "iotfleethub",
    "kafka-cluster",
    "macie",
    "sso-directory",
    "support-subscription",
    "supportplans",
}


def test_the_table_is_what_the_models_say() -> None:
    """`names.json` is up to date: `python -m backtrail.names` would write the same."""
    services = model.services()
    kept = [row for name, row in names.table().items() if name in set(services)]  # without what tests adopted
    assert kept == [names.row(service) for service in services]


@pytest.mark.parametrize(
    ("service", "source", "signing", "iam"),
    [
        ("cloudwatch", "monitoring", "monitoring", "cloudwatch"),
        ("stepfunctions", "states", "states", "states"),
        ("ses", "ses", "ses", "ses"),
        ("sesv2", "ses", "ses", "ses"),
        ("elb", "elasticloadbalancing", "elasticloadbalancing", "elasticloadbalancing"),
        ("elbv2", "elasticloadbalancing", "elasticloadbalancing", "elasticloadbalancing"),
        ("efs", "elasticfilesystem", "elasticfilesystem", "elasticfilesystem"),
        ("kafka", "kafka", "kafka", "kafka"),
        ("mwaa", "airflow", "airflow", "airflow"),
        ("emr", "elasticmapreduce", "elasticmapreduce", "elasticmapreduce"),
        ("opensearch", "es", "es", "es"),
        ("events", "events", "events", "events"),
        ("resourcegroupstaggingapi", "tagging", "tagging", "tag"),
        ("service-quotas", "servicequotas", "servicequotas", "servicequotas"),
        ("frobnicator", "frobnicator", "frobnicator", "frobnicator"),
    ],
)
def test_a_services_other_names(service: str, source: str, signing: str, iam: str) -> None:
    """Event source, signing name and IAM prefix, also of a service that only a user has."""
    assert names.source_of(service) == f"{source}.amazonaws.com"
    assert (names.signing_name(service), names.iam_prefix(service)) == (signing, iam)


@pytest.mark.parametrize(
    ("source", "version", "event", "service"),
    [
        ("monitoring", None, None, "cloudwatch"),
        ("elasticloadbalancing", "2012-06-01", "CreateLoadBalancer", "elb"),
        ("elasticloadbalancing", "2015-12-01", "CreateLoadBalancer", "elbv2"),
        ("elasticloadbalancing", None, "CreateTargetGroup", "elbv2"),
        ("elasticloadbalancing", None, "RegisterInstancesWithLoadBalancer", "elb"),
        ("s3", None, "GetObject", "s3"),
        ("s3", None, "CreateJob", "s3control"),
        ("s3", None, "SomethingNew", "s3"),
        ("rds", None, "CreateDBInstance", "rds"),
        ("ses", None, "CreateEmailIdentity", "sesv2"),
        ("ses", None, "VerifyEmailIdentity", "ses"),
        ("lambda", None, "CreateFunction20150331", "lambda"),
        ("autoscaling", None, "RegisterScalableTarget", "application-autoscaling"),
        ("autoscaling", "2011-01-01", "CreateAutoScalingGroup", "autoscaling"),
        ("dynamodb", "2012-08-10", "GetRecords", "dynamodbstreams"),
        ("nothing", None, None, None),
    ],
)
def test_a_records_service(source: str, version: str | None, event: str | None, service: str | None) -> None:
    """A source is one service; where several share it, the version or else the event's name decides."""
    assert names.service_of_source(f"{source}.amazonaws.com", version, event) == service


def test_every_service_is_its_own_sources() -> None:
    """Going from a service to its source and back ends at a service of that source."""
    for service in names.table():
        back = names.service_of_source(names.source_of(service))
        assert back is not None and names.source_of(back) == names.source_of(service)


def test_every_source_of_the_real_trails_is_known(trails: Path) -> None:
    """Real records' sources are services that we have a name for, but for those that no model has."""
    sources = {
        record["eventSource"]
        for name in ("incident-a", "production-a", "production-b", "classroom-2017", "techniques")
        for record in map(json.loads, (trails / f"{name}.jsonl").read_text().splitlines())
    }
    unknown = {source.split(".")[0] for source in sources if names.service_of_source(source) is None}
    assert unknown <= UNMODELLED


@pytest.mark.parametrize(
    ("prefix", "service"),
    [
        ("AmazonSQS", "sqs"),
        ("CloudTrail_20131101", "cloudtrail"),
        ("com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101", "cloudtrail"),
        ("GraniteServiceVersion20100801", "cloudwatch"),
        ("Nothing", None),
    ],
)
def test_a_target_prefix_is_a_service(prefix: str, service: str | None) -> None:
    """Every client's spelling of a target names the service."""
    assert next(iter(names.targeted(prefix)), None) == service


def test_likeliest_first() -> None:
    """Of services that share a signing name, the one that is meant most often comes first."""
    assert names.signed("s3")[0] == "s3"
    assert names.signed("rds")[0] == "rds"
    assert names.signed("es")[0] == "opensearch"
    assert names.signed("nothing") == []
