"""The generic index, rule by rule: how actions that make, end, copy, attach and fail are read."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail.mentions import Declared, Mention, Verb, aliases, mentions

SOURCE = "frobnicator.amazonaws.com"
ACCOUNT = "123456789012"
CREATED, DELETED, TOUCHED, REFUSED = Verb.CREATED, Verb.DELETED, Verb.TOUCHED, Verb.REFUSED


def record(name: str, request: Any = None, answer: Any = None, **more: Any) -> dict[str, Any]:
    """A record of a service that does not exist."""
    return {
        "eventSource": SOURCE,
        "eventName": name,
        "requestParameters": request,
        "responseElements": answer,
        **more,
    }


def found(made: dict[str, Any], **options: Any) -> dict[str, tuple[Verb, bool]]:
    """What the index keeps: identifier -> (verb, certain)."""
    return {mention.id: (mention.verb, mention.certain) for mention in mentions(made, **options)}


def arn(rest: str) -> str:
    """An ARN of the service."""
    return f"arn:aws:frobnicator:eu-west-1:{ACCOUNT}:{rest}"


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            f"User: arn:aws:iam::{ACCOUNT}:user/eve is not authorized to perform: frobnicator:Delete on "
            f"resource: {arn('widget/left')} because no identity-based policy allows it",
            {arn("widget/left"), "left"},
        ),
        ("User: x is not authorized to perform: f:D on resource: widget left because no policy", {"left"}),
        (
            "User: x is not authorized to perform: f:D on resource: left-handed because no policy",
            {"left-handed"},
        ),
        ("User: x is not authorized to perform: f:D on resource: * because no policy", set[str]()),
        (f"User: x is not authorized to perform: f:D on resource: {arn('widget/*')} because", set[str]()),
        ("The widget ID 'wc-0123456789abcdef0' does not exist", {"wc-0123456789abcdef0"}),
        ("The widget with name left-one cannot be found.", {"left-one"}),
        ("Rate exceeded", set[str]()),
        ("You are not authorized. Encoded authorization failure message: wc-0123456789abcdef0x", set[str]()),
    ],
)
def test_a_denied_call_names_its_target_in_the_message(message: str, expected: set[str]) -> None:
    """Where the parameters are null the target comes from the message, and the caller is no target."""
    got = found(record("DeleteWidget", None, None, errorCode="AccessDenied", errorMessage=message))
    assert set(got) == expected
    assert {verb for verb, _ in got.values()} <= {REFUSED}


def test_the_parts_of_a_batch_that_failed_are_refused() -> None:
    """What stands under a failure key of the answer was not deleted, the rest was."""
    request = {"widgetIds": ["wc-00000001", "wc-00000002"]}
    answer = {"unsuccessful": [{"resourceId": "wc-00000002", "error": {"code": "Stuck"}}]}
    got = found(record("DeleteWidgets", request, answer))
    assert got == {"wc-00000001": (DELETED, True), "wc-00000002": (REFUSED, True)}
    named = found(record("DeleteWidgets", {"names": ["a-one", "b-two"]}, {"invalidWidgets": ["b-two"]}))
    assert named == {"a-one": (DELETED, True), "b-two": (REFUSED, True)}
    vague = found(record("DeleteWidgets", request, {"failures": [{"message": "one of them"}]}))
    assert vague == dict.fromkeys(request["widgetIds"], (DELETED, False))
    fine: dict[str, Any] = {"unsuccessful": "", "failures": [], "errors": {"items": []}}
    assert found(record("DeleteWidgets", request, fine)) == dict.fromkeys(
        request["widgetIds"], (DELETED, True)
    )


def test_a_put_may_have_overwritten() -> None:
    """Without a version it is unsure; version 1 was made, a later one only changed."""
    request = {"name": "/a/b"}
    assert found(record("PutWidget", request))["/a/b"] == (CREATED, False)
    assert found(record("PutWidget", request, {"version": 1}))["/a/b"] == (CREATED, True)
    assert found(record("PutWidget", request, {"version": 2}))["/a/b"] == (TOUCHED, True)
    alarm = found(record("PutMetricAlarm", {"alarmName": "too hot", "metricName": "heat"}))
    assert alarm == {"too hot": (CREATED, False)}
    value = {"arn": arn("widget:w-AbC123"), "name": "w"}
    assert {verb for verb, _ in found(record("PutWidgetValue", {"widgetId": "w"}, value)).values()} == {
        TOUCHED
    }


def test_starting_makes_only_what_the_answer_alone_names() -> None:
    """StartJob answers a new id; StartWidgets answers the ones that were named."""
    assert found(record("StartJob", {"queueName": "q-1"}, {"jobId": "job-uuid"}))["job-uuid"] == (
        CREATED,
        True,
    )
    request = {"widgetsSet": {"items": [{"widgetId": "wc-00000001"}]}}
    answer = {"widgetsSet": {"items": [{"widgetId": "wc-00000001", "currentState": "pending"}]}}
    assert found(record("StartWidgets", request, answer)) == {"wc-00000001": (TOUCHED, True)}


def test_copies_make_the_target_and_touch_the_source() -> None:
    """The new one is the target or what the answer names; the source was there."""
    request = {"sourceWidgetIdentifier": "old-one", "targetWidgetIdentifier": "new-one"}
    got = found(
        record("CopyWidget", request, {"widgetIdentifier": "new-one", "sourceWidgetIdentifier": "old-one"})
    )
    assert got == {"new-one": (CREATED, True), "old-one": (TOUCHED, True)}
    restored = found(record("RestoreWidgetFromBackup", {"widgetName": "back", "backupId": "b-00000001"}))
    assert restored == {"back": (CREATED, True), "b-00000001": (TOUCHED, True)}
    assert found(record("RestoreWidget", {"widgetName": "back"})) == {"back": (TOUCHED, True)}
    replica = {"widgetIdentifier": "copy", "sourceWidgetIdentifier": "model"}
    assert found(record("CreateWidgetReadReplica", replica)) == {
        "copy": (CREATED, True),
        "model": (TOUCHED, True),
    }


def test_attaching_makes_an_attachment_and_touches_both_ends() -> None:
    """What is attached existed; the id of the attachment is new, and ends by detaching."""
    request = {"widgetId": "wc-00000001", "vatId": "vat-00000002"}
    got = found(record("AssociateWidget", request, {"associationId": "wcassoc-00000003"}))
    assert got["wcassoc-00000003"] == (CREATED, True)
    assert got["wc-00000001"] == got["vat-00000002"] == (TOUCHED, True)
    gone = found(
        record("DisassociateWidget", {"associationId": "wcassoc-00000003", "widgetId": "wc-00000001"})
    )
    assert gone == {"wcassoc-00000003": (DELETED, True), "wc-00000001": (TOUCHED, True)}
    assert set(
        found(record("AttachWidgetPolicy", {"widgetName": "w1", "policyArn": arn("policy/p1")})).values()
    ) == {(TOUCHED, True)}


@pytest.mark.parametrize(
    "name", ["RegisterTargets", "DeregisterTargets", "RegisterWidgetsWithCrate", "PutEvents"]
)
def test_registering_things_that_exist_only_touches_them(name: str) -> None:
    """A request can name a minted id only if it was there; taking it off a list does not end it."""
    request = {
        "crateName": "c1",
        "targets": [{"id": "wc-00000001"}],
        "widgets": [{"widgetId": "wc-00000002"}],
    }
    assert {verb for verb, _ in found(record(name, request)).values()} == {TOUCHED}


def test_allocating_and_releasing_an_address() -> None:
    """The verb's own product names the thing, and the address itself is an alias."""
    got = found(
        record("AllocateAddress", {}, {"publicIp": "203.0.113.9", "allocationId": "walloc-0123456789abcdef0"})
    )
    assert got == {"203.0.113.9": (CREATED, True), "walloc-0123456789abcdef0": (CREATED, True)}
    gone = found(record("ReleaseAddress", {"allocationId": "walloc-0123456789abcdef0"}))
    assert gone == {"walloc-0123456789abcdef0": (DELETED, True)}


