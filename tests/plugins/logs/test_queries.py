"""Queries: the language, their results, and what is kept of them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from backtrail import UNSET
from backtrail_aws.logs import api, insights
from backtrail_aws.logs.insights_tokens import BadQuery

from .log_scenario import CloudWatchLogs, group_arn


def web() -> CloudWatchLogs:
    """A group with five lines of a web server, in JSON, a second apart."""
    logs = CloudWatchLogs().group("g", "s")
    lines = [
        {"path": "/a", "ms": 10, "code": 200, "user": {"name": "ann", "roles": ["x", "y"]}},
        {"path": "/b", "ms": 30, "code": 500, "user": {"name": "bob"}},
        {"path": "/a", "ms": 20, "code": 200},
        {"path": "/c", "ms": 40.5, "code": 404, "user": {"name": "bob"}},
    ]
    logs.put(*map(json.dumps, lines), "plain text: user=eve, ms=7", at=1_704_067_200_000, step=1000)
    return logs


def test_without_commands_the_newest_come_first() -> None:
    """A query that names no fields shows time and message; @ptr leads to the whole event."""
    logs = web()
    rows = logs.query("filter code >= 400")
    assert [row["@timestamp"] for row in rows] == ["2024-01-01 00:00:03.000", "2024-01-01 00:00:01.000"]
    assert set(rows[0]) == {"@timestamp", "@message"}
    pointer = logs.answer.results[1][-1]
    assert pointer.field == "@ptr"
    logs.given(api.GetLogRecord(log_record_pointer=pointer.value))
    record = logs.answer.log_record
    assert (record["path"], record["user.name"], record["@timestamp"]) == ("/b", "bob", "1704067201000")
    assert (record["@log"], record["@logStream"]) == ("123456789012:g", "s")
    logs.when(api.GetLogRecord(log_record_pointer="x")).refused("InvalidParameterException")
    logs.replays()


@pytest.mark.parametrize(
    ("query", "rows"),
    [
        (
            "fields path, ms | filter code = 200 | sort ms desc",
            [{"path": "/a", "ms": "20"}, {"path": "/a", "ms": "10"}],
        ),
        ("fields path | sort @timestamp asc | limit 1", [{"path": "/a"}]),
        (
            "fields ms * 2 + 1 as twice, upper | filter path like '/b' or path =~ /^.c$/ | display twice",
            [{"twice": "82"}, {"twice": "61"}],
        ),
        ("fields user.name | filter user.name in ['ann', 'x']", [{"user.name": "ann"}]),
        ("fields user.roles.1 as role | filter ispresent(role)", [{"role": "y"}]),
        ("fields @message | filter @message not like /path/", [{"@message": "plain text: user=eve, ms=7"}]),
        ("filter not (code < 500) and ispresent(code) | fields code", [{"code": "500"}]),
        (
            'parse @message "user=*, ms=*" as who, took | filter ispresent(who) | fields who, took + 1',
            [{"who": "eve", "took + 1": "8"}],
        ),
        (r"parse /user=(?<who>\w+)/ | filter who = 'eve' | display who", [{"who": "eve"}]),
        ("stats count(*) as n, avg(ms), max(ms) by path | sort path | filter n > 1",
         [{"path": "/a", "n": "2", "avg(ms)": "15", "max(ms)": "20"}]),
        ("stats count(*), sum(ms)/count(ms) as mean by bin(2s) | sort bin(2s) desc", [
            {"bin(2s)": "2024-01-01 00:00:04.000", "count(*)": "1"},
            {"bin(2s)": "2024-01-01 00:00:02.000", "count(*)": "2", "mean": "30.25"},
            {"bin(2s)": "2024-01-01 00:00:00.000", "count(*)": "2", "mean": "20"},
        ]),
        ("stats count_distinct(path), pct(ms, 50), stddev(code), min(@timestamp)", [{
            "count_distinct(path)": "3", "pct(ms, 50)": "25", "stddev(code)": "130.4914",
            "min(@timestamp)": "2024-01-01 00:00:00.000",
        }]),
        ("stats latest(path) as last, earliest(ms) as first, sortsLast(path) as z",
         [{"last": "/c", "first": "10", "z": "/c"}]),
        ("stats count(*) as n by path | stats max(n), count(*) as groups", [{"max(n)": "2", "groups": "4"}]),
        ("filter path = 'none' | stats count(*)", [{"count(*)": "0"}]),
        ("fields path | sort path, ms desc | dedup path | filter path = '/a'", [{"path": "/a"}]),
        ("fields concat(tolower('A'), strlen(path), substr('hello', 1, 3)) as t | filter ms = 30", [{"t": "a2ell"}]),
        ("fields toupper(replace(path, '/', '-')) as p, abs(0 - ms) as m, ceil(ms / 7) as c, floor(ms/7) as f,"
         " 7 % 4 as r, 2 ^ 3 as e | filter code = 500",
         [{"p": "-B", "m": "30", "c": "5", "f": "4", "r": "3", "e": "8"}]),
        ("fields coalesce(none, path) as p, isempty(none) as i, isblank(' ') as b, strcontains(path, '/') as s,"
         " greatest(1, ms, 3) as g, least(ms, 50) as l, trim('xax', 'x') as t, ltrim('  b') as u | filter code = 404",
         [{"p": "/c", "i": "1", "b": "1", "s": "1", "g": "40.5", "l": "40.5", "t": "a", "u": "b"}]),
        ("fields datefloor(@timestamp, 1h) as h, dateceil(@timestamp, 1mo) as m, toMillis(@timestamp) as t,"
         " fromMillis(0) as z, sqrt(0-1) as none, 1/0 as never | filter code = 404",
         [{"h": "2024-01-01 00:00:00.000", "m": "2024-02-01 00:00:00.000", "t": "1704067203000",
           "z": "1970-01-01 00:00:00.000"}]),
        ("fields `user.name` as n # a comment\n| filter `user.name` = \"bob\" | limit 1", [{"n": "bob"}]),
    ],
)  # fmt: skip
def test_the_language(query: str, rows: list[dict[str, str]]) -> None:
    """Commands, functions and aggregates make of the events what they say."""
    assert web().query(query) == rows


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "unexpected symbol found end of the query at line 1 and position 0"),
        ("fields a | count()", "unexpected symbol found count at line 1 and position 11"),
        ("fields a,", "end of the query"),
        ("filter (a = 1", "end of the query"),
        ("filter a like 3", "unexpected symbol found 3"),
        ("filter a like /(/", "Invalid regular expression"),
        ("limit x", "unexpected symbol found x"),
        ("fields nosuch(a)", "Unknown function nosuch"),
        ("fields abs(a, b)", "Wrong number of arguments"),
        ("filter count(*) > 1", "count may only be used in stats"),
        ("stats count(count(*))", "count may only be used in stats"),
        ("stats avg(a) by bin(x)", "Invalid period"),
        ("parse @message 'a*b*' as c", "number of fields"),
        ("parse @message 'abc' as c", "wildcard"),
        ("pattern @message", "The command pattern is not supported"),
        ("fields a ! b", "unexpected symbol found !"),
        ("filter " + "(" * 200, "unexpected symbol found ("),
        ("fields " + "2^" * 500 + "2", "unexpected symbol found"),
        ("fields now() as n", "not supported"),
    ],
)
def test_what_is_not_understood_is_malformed(query: str, words: str) -> None:
    """The refusal says what, and where; nothing is left out in silence."""
    with pytest.raises(BadQuery):
        insights.compiled(query)
    logs = CloudWatchLogs().group("g")
    logs.when(api.StartQuery(log_group_name="g", query_string=query, start_time=0, end_time=1))
    logs.refused("MalformedQueryException", words)
    assert logs.error is not None
    found = logs.error.members["queryCompileError"]
    assert found["location"]["startCharOffset"] <= len(query)


def test_lambdas_lines_have_fields() -> None:
    """What the platform reports, and the JSON that functions write."""
    logs = CloudWatchLogs().group("/aws/lambda/f", "s")
    request = "a1b2c3d4-5678-40ab-9cde-0123456789ab"
    logs.put(
        f"START RequestId: {request} Version: $LATEST",
        f'2024-01-01T00:00:00.000Z\t{request}\tINFO\t{{"level": "x"}}',
        f"END RequestId: {request}",
        f"REPORT RequestId: {request}\tDuration: 12.34 ms\tBilled Duration: 13 ms\tMemory Size: 128 MB\t"
        "Max Memory Used: 40 MB\tInit Duration: 100.5 ms\t",
        group="/aws/lambda/f",
    )
    rows = logs.query(
        "filter @type = 'REPORT' | stats max(@duration), max(@billedDuration), max(@memorySize / 1000 / 1000) as mb,"
        " max(@initDuration), max(@maxMemoryUsed) by @requestId",
        "/aws/lambda/f",
    )
    assert rows == [
        {"@requestId": request, "max(@duration)": "12.34", "max(@billedDuration)": "13", "mb": "128",
         "max(@initDuration)": "100.5", "max(@maxMemoryUsed)": "40000000"}
    ]  # fmt: skip
    rows = logs.query(f"filter @requestId = '{request}' and level = 'x' | fields level", "/aws/lambda/f")
    assert rows == [{"level": "x"}]


def test_results_say_what_was_looked_at() -> None:
    """Statistics count events; results come in pages; limits hold."""
    logs = web()
    logs.query("fields path | filter path like '/' | sort @timestamp | limit 3")
    assert logs.answer.status == "Complete"
    counted = logs.answer.statistics
    assert (counted.records_scanned, counted.records_matched, counted.result_count) == (5.0, 4.0, 3.0)
    assert counted.bytes_scanned > 100
    logs.given(api.DescribeQueries())
    query = logs.answer.queries[0]
    assert (query.status, query.log_group_name, query.query_string[:11]) == ("Complete", "g", "fields path")
    logs.given(api.GetQueryResults(query_id=query.query_id, max_items=2))
    assert len(logs.answer.results) == 2
    logs.given(api.GetQueryResults(query_id=query.query_id, max_items=2, next_token=logs.answer.next_token))
    assert (len(logs.answer.results), logs.answer.next_token) == (1, UNSET)
    assert len(logs.query("fields path", limit=2)) == 2
    logs.given(api.ListLogGroupsForQuery(query_id=query.query_id))
    assert logs.answer.log_group_identifiers == ["g"]
    logs.when(api.StopQuery(query_id=query.query_id)).refused("InvalidParameterException", "is not running")
    logs.when(api.StopQuery(query_id="none")).refused("ResourceNotFoundException")
    logs.replays()


def test_a_query_sees_what_had_come_in() -> None:
    """Events that arrive after it was started are not in its results; several groups are."""
    logs = CloudWatchLogs().group("g", "s").group("h", "s")
    logs.put("a")
    logs.put("b", group="h")
    now = logs.now_ms // 1000
    start = api.StartQuery(
        log_group_identifiers=[group_arn("g"), "h"], query_string="fields @message | sort @message",
        start_time=(now - 60) * 1000, end_time=(now + 60) * 1000,
    )  # fmt: skip
    logs.given(start)
    query = logs.answer.query_id
    logs.put("c")
    logs.given(api.GetQueryResults(query_id=query))
    assert [row[0].value for row in logs.answer.results] == ["a", "b"]
    logs.later(days=8)
    logs.when(api.GetQueryResults(query_id=query)).refused("ResourceNotFoundException")
    logs.given(start)
    assert len(logs.state().queries) == 1
    logs.replays()


def test_a_query_has_rules() -> None:
    """Its groups are named in one way and are there; its times are in order; its language is Insights'."""
    logs = CloudWatchLogs().group("g")

    def start(start_time: int = 0, **more: Any) -> api.StartQuery:
        return api.StartQuery(query_string="fields a", start_time=start_time, end_time=1, **more)

    logs.when(start()).refused("InvalidParameterException")
    logs.when(start(log_group_name="g", log_group_names=["g"])).refused("InvalidParameterException")
    logs.when(start(log_group_names=["g"] * 2 + [str(n) for n in range(50)])).refused(
        "InvalidParameterException"
    )
    logs.when(start(log_group_name="none")).refused("ResourceNotFoundException")
    logs.when(start(log_group_name="g", query_language="SQL")).refused("InvalidParameterException")
    logs.when(start(log_group_name="g", start_time=2)).refused("InvalidParameterException")


