"""Deliveries in memory: when they are due, what is asked of the effects, and what follows from their outcome."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.plugins.cloudtrail.trail_scenario import Trails, arn

from backtrail import Blob
from backtrail.call import Caller, Outcome
from backtrail.facts import Incoming, Origin, Sent
from backtrail.record import Identity
from backtrail.testing import ACCOUNT, REGION
from backtrail_aws.cloudtrail import api, delivery, digests, files
from backtrail_aws.cloudtrail.commands import (
    WriteDigests,
    WriteDigestsResult,
    WriteLogFiles,
    WriteLogFilesResult,
    Written,
)
from backtrail_aws.cloudtrail.moments import moment

SERVICE = Caller(
    identity=Identity(type="AWSService", invoked_by="cloudtrail.amazonaws.com"), account=ACCOUNT,
    service="cloudtrail.amazonaws.com",
)  # fmt: skip
KEY = "AWSLogs/a.json.gz"


def written(key: str = KEY, **given: Any) -> Written:
    """A file that an effect wrote."""
    body = Blob(size=1, md5="0cc175b9c0f1b6a831c399e269772661", data=b"a")
    fields: dict[str, Any] = {
        "key": key, "bucket": "logs", "account": ACCOUNT, "region": REGION, "sha256": "00", "body": body,
        "oldest": "2024-01-01T00:00:00Z", "newest": "2024-01-01T00:00:01Z", **given,
    }  # fmt: skip
    return Written(**fields)


def carry_out(scenario: Trails, params: Any, result: Any) -> Trails:
    """The internal call of a job, decided with what its effect returned."""
    scenario.now += timedelta(microseconds=1)
    sent = Sent(service="cloudtrail", action="", params=None, account="", region="")
    origin = Origin(key="x", root="x", sender="cloudtrail", sent=sent, caller=SERVICE)
    incoming = Incoming(
        service="cloudtrail", action=type(params).__name__, params=params, caller=SERVICE, account=ACCOUNT,
        region=REGION, origin=origin, internal=True,
    )  # fmt: skip
    scenario.when(params, incoming=incoming, outcome=Outcome(result=result))
    assert scenario.error is None, scenario.error
    return scenario


def test_a_delivery_is_due_at_the_next_five_minutes() -> None:
    """At :05 of the clock the effect is asked for what the log holds since `StartLogging`, that included."""
    scenario = Trails().logging()
    scenario.later(minutes=5)

    effect = scenario.effects[-1]
    assert effect.name == delivery.EFFECT
    (span,) = effect.args.spans
    assert span.including and not span.until
    assert effect.args.due == scenario.now.replace(minute=5, second=0, microsecond=0)
    assert effect.args.scope.accounts == (ACCOUNT,) and effect.args.scope.region == REGION
    scenario.replays()


def test_files_are_put_and_then_noted() -> None:
    """The object is put by the service; the status has the time; nothing is left to be put."""
    scenario = Trails().logging()
    scenario.later(minutes=5)
    due = scenario.effects[-1].args.due
    result = WriteLogFilesResult(cursor="01a21067-926c-7f79-bc0c-f4d854f0e75b", files=[written()])

    carry_out(scenario, WriteLogFiles(trail=arn(), job=scenario.held().job_id, due=due), result)

    trail = scenario.held()
    assert len(trail.files) == 0 and trail.job == "" and trail.delivery.at_us > 0
    assert trail.spans[0].since == result.cursor and not trail.spans[0].including
    assert moment(trail.due_us).minute == 10
    names = [one["eventName"] for one in _records(scenario)]
    assert names[-3:] == ["WriteLogFiles", "PutObject", "EndDelivery"]
    scenario.replays()


def test_a_failed_effect_is_tried_again() -> None:
    """It has written nothing, so the next delivery begins where this one did."""
    scenario = Trails().logging()
    scenario.later(minutes=5)
    effect = scenario.effects[-1]
    carry_out(
        scenario,
        WriteLogFiles(trail=arn(), job=scenario.held().job_id, due=effect.args.due),
        WriteLogFilesResult(failure="disk"),
    )
    scenario.later(minutes=5)

    assert scenario.effects[-1].args.spans == effect.args.spans
    scenario.replays()


def test_a_long_log_is_delivered_in_turns() -> None:
    """What one delivery did not look at is for another, at once."""
    scenario = Trails().logging()
    scenario.later(minutes=5)
    due, cursor = scenario.effects[-1].args.due, "01a21067-926c-7f79-bc0c-f4d854f0e75b"
    result = WriteLogFilesResult(cursor=cursor, more=True)
    carry_out(scenario, WriteLogFiles(trail=arn(), job=scenario.held().job_id, due=due), result)
    scenario.later(seconds=1)

    assert len(scenario.effects) == 2 and scenario.effects[-1].args.spans[0].since == cursor
    scenario.replays()


def test_a_jump_of_the_clock_is_one_delivery() -> None:
    """Days later, one delivery covers them all: none is begun while one is under way."""
    scenario = Trails().logging()
    scenario.later(days=3)

    begun = [one for one in _records(scenario) if one["eventName"] == "BeginDelivery"]
    assert len(begun) == 1
    scenario.replays()


def test_the_first_digest_starts_a_chain() -> None:
    """An hour after validation began; it has no previous; the next goes on from it."""
    scenario = Trails().logging(enable_log_file_validation=True)
    began = scenario.now
    scenario.later(minutes=5)
    due = scenario.effects[-1].args.due
    result = WriteLogFilesResult(cursor="01a21067-926c-7f79-bc0c-f4d854f0e75b", files=[written()])
    carry_out(scenario, WriteLogFiles(trail=arn(), job=scenario.held().job_id, due=due), result)
    scenario.later(hours=1)
    carry_out(
        scenario, WriteLogFiles(trail=arn(), job=scenario.held().job_id, due=due), WriteLogFilesResult()
    )
    scenario.later(seconds=1)

    effect = scenario.effects[-1]
    assert effect.name == digests.EFFECT
    (digest,) = effect.args.digests
    assert digest.link is None and [entry.key for entry in digest.entries] == [KEY]
    assert digest.start == began.replace(microsecond=0) and digest.end == digest.start + timedelta(hours=1)
    assert digest.key == (
        f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/2024/01/01/"
        f"{ACCOUNT}_CloudTrail-Digest_{REGION}_audit_{REGION}_{digest.end:%Y%m%dT%H%M%SZ}.json.gz"
    )
    signed = WriteDigestsResult(end=digest.end, files=[written(digest.key, signature="ff", listed=1)])
    carry_out(scenario, WriteDigests(trail=arn(), job=scenario.held().job_id, due=due), signed)
    trail = scenario.held()
    assert trail.links[f"{ACCOUNT}/{REGION}"].signature == "ff" and trail.listed == {}
    assert moment(trail.digest_us) == digest.end + timedelta(hours=1)
    scenario.replays()


def test_stopping_and_starting_between_two_deliveries_keeps_both_spans() -> None:
    """What was called in between is in neither."""
    scenario = Trails().logging()
    scenario.given(api.StopLogging(name="audit"), api.StartLogging(name="audit"))

    first, second = scenario.held().spans
    assert first.until and not second.until and second.since > first.until
    scenario.replays()


def test_a_trail_that_is_deleted_at_work_begins_anew() -> None:
    """What the job wrote comes too late; under the name that it left with, the trail delivers up to its deletion."""
    scenario = Trails().logging()
    scenario.later(minutes=5)
    job, due = scenario.held().job_id, scenario.effects[-1].args.due
    scenario.given(api.DeleteTrail(name="audit"))
    scenario.logging()
    late = WriteLogFilesResult(cursor="01a21067-926c-7f79-bc0c-f4d854f0e75b", files=[written()])
    carry_out(scenario, WriteLogFiles(trail=arn(), job=job, due=due), late)

    assert len(scenario.held().files) == 0 and scenario.held().spans[0].including
    scenario.later(minutes=5)
    leaving = [one.args for one in scenario.effects[-2:] if one.args.spans[0].until]
    assert len(leaving) == 1 and leaving[0].spans[0].including
    (key,) = scenario.state.leaving
    job = scenario.state.leaving[key].job_id
    cursor = leaving[0].spans[0].until
    carry_out(scenario, WriteLogFiles(trail=key, job=job, due=due), WriteLogFilesResult(cursor=cursor))
    assert scenario.state.leaving == {}
    scenario.replays()


def test_keys_are_awss() -> None:
    """Prefix, organization, account, region, day, and the minute of the delivery."""
    due = moment(1_700_000_000_000_000)
    place = files.Place(bucket="logs", prefix="in", organization="o-exampleorgid")

    key = files.log_key(place, ACCOUNT, REGION, due, "seed")

    folder = f"in/AWSLogs/o-exampleorgid/{ACCOUNT}/CloudTrail/{REGION}/2023/11/14/"
    name = key.removeprefix(folder).removesuffix(".json.gz")
    assert name[:-16] == f"{ACCOUNT}_CloudTrail_{REGION}_20231114T2213Z_" and name[-16:].isalnum()


def _records(scenario: Trails) -> list[dict[str, Any]]:
    import json

    return [json.loads(entry.record) for entry in scenario.log]