def test_scheduled_deletion_is_not_sure() -> None:
    """It may still be called off; the service event that carries it out is sure."""
    assert found(record("ScheduleWidgetDeletion", {"widgetId": "wc-00000001"}))["wc-00000001"] == (
        DELETED,
        False,
    )
    event = record(
        "DeleteWidget", eventType="AwsServiceEvent", serviceEventDetails={"widgetId": "wc-00000001"}
    )
    assert found(event) == {"wc-00000001": (DELETED, True)}
    told = record(
        "WidgetCreated", eventType="AwsServiceEvent", serviceEventDetails={"widgetId": "wc-00000001"}
    )
    assert found(told) == {"wc-00000001": (CREATED, True)}


def test_the_record_s_own_list_of_resources_counts() -> None:
    """A listed ARN of the noun's type shares the verb, others are touched, in either spelling."""
    resources = [
        {"type": "AWS::Frobnicator::Widget", "ARN": arn("widget/w1")},
        {"type": "AWS::Frobnicator::Crate", "arn": arn("crate/c1"), "accountId": ACCOUNT},
        {"type": "AWS::Frobnicator::Widget", "ARNPrefix": "arn:aws:frobnicator:::heap/"},
    ]
    got = found(record("DeleteWidget", None, None, resources=resources))
    assert got["w1"] == got[arn("widget/w1")] == (DELETED, True)
    assert got["c1"] == got[arn("crate/c1")] == got["heap"] == (TOUCHED, True)