def test_queries_are_listed_newest_first() -> None:
    """All, or those of a group, in pages."""
    logs = CloudWatchLogs().group("g").group("h")
    for name in ("g", "h", "g"):
        logs.given(api.StartQuery(log_group_name=name, query_string="fields a", start_time=0, end_time=1))
    logs.given(api.DescribeQueries(max_results=2))
    assert [query.log_group_name for query in logs.answer.queries] == ["g", "h"]
    logs.given(api.DescribeQueries(max_results=2, next_token=logs.answer.next_token))
    assert [query.log_group_name for query in logs.answer.queries] == ["g"]
    logs.given(api.DescribeQueries(log_group_name="h", status="Complete"))
    assert len(logs.answer.queries) == 1
    assert logs.answer.queries[0].user_identity == "arn:aws:iam::123456789012:root"
    logs.replays()


def test_a_groups_fields_and_their_shares() -> None:
    """Of the events around a time, or of the last quarter of an hour."""
    logs = web()
    logs.given(api.GetLogGroupFields(log_group_name="g", time=1_704_067_200))
    shares = {field.name: field.percent for field in logs.answer.log_group_fields}
    assert (shares["@message"], shares["path"], shares["user.name"]) == (100, 80, 60)
    logs.later(hours=1)
    logs.given(api.GetLogGroupFields(log_group_identifier="g"))
    assert logs.answer.log_group_fields == []
    logs.replays()


