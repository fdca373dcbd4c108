"""Quotas: listed as the services declare them, changed by request, minded from then on."""

from __future__ import annotations

from typing import Any

import pytest

import backtrail_aws.s3
import backtrail_aws.service_quotas
import backtrail_aws.sqs
from backtrail import UNSET
from backtrail.testing import REGION, Scenario
from backtrail_aws.s3 import api as s3
from backtrail_aws.service_quotas import api
from backtrail_aws.service_quotas.state import Quotas
from backtrail_aws.sqs import api as sqs

BUCKETS, FLYING, RATE = "L-DC2B2D3D", "SQS-in-flight-standard", "SQS-fifo-throughput"


@pytest.fixture
def quotas() -> Scenario:
    """Service Quotas with two services whose limits it knows."""
    return Scenario(
        backtrail_aws.service_quotas, backtrail_aws.sqs, backtrail_aws.s3, service="service-quotas"
    )


def ask(quotas: Scenario, service: str, code: str, value: float) -> Any:
    """Ask for a value; the request as it is answered."""
    quotas.given(api.RequestServiceQuotaIncrease(service_code=service, quota_code=code, desired_value=value))
    return quotas.answer.requested_quota


def value(quotas: Scenario, service: str, code: str) -> float:
    """An account's value."""
    quotas.given(api.GetServiceQuota(service_code=service, quota_code=code))
    found: float = quotas.answer.quota.value
    return found


def test_services_are_listed(quotas: Scenario) -> None:
    """By code, with AWS's names."""
    quotas.given(api.ListServices())

    named = {one.service_code: one.service_name for one in quotas.answer.services}
    assert named == {
        "s3": "Amazon Simple Storage Service (Amazon S3)",
        "sqs": "Amazon Simple Queue Service (Amazon SQS)",
    }


def test_a_quota_is_as_aws_has_it_until_it_is_changed(quotas: Scenario) -> None:
    """The account's value is the default; the default's ARN names no account."""
    quotas.given(api.GetServiceQuota(service_code="s3", quota_code=BUCKETS))
    own = quotas.answer.quota
    quotas.given(api.GetAWSDefaultServiceQuota(service_code="s3", quota_code=BUCKETS))
    default = quotas.answer.quota

    assert (own.value, own.quota_name, own.adjustable, own.global_quota) == (
        10_000.0, "General purpose buckets", True, True,
    )  # fmt: skip
    assert own.quota_arn == f"arn:aws:servicequotas::{quotas.account}:s3/{BUCKETS}"
    assert default.quota_arn == f"arn:aws:servicequotas:::s3/{BUCKETS}"


def test_quotas_are_listed_in_pages(quotas: Scenario) -> None:
    """Page by page each one comes once."""
    seen: list[str] = []
    token: Any = UNSET
    while True:
        quotas.given(api.ListServiceQuotas(service_code="sqs", max_results=3, next_token=token))
        seen += [one.quota_code for one in quotas.answer.quotas]
        token = quotas.answer.next_token
        if token is UNSET:
            break

    assert sorted(seen) == sorted({FLYING, RATE, "SQS-in-flight-fifo", "SQS-fifo-high-throughput"})
    quotas.given(api.ListServiceQuotas(service_code="sqs", quota_code=RATE))
    assert [one.period.period_unit for one in quotas.answer.quotas] == ["SECOND"]
    quotas.given(api.ListServiceQuotas(service_code="sqs", quota_applied_at_level="RESOURCE"))
    assert quotas.answer.quotas == []
    quotas.given(api.ListAWSDefaultServiceQuotas(service_code="sqs"))
    assert {one.value for one in quotas.answer.quotas} == {120_000.0, 300.0, 70_000.0}


def test_a_bad_token_is_refused(quotas: Scenario) -> None:
    """A token that was not given out here."""
    quotas.when(api.ListServices(next_token="a")).refused("InvalidPaginationTokenException")


def test_what_is_unknown_is_refused(quotas: Scenario) -> None:
    """Services, quotas, requests, resources with quotas of their own."""
    quotas.when(api.ListServiceQuotas(service_code="S3")).refused(
        "NoSuchResourceException", "service does not"
    )
    quotas.when(api.GetServiceQuota(service_code="s3", quota_code="L-1")).refused("NoSuchResourceException")
    quotas.when(api.GetServiceQuota(service_code="s3", quota_code=BUCKETS, context_id="*")).refused(
        "NoSuchResourceException", "context Id"
    )
    quotas.when(api.GetRequestedServiceQuotaChange(request_id="x1")).refused("NoSuchResourceException")