def test_things_named_by_a_key_inside_a_parent() -> None:
    """An object is `bucket/key`; its bucket is touched, the bare key is nobody's name."""
    request = {"bucketName": "heap", "key": "a/b.txt", "Host": "heap.example.com"}
    assert found(record("PutObject", request)) == {"heap/a/b.txt": (CREATED, False), "heap": (TOUCHED, True)}
    assert found(record("DeleteObject", request)) == {
        "heap/a/b.txt": (DELETED, True),
        "heap": (TOUCHED, True),
    }
    assert found(record("DeleteObjects", {"bucketName": "heap", "delete": ""})) == {"heap": (TOUCHED, True)}


def test_subresources_do_not_delete_their_owner() -> None:
    """DeleteWidgetPolicy, DeleteWidgetRoute and PutWidgetPolicy leave the widget where it is."""
    for name in (
        "DeleteWidgetPolicy",
        "DeleteWidgetEncryption",
        "PutWidgetPolicy",
        "DeleteRoute",
        "PurgeWidget",
    ):
        request: dict[str, Any] = {
            "widgetName": "w1",
            "policy": "",
            "widgetPolicy": {"Statement": [], "Id": "Policy1"},
        }
        assert found(record(name, request)) == {"w1": (TOUCHED, True)}
    answer = {"arn": arn("widget:w1-AbC123"), "name": "w1"}
    got = found(record("DeleteResourcePolicy", {"widgetId": "w1"}, answer))
    assert {verb for verb, _ in got.values()} == {TOUCHED}


def test_policies_only_speak_of_what_they_name() -> None:
    """ARNs inside a policy, as text or as JSON, are unsure; wildcards name nothing."""
    document = '{"Statement":[{"Resource":["' + arn("widget/w1") + '","' + arn("widget/*") + '"]}]}'
    got = found(record("UpdateCrate", {"crateName": "c1", "policyDocument": document}))
    assert got == {"c1": (TOUCHED, True), arn("widget/w1"): (TOUCHED, False), "w1": (TOUCHED, False)}
    parsed = {"Statement": [{"Resource": arn("widget/w1"), "Sid": "wc-00000001"}]}
    assert arn("widget/w1") in found(record("PutCratePolicy", {"cratePolicy": parsed}))


def test_an_arn_with_a_random_end_is_found_by_its_name_unsurely() -> None:
    """The name is a guess from the ARN alone, sure where the record gives it."""
    whole = arn("secret:door/key-AbC123")
    got = found(record("GetSecretValue", {"secretId": whole}, readOnly=True))
    assert got[whole] == got["door/key-AbC123"] == (TOUCHED, True)
    assert got["door/key"] == (TOUCHED, False)
    gone = found(record("DeleteSecret", {"secretId": whole}, {"aRN": whole, "name": "door/key"}))
    assert gone["door/key"] == gone[whole] == (DELETED, True)


