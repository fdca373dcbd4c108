"""Forks, moments by event, `diff --by`, `sql` and `case`, as their users call them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from .conftest import Ask, Run
from .test_serve import Serve, serve

__all__ = ["serve"]


def event(ask: Ask, case: Path, action: str, actor: str) -> str:
    """The id of the last event of an action by somebody."""
    found: dict[str, Any] = ask("events", "--action", action, "--actor", actor, "--limit", 1, "--log", case)[
        "events"
    ][0]
    return str(found["event_id"])


def test_a_fork_goes_its_own_way(ask: Ask, run: Run, case: Path, tmp_path: Path, serve: Serve) -> None:
    """Forked before the bucket is opened, it is served with its clock at that moment; what is done there stays there;
    it verifies, and it can be forked again."""
    other = tmp_path / "other.db"
    opened = event(ask, case, "AssumeRole", "backup-operator")
    made = ask("fork", "--at", opened, other, "--log", case)
    assert (made["event_id"], made["at"][:19]) == (opened, "2024-03-14T02:24:02")
    served = serve("serve", "--log", other, "--port", 0, "--json")
    s3 = served.client("s3")
    names = [one["Name"] for one in s3.list_buckets()["Buckets"]]
    assert names == ["kestrel-access-logs", "kestrel-payroll"]
    s3.create_bucket(Bucket="only-here")
    assert served.end() == 0
    last = ask("events", "--limit", 2, "--log", other)["events"]
    assert [one["action"] for one in last] == ["CreateBucket", "ListBuckets"]
    assert {one["time"][:19] for one in last} == {"2024-03-14T02:24:02"}
    assert ask("verify", "--log", other)["ok"] is True
    assert ask("events", "--resource", "only-here", "--log", case, code=1)["events"] == []
    again = tmp_path / "again.db"
    ask("fork", again, "--log", other)
    assert ask("who", "created", "only-here", "--log", again)["answers"][0]["account"] == "418273645501"
    told = ask("diff", "--from", opened, "--log", again)["changes"]
    assert [(one["what"], one["id"]) for one in told] == [("added", "only-here")]


def test_a_past_event_is_served(serve: Serve, ask: Ask, case: Path) -> None:
    """`serve --at EVENT` shows the account as that event left it."""
    deleted = event(ask, case, "DeleteBucket", "org-reader/audit")
    before = ask(
        "events", "--action", "DeleteObject", "--actor", "org-reader/audit", "--limit", 1, "--log", case
    )["events"]
    for at, expected in ((before[0]["event_id"], 2), (deleted, 1)):
        served = serve("serve", "--log", case, "--at", at, "--port", 0, "--json")
        assert len(served.client("s3").list_buckets()["Buckets"]) == expected
        served.end()


def test_state_and_diff_take_events(ask: Ask, run: Run, case: Path) -> None:
    """An event is the moment right after it, also within a second."""
    made, attached = (
        event(ask, case, "CreateUser", "ci-deploy"),
        event(ask, case, "AttachUserPolicy", "ci-deploy"),
    )
    before = next(
        one["event_id"]
        for one in ask("events", "--action", "CreateUser", "--actor", "ci-deploy", "--log", case)["events"]
        if one["error"]
    )

    def users(at: str) -> list[str]:
        told = ask("state", "iam", "--at", at, "--log", case)["resources"]
        return [one["id"] for one in told if one["type"] == "AWS::IAM::User"]

    assert "backup-operator" not in users(before)
    assert "backup-operator" in users(made)
    changes = ask("diff", "--from", before, "--to", attached, "--log", case)["changes"]
    assert [(one["what"], one["id"]) for one in changes] == [("added", "backup-operator")]
    assert run("state", "--at", "00000000-0000-4000-8000-000000000000", "--log", case).exit_code == 2
    assert run("diff", "--from", attached, "--to", before, "--log", case).exit_code == 2


def test_a_difference_is_laid_at_somebodys_door(ask: Ask, run: Run, case: Path) -> None:
    """What the leaked key and its offspring changed, with the calls that did it; mara's own work is left out."""
    by = ask("diff", "--from", "2024-03-01 09:00:01", "--by", "ci-deploy", "--log", case)["changes"]
    assert {one["id"] for one in by} == {"kestrel-payroll", "payroll-events", "ci-deploy"} or {
        "kestrel-payroll",
        "payroll-events",
    } <= {one["id"] for one in by}
    assert all(one["events"] for one in by)
    everything = ask("diff", "--from", "2024-03-01 09:00:01", "--log", case)["changes"]
    assert {one["id"] for one in by} < {one["id"] for one in everything}
    assert run("diff", "--from", "2024-03-01 09:00:01", "--by", "nobody", "--log", case).exit_code == 2


def test_sql_reads(ask: Ask, run: Run, case: Path) -> None:
    """Each view answers; records are JSON; sessions are tables."""
    answer = ask(
        "sql", "select service, count(*) as n from events group by 1 order by n desc, 1", "--log", case
    )
    assert answer["columns"] == ["service", "n"]
    assert sum(row[1] for row in answer["rows"]) == 84
    assert answer["head"]["seq"] == 84
    query = "select count(*) from records where json_extract(record, '$.sourceIPAddress') = '203.0.113.66'"
    assert ask("sql", query, "--log", case)["rows"] == [[43]]
    deleted = "select resource from mentions join events using (seq) where verb = 'deleted' and action = 'DeleteBucket'"
    assert ["kestrel-access-logs"] in ask("sql", deleted, "--log", case)["rows"]
    query = (
        "select p.name from sessions s join sessions p on p.id = s.parent where s.name = 'org-reader/audit'"
    )
    assert ask("sql", query, "--log", case)["rows"] == [["payroll-admin/maintenance"]]
    assert run("sql", "select action from events limit 3", "--csv", "--log", case).stdout.startswith(
        "action\n"
    )
    assert run("sql", "select 1 where 0", "--log", case).exit_code == 1