def test_a_request_is_pending_and_then_granted(quotas: Scenario) -> None:
    """The answer is pending; by the next call it is granted, here and in every later reading."""
    request = ask(quotas, "s3", BUCKETS, 20_000)

    assert (request.status, request.desired_value, request.requester.count("root")) == ("PENDING", 20_000, 1)
    quotas.given(api.GetRequestedServiceQuotaChange(request_id=request.id))
    assert quotas.answer.requested_quota.status == "APPROVED"
    assert value(quotas, "s3", BUCKETS) == 20_000
    quotas.given(api.GetAWSDefaultServiceQuota(service_code="s3", quota_code=BUCKETS))
    assert quotas.answer.quota.value == 10_000
    quotas.replays()


def test_at_the_pace_of_aws_a_request_takes_its_time(quotas: Scenario) -> None:
    """Pending, then a case, then granted; meanwhile there can be no second request for the quota."""
    quotas.turn("backtrail.pace", "aws")
    request = ask(quotas, "s3", BUCKETS, 20_000)
    again = api.RequestServiceQuotaIncrease(service_code="s3", quota_code=BUCKETS, desired_value=30_000)
    quotas.when(again).refused("ResourceAlreadyExistsException", "Only one open")
    assert value(quotas, "s3", BUCKETS) == 10_000

    states: list[str] = []
    for minutes in (2, 20):
        quotas.later(minutes=minutes).given(api.GetRequestedServiceQuotaChange(request_id=request.id))
        states.append(quotas.answer.requested_quota.status)
    assert states == ["CASE_OPENED", "APPROVED"]
    assert value(quotas, "s3", BUCKETS) == 20_000
    quotas.given(again).replays()


def test_the_value_there_is_cannot_be_asked_for(quotas: Scenario) -> None:
    """In AWS's words."""
    wanted = api.RequestServiceQuotaIncrease(service_code="s3", quota_code=BUCKETS, desired_value=10_000)

    quotas.when(wanted).refused("IllegalArgumentException", "greater than the current quota value")


def test_what_is_fixed_is_never_raised_but_may_be_lowered(quotas: Scenario) -> None:
    """A quota that is not adjustable is refused above AWS's value; below, a test may want it."""
    more = api.RequestServiceQuotaIncrease(service_code="sqs", quota_code=RATE, desired_value=301)
    quotas.when(more).refused("IllegalArgumentException", "not adjustable")
    ask(quotas, "sqs", RATE, 2)
    assert value(quotas, "sqs", RATE) == 2


def test_more_than_aws_ever_gives_is_not_granted(quotas: Scenario) -> None:
    """AWS looks at such a request, and says no."""
    request = ask(quotas, "s3", BUCKETS, 2_000_000)
    quotas.given(api.GetRequestedServiceQuotaChange(request_id=request.id))

    assert quotas.answer.requested_quota.status == "NOT_APPROVED"
    assert value(quotas, "s3", BUCKETS) == 10_000
    quotas.replays()


def test_the_history_is_told_newest_first(quotas: Scenario) -> None:
    """By service, by status, by quota, in pages."""
    for wanted in (11_000, 12_000):
        ask(quotas, "s3", BUCKETS, wanted)
    ask(quotas, "sqs", FLYING, 5)
    quotas.given(api.ListRequestedServiceQuotaChangeHistory())
    assert [one.desired_value for one in quotas.answer.requested_quotas] == [5, 12_000, 11_000]
    quotas.given(api.ListRequestedServiceQuotaChangeHistory(service_code="s3", max_results=1))
    assert [one.desired_value for one in quotas.answer.requested_quotas] == [12_000]
    quotas.given(
        api.ListRequestedServiceQuotaChangeHistory(service_code="s3", next_token=quotas.answer.next_token)
    )
    assert [one.desired_value for one in quotas.answer.requested_quotas] == [11_000]
    quotas.given(api.ListRequestedServiceQuotaChangeHistory(status="PENDING"))
    assert quotas.answer.requested_quotas == []
    quotas.given(api.ListRequestedServiceQuotaChangeHistoryByQuota(service_code="sqs", quota_code=FLYING))
    assert [one.quota_code for one in quotas.answer.requested_quotas] == [FLYING]


