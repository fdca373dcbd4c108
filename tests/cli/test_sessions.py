"""`backtrail sessions` on the incident that ships with Backtrail."""

from __future__ import annotations

from pathlib import Path

from .conftest import Ask, Run


def test_sessions_lead_back_to_the_one_who_began(ask: Ask, case: Path) -> None:
    """The session that emptied the second bucket came out of the first role's, by the key that a record gave."""
    answer = ask("sessions", "--log", case)
    by_name = {one["name"]: one for one in answer["sessions"]}
    reader, admin = by_name["org-reader/audit"], by_name["payroll-admin/maintenance"]
    assert reader["origin"]["parent"] == admin["id"]
    assert (reader["origin"]["rule"], reader["origin"]["confidence"]) == ("key", "certain")
    assert reader["root"] == {"who": "user backup-operator", "confidence": "certain", "missing": None}
    assert reader["path"] == [reader["id"], admin["id"], by_name["backup-operator"]["id"]]
    assert by_name["backup-operator"]["made"][0]["session"] == by_name["ci-deploy"]["id"]
    assert answer["head"]["seq"] == 84


def test_an_actor_stands_for_all_that_came_out_of_it(ask: Ask, case: Path) -> None:
    """The leaked key's sessions, and those of the user whose key it made, and their roles'."""
    names = [one["name"] for one in ask("sessions", "--actor", "ci-deploy", "--log", case)["sessions"]]
    assert names == ["ci-deploy", "payroll-admin/maintenance", "backup-operator", "org-reader/audit"] or set(
        names
    ) == {"ci-deploy", "backup-operator", "payroll-admin/maintenance", "org-reader/audit"}
    assert ask("sessions", "--actor", "203.0.113.66", "--log", case)["sessions"] != []


def test_the_tree_shows_each_session_once_under_its_parent(run: Run, case: Path) -> None:
    """Indented by depth, with what links each to the one above."""
    lines = run("sessions", "--tree", "--log", case).stdout.splitlines()
    reader = next(line for line in lines if "org-reader/audit" in line)
    assert "[key, certain]" in reader
    assert (
        lines[lines.index(reader) - 1].strip().startswith("└─ [key, certain] role payroll-admin/maintenance")
    )
    assert sum("org-reader/audit" in line for line in lines) == 1


def test_the_graph_is_graphviz(run: Run, case: Path) -> None:
    """A digraph with a node a session."""
    text = run("sessions", "--dot", "--log", case).stdout
    assert text.startswith("digraph sessions {")
    assert text.rstrip().endswith("}")
    assert text.count("[label=") >= 7


def test_nobody_by_that_name_is_exit_code_1(run: Run, case: Path) -> None:
    """And says what the log could have seen."""
    result = run("sessions", "--actor", "nobody-at-all", "--log", case)
    assert result.exit_code == 1
    assert "No session of this log is meant by nobody-at-all." in result.stdout
    assert "84 records" in result.stdout


def test_the_forms_exclude_each_other(run: Run, case: Path) -> None:
    """--tree with --dot is a mistake."""
    assert run("sessions", "--tree", "--dot", "--log", case).exit_code == 2