def test_query_definitions_are_kept() -> None:
    """By an id; an update replaces all of it; a token makes a repeat harmless."""
    logs = CloudWatchLogs()
    put = api.PutQueryDefinition(name="app/errors", query_string="fields a", client_token="t" * 36)
    logs.given(put)
    first = logs.answer.query_definition_id
    logs.given(put)
    assert (logs.answer.query_definition_id, len(logs.state().definitions)) == (first, 1)
    logs.given(api.PutQueryDefinition(name="db", query_string="fields b", log_group_names=["g"]))
    logs.given(api.PutQueryDefinition(name="app/e", query_string="fields c", query_definition_id=first))
    logs.given(api.DescribeQueryDefinitions(query_definition_name_prefix="app"))
    (one,) = logs.answer.query_definitions
    assert (one.name, one.query_string, one.log_group_names, one.query_language) == (
        "app/e",
        "fields c",
        [],
        "CWLI",
    )
    logs.given(api.DeleteQueryDefinition(query_definition_id=first))
    assert logs.answer.success is True
    logs.when(api.DeleteQueryDefinition(query_definition_id=first)).refused("ResourceNotFoundException")
    logs.when(api.PutQueryDefinition(name="x", query_string="y", query_definition_id=first))
    logs.refused("ResourceNotFoundException")
    logs.replays()