def test_a_quota_counts_where_it_was_changed(quotas: Scenario) -> None:
    """In its region, unless it is one for all regions."""
    ask(quotas, "sqs", FLYING, 5)
    ask(quotas, "s3", BUCKETS, 7)

    def elsewhere(service: str, code: str) -> float:
        quotas.when(api.GetServiceQuota(service_code=service, quota_code=code), region="eu-west-1")
        found: float = quotas.answer.quota.value
        return found

    assert (elsewhere("sqs", FLYING), elsewhere("s3", BUCKETS)) == (120_000, 7)


def test_a_full_standard_queue_refuses(quotas: Scenario) -> None:
    """SQS-18: with three in flight at most, the fourth receive is over the limit."""
    ask(quotas, "sqs", FLYING, 3)
    quotas.given(sqs.CreateQueue(queue_name="q"), service="sqs")
    address = quotas.answer.queue_url
    for body in "abcd":
        quotas.given(sqs.SendMessage(queue_url=address, message_body=body), service="sqs")
    for _ in "abc":
        quotas.given(sqs.ReceiveMessage(queue_url=address), service="sqs")
    quotas.when(sqs.ReceiveMessage(queue_url=address), service="sqs").refused("OverLimit")
    ask(quotas, "sqs", FLYING, 120_000)
    quotas.given(sqs.ReceiveMessage(queue_url=address), service="sqs").replays()


def test_a_hundred_buckets_are_enough_for_some(quotas: Scenario) -> None:
    """S3-14: the account of the book has a hundred; here two."""
    ask(quotas, "s3", BUCKETS, 2)
    for name in ("one-bucket", "two-buckets"):
        quotas.given(s3.CreateBucket(bucket=name), service="s3")
    quotas.when(s3.CreateBucket(bucket="three-buckets"), service="s3").refused("TooManyBuckets")
    quotas.replays()


def test_quotas_have_tags(quotas: Scenario) -> None:
    """Tags of quotas that there are, at most fifty."""
    arn = f"arn:aws:servicequotas:{REGION}:{quotas.account}:sqs/{FLYING}"
    quotas.given(
        api.TagResource(resource_arn=arn, tags=[api.Tag(key="b", value="1"), api.Tag(key="a", value="2")])
    )
    quotas.given(api.UntagResource(resource_arn=arn, tag_keys=["b", "c"]))
    quotas.given(api.ListTagsForResource(resource_arn=arn))
    assert quotas.answer.tags == [api.Tag(key="a", value="2")]
    many = [api.Tag(key=str(number), value="") for number in range(50)]
    quotas.when(api.TagResource(resource_arn=arn, tags=many)).refused("TooManyTagsException")
    quotas.when(api.ListTagsForResource(resource_arn=f"{arn}x")).refused("NoSuchResourceException")
    quotas.replays()


def test_templates_are_an_organizations(quotas: Scenario) -> None:
    """Without one there is no template; nor outside its region."""
    quotas.when(api.AssociateServiceQuotaTemplate()).refused("NoAvailableOrganizationException")
    quotas.when(api.GetAssociationForServiceQuotaTemplate(), region="eu-west-1").refused(
        "TemplatesNotAvailableInRegionException"
    )


def test_a_foreign_request_folds() -> None:
    """A record of AWS's own, without its answer, is a request that was granted."""
    scenario = Scenario(backtrail_aws.service_quotas)
    scenario.machine.apply(
        b'{"eventID":"e1","eventTime":"2024-01-01T00:00:00Z","eventSource":"servicequotas.amazonaws.com",'
        b'"eventName":"RequestServiceQuotaIncrease","awsRegion":"us-east-1","recipientAccountId":"123456789012",'
        b'"requestParameters":{"serviceCode":"vpc","quotaCode":"L-F678F1CE","desiredValue":10.0},'
        b'"responseElements":null,"readOnly":false,"eventType":"AwsApiCall"}'
    )
    state = scenario.machine.state(("service-quotas", "123456789012", ""))

    assert isinstance(state, Quotas)
    assert [(one.service, one.value, one.region) for one in state.changes.values()] == [
        ("vpc", 10.0, "us-east-1")
    ]