def test_urls_are_kept_under_their_name() -> None:
    """A queue made by name and deleted by URL is one queue."""
    url = f"https://frobnicator.eu-west-1.amazonaws.com/{ACCOUNT}/orders"
    assert found(record("CreateQueue", {"queueName": "orders"}, {"queueUrl": url}))["orders"] == (
        CREATED,
        True,
    )
    assert found(record("DeleteQueue", {"queueUrl": url}))["orders"] == (DELETED, True)
    assert "orders" in aliases(url)


def test_old_forms_are_read() -> None:
    """Version 1.05 wrote lists of one, and Lambda appends the API's date to the action."""
    assert found(record("DeleteWidget", {"widgetName": ["w1"], "host": ["w1.example.com"]})) == {
        "w1": (DELETED, True)
    }
    assert found(record("DeleteWidget20150331v2", {"widgetName": "w1"})) == {"w1": (DELETED, True)}
    assert found(record("CreateWidget2020_05_31", {"name": "w1"})) == {"w1": (CREATED, True)}


def test_amendments_and_repeats_do_nothing_again() -> None:
    """A correction and a network event tell of a call that has its own record."""
    request = {"widgetName": "w1"}
    amended = record("CreateWidget", request, addendum={"reason": "UPDATED_DATA", "originalEventID": "x"})
    late = record("CreateWidget", request, addendum={"reason": "DELIVERY_DELAY"})
    network = record("CreateWidget", request, eventType="AwsVpceEvents")
    assert found(amended) == found(network) == {"w1": (TOUCHED, True)}
    assert found(late) == {"w1": (CREATED, True)}


def test_common_words_markers_and_accounts_are_no_resources() -> None:
    """Defaults, flags, redactions, tokens, regions and account numbers stay out of the index."""
    request = {
        "crateName": "default",
        "vatId": "",
        "lidName": "HIDDEN_DUE_TO_SECURITY_REASONS",
        "secretName": "****",
        "accountId": ACCOUNT,
        "ownerId": ACCOUNT,
        "clientRequestId": "7f3a",
        "availabilityZoneName": "eu-west-1a",
        "roleSessionName": "s1",
        "metricName": "CPU",
        "serviceName": "frobnicator.amazonaws.com",
        "tags": [{"key": "name", "value": "true"}],
        "filterSet": {"items": [{"name": "tag:Name"}]},
        "enabled": True,
    }
    assert found(record("UpdateWidget", request)) == {}
    assert found(record("CreateWidget", {"widgetName": "default"})) == {"default": (CREATED, True)}


def test_reads_never_create() -> None:
    """A record that says it only read, only read, whatever its name."""
    assert found(record("CreateWidget", {"widgetName": "w1"}, readOnly=True)) == {"w1": (TOUCHED, True)}


def test_types_are_said_where_they_are_known() -> None:
    """The noun's own identifiers have its type, ARNs the one that they state."""
    made = record("CreateWidgetCluster", {"name": "w1", "crateArn": arn("big-crate/c1")})
    types = {mention.id: mention.type for mention in mentions(made)}
    assert types["w1"] == "frobnicator:widgetcluster"
    assert types["c1"] == types[arn("big-crate/c1")] == "frobnicator:bigcrate"


def test_a_declaration_is_stronger_than_the_rules() -> None:
    """A plugin says what an odd action does; failures stay refused; the rest is touched or dropped."""
    made = record("FrobnicateWidget", {"widgetName": "w1", "into": {"lists": [{"x": "one"}, {"x": "two"}]}})
    word = Declared(created=("requestParameters.into.lists.x",), type="frobnicator:frob")
    got = found(made, declared={(SOURCE, "FrobnicateWidget"): word})
    assert got == {"one": (CREATED, True), "two": (CREATED, True), "w1": (TOUCHED, True)}
    assert Mention("one", CREATED, "frobnicator:frob", True) in mentions(
        made, {(SOURCE, "FrobnicateWidget"): word}
    )
    only = Declared(deleted=("requestParameters.widgetName",), only=True)
    assert found(made, declared={(SOURCE, "FrobnicateWidget"): only}) == {"w1": (DELETED, True)}
    failed = {**made, "errorCode": "Oops"}
    assert found(failed, declared={(SOURCE, "FrobnicateWidget"): only}) == {"w1": (REFUSED, True)}
