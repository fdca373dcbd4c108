"""Sessions of real trails: each temporary key belongs to one, and what is called certain is right.

The labels below were made by reading the records of `incident-a`: for each session who is behind it, by which
records. `bert-jan` (AIDA…V3IE) used one long-term key from 192.168.10.20; `benjamin` (AIDA…TMDR) a console session
that began before the trail does.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from backtrail.actors import Confidence, Lineage, Session

BERT, BENJAMIN = "AIDATFQR7NSC5AU2ZV3IE", "AIDATFQR7NSC5U6Q3TMDR"
INSPECTOR = "inspector2.amazonaws.com"

LABELS = {
    # principal, beginning: (whose session is behind it, the records that gave it)
    ("AROATFQR7NSCWWVLB7BES:aws-go-sdk-1688990082523310002", "2023-07-10T11:54:47Z"): (
        BERT, {"4bd2a6f6-dddc-49e6-ba7d-08f73e809e64", "bbe86c7c-5981-4ac8-ad20-9248612b16c1"},
    ),
    ("AROATFQR7NSCRI4ZA26CX:aws-go-sdk-1688990515440126480", "2023-07-10T12:02:04Z"): (
        BERT, {"7c53cae3-f037-4394-8ad9-086f099efa7d", "c24de5b7-4166-4f8d-870f-038ca2e8ca87"},
    ),
    ("AROATFQR7NSCWCZMFXMXZ:aws-go-sdk-1688990565286187801", "2023-07-10T12:02:54Z"): (
        BERT, {"9182290d-3afa-407b-8628-3130627af412", "fa383ccf-a2a6-4a57-8537-5ccfc1499268"},
    ),
    ("AROATFQR7NSC4RHD6IN2N:aws-go-sdk-1688990797103471741", "2023-07-10T12:06:41Z"): (
        BERT, {"530ce88b-5eb3-463b-b846-3ffeb5671560", "dcce42ae-a4f1-45ca-8944-9f70843ca957"},
    ),
    # EC2 assumed the role for the instance; bert-jan's RunInstances had launched it
    ("AROATFQR7NSC6Q6YRQ2Q7:i-0dbc91f429e48eeed", "2023-07-10T11:55:22Z"): (
        BERT,
        {
            "55e25aa9-7165-446e-aef6-815c7a79a961", "7a5ee168-7848-4cfa-8d3c-69f78ecb1806",
            "86eac0ac-8521-4126-aa32-a22f2b74d02e",
        },
    ),
    ("AROATFQR7NSCQNEXZHIOB:i-05c30218156bcc246", "2023-07-10T12:03:25Z"): (
        BERT,
        {
            "2e59bbc2-ff35-43a5-835a-ba9239af22b1", "f9df8b1f-d001-4885-8cff-1bd02d27b056",
            "8c9d5d59-f65e-4d38-a71b-6d712487cd91",
        },
    ),
    ("AROATFQR7NSC3K2SEQDM2:MandoService2842426183934887787", "2023-07-10T11:55:24Z"): (
        INSPECTOR, {"dbfd959c-6924-42cc-92e6-f53abca66c6c"},
    ),
    ("AROATFQR7NSC3K2SEQDM2:MandoService-4719190630289683262", "2023-07-10T11:55:24Z"): (
        INSPECTOR, {"a4a7b25e-c2d5-436f-8a7e-ea89f50541ab"},
    ),
    ("AROATFQR7NSC3K2SEQDM2:MandoService364061179539770931", "2023-07-10T12:04:10Z"): (
        INSPECTOR, {"0de2548d-3814-47fe-9498-936426d7294e"},
    ),
    ("AROATFQR7NSC3K2SEQDM2:MandoService7381477356346425924", "2023-07-10T12:04:10Z"): (
        INSPECTOR, {"bd56c859-6409-490f-ae9b-d84f18f207de"},
    ),
}  # fmt: skip


def sessions(path: Path) -> list[Session]:
    """All sessions of a trail."""
    lineage = Lineage()
    for line in path.read_bytes().splitlines():
        lineage.learn(line)
    return lineage.sessions()


@pytest.fixture(scope="module")
def incident(trails: Path) -> list[Session]:
    """The sessions of the incident."""
    return sessions(trails / "incident-a.jsonl")


def test_every_link_called_certain_is_right(incident: list[Session]) -> None:
    """Each certain link leads to the session, and rests on the records, that a reader finds; none is missing."""
    by_id = {one.id: one for one in incident}
    certain: dict[tuple[str | None, str | None], tuple[str, set[str]]] = {}
    for one in incident:
        if one.origin.confidence is Confidence.CERTAIN and one.origin.parent is not None:
            parent = by_id[one.origin.parent]
            certain[one.principal, one.began] = (parent.principal or parent.name, set(one.origin.event_ids))
    assert certain == LABELS


def test_forwarded_sessions_lead_to_their_user(incident: list[Session]) -> None:
    """What services did for bert-jan leads to his own key, but is not called certain."""
    own = next(one for one in incident if one.principal == BERT and one.began is None)
    forwarded = [one for one in incident if one.principal == BERT and one.began is not None]
    assert len(forwarded) == 8
    assert {(one.origin.parent, one.origin.confidence) for one in forwarded} == {(own.id, Confidence.LIKELY)}


def test_a_sign_in_before_the_trail_is_said_to_be_missing(incident: list[Session]) -> None:
    """benjamin's console session began eight seconds before its first record; no ConsoleLogin is there."""
    console = next(one for one in incident if one.principal == BENJAMIN and one.began is not None)
    assert console.origin.confidence is Confidence.UNKNOWN
    assert "ConsoleLogin" in (console.origin.missing or "")
    assert "2023-07-10T11:42:31Z" in (console.origin.missing or "")


def test_every_record_is_counted_once(incident: list[Session]) -> None:
    """The sessions' counts add up to the trail."""
    assert sum(one.records for one in incident) == 1834
    assert all(one.records == one.reads + one.writes for one in incident)


@pytest.mark.parametrize(
    "name",
    [
        "incident-a",
        "techniques",
        "classroom-2017",
        "production-a",
        "production-b",
        "custodian",
        "denied-calls",
    ],
)
def test_every_temporary_key_belongs_to_one_session(trails: Path, name: str) -> None:
    """Each temporary key that a record shows or gives is one session's, or is said to stand for several."""
    lineage = Lineage()
    lines = (trails / f"{name}.jsonl").read_bytes().splitlines()
    for line in lines:
        lineage.learn(line)
    keys = [key for one in lineage.sessions() for key in (*one.keys, *one.unused) if key.startswith("ASIA")]
    shown = {key for line in lines for key in _shown(line)}
    assert len(keys) == len(set(keys))
    assert set(keys) | lineage.doubtful() == shown
    assert lineage.doubtful() == ({"ASIA8D4EB41DC82E6580"} if name == "production-a" else set())


def _shown(line: bytes) -> set[str]:
    """The temporary keys that a record shows as its caller's, or gives."""
    import json

    record: dict[str, Any] = json.loads(line)
    answer = _object(record.get("responseElements"))
    holders = (_object(record.get("userIdentity")), _object(answer.get("credentials")))
    keys = [str(one.get("accessKeyId") or "") for one in holders]
    return {key for key in keys if key.startswith("ASIA")}


def _object(value: object) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