@pytest.mark.parametrize(
    "query",
    [
        "delete from event",
        "drop table event",
        "insert into sessions (id) values ('x')",
        "attach 'x.db' as x",
        "pragma writable_schema = 1",
        "select load_extension('x')",
        "create table x (y)",
        "update entry set record = ''",
        "select 1; select 2",
        "selekt",
        "select nothing from events",
    ],
)
def test_sql_changes_nothing(run: Run, ask: Ask, case: Path, query: str) -> None:
    """Whatever would write, load or open anything is refused in one line."""
    result = run("sql", query, "--log", case)
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert ask("sql", "select count(*) from events", "--log", case)["rows"] == [[84]]


def test_a_case_can_be_checked_by_anybody(ask: Ask, run: Run, case: Path, tmp_path: Path) -> None:
    """It names its inputs and the log's head; a changed, added or missing file is found; so is another log."""
    folder = tmp_path / "case-17"
    told = ask("case", "export", folder, "--log", case)
    assert told["verified"]["ok"] is True
    (one,) = told["inputs"]
    assert len(one["sha256"]) == 64
    assert ask("case", "verify", folder, "--against", case)["ok"] is True
    assert (
        run("case", "export", folder, "--log", case).exit_code == 2
    )  # never into a folder that holds something
    (folder / "timeline.csv").write_text("nothing happened")
    (folder / "more.txt").write_text("?")
    (folder / "coverage.json").unlink()
    wrong = ask("case", "verify", folder, code=1)["wrong"]
    assert wrong == ["coverage.json is missing", "more.txt was added", "timeline.csv was changed"]
    assert run("case", "verify", tmp_path, "--log", case).exit_code == 2


def test_a_case_notices_another_history(ask: Ask, run: Run, case: Path, tmp_path: Path) -> None:
    """A log that is not the one, or that was changed after the case was made."""
    folder = tmp_path / "case-17"
    ask("case", "export", folder, "--log", case)
    (tmp_path / "t.jsonl").write_text(run("events", "--records", "--limit", 5, "--log", case).stdout)
    other = tmp_path / "other.db"
    assert run("import", tmp_path / "t.jsonl", "--log", other).exit_code == 0
    assert "is another log" in ask("case", "verify", folder, "--against", other, code=1)["wrong"][0]
    manifest = json.loads((folder / "manifest.json").read_text())
    assert manifest["log"]["head"]["seq"] == 84


def test_export_is_a_fixed_point(run: Run, case: Path, tmp_path: Path) -> None:
    """Export, import and export again give the same records, file by file; lossless lines too."""

    def exported(log: Path, name: str) -> dict[str, list[Any]]:
        folder = tmp_path / name
        assert run("export", "--cloudtrail", folder, "--log", log).exit_code == 0
        import gzip

        return {
            path.relative_to(folder).parent.as_posix(): sorted(
                json.dumps(one, sort_keys=True)
                for one in json.loads(gzip.decompress(path.read_bytes()))["Records"]
            )
            for path in sorted(folder.rglob("*.json.gz"))
        }

    first = exported(case, "one")
    again = tmp_path / "again.db"
    assert run("import", tmp_path / "one", "--log", again).exit_code == 0
    second = exported(again, "two")
    assert first == second
    third = tmp_path / "third.db"
    assert run("import", tmp_path / "two", "--log", third).exit_code == 0
    assert exported(third, "three") == second


def test_snapshots_change_no_answer(
    ask: Ask, run: Run, case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Any moment is the same with snapshots on the way as without; they are used, and an event's second is no trap."""
    from backtrail import snapshots
    from backtrail_cli import folding

    moments = ["2024-03-01 09:00:10", "2024-03-13 18:00:05", "2024-03-14 02:24:12", "2024-03-14 09:02:49"]
    moments.append(event(ask, case, "DeleteUser", "mara"))
    cold = [ask("state", "--at", at, "--log", case)["states"] for at in moments]
    (tmp_path / "t.jsonl").write_text(run("events", "--records", "--limit", 500, "--log", case).stdout)
    log = tmp_path / "kept.db"
    assert run("import", tmp_path / "t.jsonl", "--log", log).exit_code == 0
    monkeypatch.setattr(folding, "LONG", 5)
    monkeypatch.setattr(folding, "EVERY", 10)
    saved: list[int] = []
    whole = snapshots.save

    async def counted(*args: Any, **given: Any) -> int:
        saved.append(1)
        return await whole(*args, **given)

    monkeypatch.setattr(snapshots, "save", counted)
    for _ in range(2):
        assert [ask("state", "--at", at, "--log", log)["states"] for at in moments] == cold
    for service in ("s3", "iam", "kms"):
        alone = [[one for one in states if one["service"] == service] for states in cold]
        assert [ask("state", service, "--at", at, "--log", log)["states"] for at in moments] == alone
    first = len(saved)
    assert first > 0
    assert [ask("state", "--at", at, "--log", log)["states"] for at in moments] == cold
    assert len(saved) - first <= first
