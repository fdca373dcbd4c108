"""Event selectors: their rules, and which records they select."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from tests.plugins.cloudtrail.trail_scenario import Trails, arn

from backtrail.trail import codec
from backtrail_aws.cloudtrail import records, selecting
from backtrail_aws.cloudtrail.api import (
    AdvancedEventSelector,
    EventSelector,
    GetEventSelectors,
    GetTrail,
    PutEventSelectors,
)
from backtrail_aws.cloudtrail.selecting import Scope


def basic(**given: Any) -> EventSelector:
    """A selector, by the record's names."""
    return codec.convert(given, EventSelector)


def fine(*fields: tuple[str, str, list[str]]) -> AdvancedEventSelector:
    """An advanced selector: (field, operator, values)."""
    whole = [{"field": name, operator: values} for name, operator, values in fields]
    return codec.convert({"fieldSelectors": whole}, AdvancedEventSelector)


def resources(kind: str, *values: str) -> list[dict[str, Any]]:
    """The data resources of a selector."""
    return [{"type": kind, "values": list(values)}]


def data(kind: str, *values: str) -> EventSelector:
    """A selector of data events alone."""
    return basic(includeManagementEvents=False, dataResources=resources(kind, *values))


OBJECTS, FUNCTIONS = "AWS::S3::Object", "AWS::Lambda::Function"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "either EventSelectors or AdvancedEventSelectors"),
        ({"event_selectors": [basic()], "advanced_event_selectors": [fine()]}, "not both"),
        ({"event_selectors": [basic()] * 6}, "number of selectors"),
        ({"event_selectors": [basic(readWriteType="Some")]}, "ReadWriteType"),
        (
            {"event_selectors": [basic(includeManagementEvents=False)]},
            "When includeManagementEvents is false, DataResources must not be empty.",
        ),
        (
            {"event_selectors": [basic(excludeManagementEventSources=["s3.amazonaws.com"])]},
            "ExcludeManagement",
        ),
        (
            {"event_selectors": [basic(dataResources=resources("AWS::EC2::Instance", "x"))]},
            "DataResources.Type",
        ),
        (
            {"event_selectors": [basic(dataResources=resources(OBJECTS, "arn:aws:s3:::bucket"))]},
            "Value arn:aws:s3:::bucket for DataResources.Values is invalid.",
        ),
        ({"event_selectors": [basic(dataResources=resources(OBJECTS, "arn:aws:s3:::*"))]}, "is invalid"),
        (
            {"event_selectors": [basic(dataResources=resources(OBJECTS, *["arn:aws:s3:::b/"] * 251))]},
            "Specify a valid number of DataResources.Values (0 to 250) for all your selectors",
        ),
        ({"advanced_event_selectors": [fine(("readOnly", "equals", ["true"]))]}, "eventCategory"),
        ({"advanced_event_selectors": [fine(("eventCategory", "equals", ["Data"]))]}, "resources.type"),
        (
            {
                "advanced_event_selectors": [
                    fine(("eventCategory", "equals", ["Management"]), ("resources.ARN", "equals", ["x"]))
                ]
            },
            "resources.ARN",
        ),
        (
            {
                "advanced_event_selectors": [
                    fine(("eventCategory", "equals", ["Management"]), ("readOnly", "notEquals", ["true"]))
                ]
            },
            "readOnly",
        ),
        (
            {
                "advanced_event_selectors": [
                    fine(("eventCategory", "equals", ["Management"]), ("eventName", "equals", ["x"] * 500))
                ]
            },
            "must not exceed 500",
        ),
    ],
)
def test_selectors_follow_awss_rules(given: dict[str, Any], words: str) -> None:
    """What breaks one is refused, with the rule in the words."""
    scenario = Trails().trail()
    scenario.when(PutEventSelectors(trail_name="audit", **given))
    scenario.refused("InvalidEventSelectorsException", words).replays()


def test_selectors_are_given_back_with_defaults() -> None:
    """Before any, the standard one; then those that were put, made whole; then the advanced in their place."""
    scenario = Trails().trail()
    (standard,) = scenario.given(GetEventSelectors(trail_name="audit")).answer.event_selectors
    assert (standard.read_write_type, standard.include_management_events) == ("All", True)
    assert standard.data_resources == [] and standard.exclude_management_event_sources == []

    scenario.given(PutEventSelectors(trail_name="audit", event_selectors=[basic(readWriteType="ReadOnly")]))
    (put,) = scenario.given(GetEventSelectors(trail_name=arn())).answer.event_selectors
    assert (put.read_write_type, put.include_management_events) == ("ReadOnly", True)
    assert scenario.given(GetTrail(name="audit")).answer.trail.has_custom_event_selectors is True

    wanted = [fine(("eventCategory", "equals", ["Management"]))]
    scenario.given(PutEventSelectors(trail_name="audit", advanced_event_selectors=wanted))
    answer = scenario.given(GetEventSelectors(trail_name="audit")).answer
    assert answer.advanced_event_selectors == wanted and not isinstance(answer.event_selectors, list)
    scenario.replays()


