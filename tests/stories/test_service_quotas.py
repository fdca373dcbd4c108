"""Service Quotas by boto3, over a real socket: every operation, and what a changed quota does to its service."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

Client = Callable[..., Any]
BUCKETS = "L-DC2B2D3D"


def test_quotas_are_read_and_changed(client: Client) -> None:
    """Listed by pages, read one by one, asked for, granted, and told of afterwards."""
    quotas = client("service-quotas")
    services = {one["ServiceCode"] for page in pages(quotas, "list_services") for one in page["Services"]}
    assert {"iam", "lambda", "logs", "s3", "sns", "sqs"} <= services
    for operation in ("list_service_quotas", "list_aws_default_service_quotas"):
        listed = [one for page in pages(quotas, operation, ServiceCode="iam") for one in page["Quotas"]]
        assert {"L-FE177D64", "L-F55AF5E4"} <= {one["QuotaCode"] for one in listed}
        assert all(one["GlobalQuota"] for one in listed)
    named = {"ServiceCode": "s3", "QuotaCode": BUCKETS}
    assert quotas.get_aws_default_service_quota(**named)["Quota"]["Value"] == 10_000.0

    request = quotas.request_service_quota_increase(**named, DesiredValue=20_000)["RequestedQuota"]

    assert request["Status"] == "PENDING"
    told = quotas.get_requested_service_quota_change(RequestId=request["Id"])["RequestedQuota"]
    assert (told["Status"], told["Created"]) == ("APPROVED", request["Created"])
    assert quotas.get_service_quota(**named)["Quota"]["Value"] == 20_000.0
    for operation, given in (
        ("list_requested_service_quota_change_history", {}),
        ("list_requested_service_quota_change_history_by_quota", named),
    ):
        history = [one for page in pages(quotas, operation, **given) for one in page["RequestedQuotas"]]
        assert [one["Id"] for one in history] == [request["Id"]]


def test_quotas_are_tagged(client: Client) -> None:
    """Tags stand at the quota's ARN."""
    quotas = client("service-quotas")
    arn = quotas.get_service_quota(ServiceCode="sns", QuotaCode="L-61103206")["Quota"]["QuotaArn"]
    quotas.tag_resource(ResourceARN=arn, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}])
    quotas.untag_resource(ResourceARN=arn, TagKeys=["b"])

    assert quotas.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "a", "Value": "1"}]


def test_templates_need_an_organization(client: Client) -> None:
    """An account by itself has none, whatever is asked of it."""
    quotas = client("service-quotas")
    entry = {"ServiceCode": "s3", "QuotaCode": BUCKETS, "AwsRegion": "us-east-1"}
    for call in (
        quotas.associate_service_quota_template,
        quotas.disassociate_service_quota_template,
        quotas.get_association_for_service_quota_template,
        quotas.list_service_quota_increase_requests_in_template,
        lambda: quotas.put_service_quota_increase_request_into_template(**entry, DesiredValue=20_000),
        lambda: quotas.get_service_quota_increase_request_from_template(**entry),
        lambda: quotas.delete_service_quota_increase_request_from_template(**entry),
    ):
        with pytest.raises(quotas.exceptions.NoAvailableOrganizationException):
            call()


def test_what_is_not_here_is_a_501(client: Client) -> None:
    """Reports, support cases and automatic management say that they are not here."""
    quotas = client("service-quotas", config=Config(retries={"max_attempts": 0}))
    for call in (
        quotas.start_quota_utilization_report,
        quotas.get_auto_management_configuration,
        lambda: quotas.create_support_case(RequestId="a1"),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_the_hundred_and_first_bucket_is_refused(client: Client) -> None:
    """S3-14: with the quota of the book, a hundred buckets are all there can be."""
    client("service-quotas").request_service_quota_increase(
        ServiceCode="s3", QuotaCode=BUCKETS, DesiredValue=100
    )
    s3 = client("s3")
    for number in range(100):
        s3.create_bucket(Bucket=f"bucket-{number}")
    with pytest.raises(ClientError) as refused:
        s3.create_bucket(Bucket="bucket-100")
    assert refused.value.response["Error"]["Code"] == "TooManyBuckets"
    s3.delete_bucket(Bucket="bucket-7")
    s3.create_bucket(Bucket="bucket-100")


def test_messages_in_flight_are_limited(client: Client) -> None:
    """SQS-18: a standard queue refuses the receive beyond its quota; SQS-16: a FIFO queue just gives nothing."""
    quotas, sqs = client("service-quotas"), client("sqs")
    for code, value in (("SQS-in-flight-standard", 3), ("SQS-in-flight-fifo", 2)):
        quotas.request_service_quota_increase(ServiceCode="sqs", QuotaCode=code, DesiredValue=value)
    standard = sqs.create_queue(QueueName="q")["QueueUrl"]
    fifo = sqs.create_queue(
        QueueName="q.fifo", Attributes={"FifoQueue": "true", "ContentBasedDeduplication": "true"}
    )["QueueUrl"]
    for number in range(4):
        sqs.send_message(QueueUrl=standard, MessageBody=str(number))
        sqs.send_message(QueueUrl=fifo, MessageBody=str(number), MessageGroupId=str(number))

    for _ in range(3):
        assert len(sqs.receive_message(QueueUrl=standard)["Messages"]) == 1
    with pytest.raises(sqs.exceptions.OverLimit):
        sqs.receive_message(QueueUrl=standard)
    for _ in range(2):
        assert len(sqs.receive_message(QueueUrl=fifo)["Messages"]) == 1
    assert "Messages" not in sqs.receive_message(QueueUrl=fifo)


def pages(quotas: Any, operation: str, **given: Any) -> Any:
    """The pages of a listing, small ones."""
    return quotas.get_paginator(operation).paginate(**given, PaginationConfig={"PageSize": 2})


def test_a_quota_of_the_network_is_minded(client: Client) -> None:
    """XC-13: VPC's quotas are listed under their own code, though EC2 serves them; a raised one lets more be made."""
    quotas, ec2 = client("service-quotas"), client("ec2")
    listed = {
        one["QuotaCode"]
        for page in pages(quotas, "list_service_quotas", ServiceCode="vpc")
        for one in page["Quotas"]
    }
    assert {"L-F678F1CE", "L-0EA8095F", "L-407747CB"} <= listed

    def fill() -> str:
        for _ in range(10):
            try:
                ec2.create_vpc(CidrBlock="10.0.0.0/16")
            except ClientError as error:
                return str(error.response["Error"]["Code"])
        return ""

    assert fill() == "VpcLimitExceeded"
    held = len(ec2.describe_vpcs()["Vpcs"])
    assert held == quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]["Value"]
    quotas.request_service_quota_increase(ServiceCode="vpc", QuotaCode="L-F678F1CE", DesiredValue=held + 2)
    assert fill() == "VpcLimitExceeded"
    assert len(ec2.describe_vpcs()["Vpcs"]) == held + 2