def shown(**given: Any) -> records.Shown:
    """A record's facts."""
    found = records.shown(
        json.dumps({"eventSource": "s3.amazonaws.com", "readOnly": False, **given}).encode()
    )
    assert found is not None
    return found


def put_object(key: str = "bucket/in/a", **given: Any) -> records.Shown:
    """The record of an upload."""
    bucket = key.partition("/")[0]
    about = [
        {"type": "AWS::S3::Object", "ARN": f"arn:aws:s3:::{key}"},
        {"accountId": "123456789012", "type": "AWS::S3::Bucket", "ARN": f"arn:aws:s3:::{bucket}"},
    ]
    return shown(**{"eventName": "PutObject", "eventCategory": "Data", "resources": about, **given})


MANAGEMENT = shown(eventName="CreateBucket", eventCategory="Management")
READ = shown(eventName="ListBuckets", eventCategory="Management", readOnly=True)
KMS = shown(eventSource="kms.amazonaws.com", eventName="Decrypt", eventCategory="Management", readOnly=True)
HEAD = shown(
    eventName="HeadBucket", eventCategory="Data", readOnly=True,
    resources=[{"type": "AWS::S3::Bucket", "ARN": "arn:aws:s3:::bucket"}],
)  # fmt: skip
EXPIRED = shown(eventName="ExpireObject", eventCategory="Data", eventType="AwsServiceEvent")


@pytest.mark.parametrize(
    ("selector", "wanted"),
    [
        (None, [MANAGEMENT, READ, KMS]),
        (basic(readWriteType="ReadOnly"), [READ, KMS]),
        (basic(readWriteType="WriteOnly"), [MANAGEMENT]),
        (basic(excludeManagementEventSources=["kms.amazonaws.com"]), [MANAGEMENT, READ]),
        (
            data(OBJECTS, "arn:aws:s3"),
            [put_object(), HEAD, EXPIRED],
        ),
        (data(OBJECTS, "arn:aws:s3:::bucket/"), [put_object(), HEAD, EXPIRED]),
        (data(OBJECTS, "arn:aws:s3:::bucket/out"), [EXPIRED]),
        (data(FUNCTIONS, "arn:aws:lambda"), []),
        (fine(("eventCategory", "equals", ["Management"]), ("readOnly", "equals", ["false"])), [MANAGEMENT]),
        (
            fine(
                ("eventCategory", "equals", ["Management"]), ("eventSource", "notEquals", ["kms.amazonaws.com"]),
            ),
            [MANAGEMENT, READ],
        ),
        (
            fine(
                ("eventCategory", "equals", ["Data"]), ("resources.type", "equals", [OBJECTS]),
                ("resources.ARN", "startsWith", ["arn:aws:s3:::bucket/in/"]), ("eventName", "equals", ["PutObject"]),
            ),
            [put_object()],
        ),
        (
            fine(
                ("eventCategory", "equals", ["Data"]), ("resources.type", "equals", [OBJECTS]),
                ("resources.ARN", "notEndsWith", ["/a"]), ("eventName", "equals", ["PutObject"]),
            ),
            [],
        ),
    ],
)  # fmt: skip
def test_selectors_select(selector: Any, wanted: list[records.Shown]) -> None:
    """Exactly these of the records there are."""
    all_records = [MANAGEMENT, READ, KMS, put_object(), HEAD, EXPIRED]
    basics = [selector] if isinstance(selector, EventSelector) else []
    advanced = [selector] if isinstance(selector, AdvancedEventSelector) else []

    found = [one for one in all_records if selecting.selected(one, basics, advanced)]

    assert found == wanted


def test_a_trail_is_about_its_regions_and_not_about_itself() -> None:
    """Other regions, global services where they are left out, the service's own steps, and recursion."""
    here = msgspec.structs.replace(MANAGEMENT, region="us-east-1")
    scope = Scope(accounts=("123456789012",), region="us-east-1", global_events=False, recursive=False)
    assert selecting.within(scope, here)
    assert not selecting.within(scope, msgspec.structs.replace(here, region="eu-west-1"))
    assert selecting.within(
        msgspec.structs.replace(scope, region=""), msgspec.structs.replace(here, region="x")
    )
    assert not selecting.within(scope, msgspec.structs.replace(here, source="iam.amazonaws.com"))
    own = msgspec.structs.replace(here, source="cloudtrail.amazonaws.com", kind="AwsServiceEvent")
    assert not selecting.within(scope, own)
    put = put_object(awsRegion="us-east-1", userIdentity={"invokedBy": "cloudtrail.amazonaws.com"})
    assert not selecting.within(scope, put)
    assert selecting.within(msgspec.structs.replace(scope, recursive=True), put)
