"""S3 Select: SQL over CSV and JSON."""

from __future__ import annotations

import gzip
from typing import Any

import pytest

from backtrail import UNSET
from backtrail.call import Effect, Outcome
from backtrail_aws.s3 import api, select

from .bucket_scenario import BUCKET, MIB, Buckets, large

PEOPLE = b"name,age,city\nAnn,34,Bonn\nBob,7,Rome\nCid,51,Bonn\nDee,,Oslo\n"
LINES = b'{"a": 1, "b": {"c": [1, 2]}, "d": "x"}\n{"a": 2, "b": {"c": []}, "d": null}\n'
CSV = api.InputSerialization(csv=api.CSVInput(file_header_info="USE"))
BARE = api.InputSerialization(csv=api.CSVInput())
JSON = api.InputSerialization(json=api.JSONInput(type="LINES"))
TO_CSV = api.OutputSerialization(csv=api.CSVOutput())
TO_JSON = api.OutputSerialization(json=api.JSONOutput())


def selecting(expression: str, wanted: api.InputSerialization = CSV, **more: Any) -> api.SelectObjectContent:
    """A query of the object `k`."""
    return api.SelectObjectContent(
        bucket=BUCKET, key="k", expression=expression, expression_type="SQL", input_serialization=wanted,
        output_serialization=more.pop("out", TO_CSV), **more,
    )  # fmt: skip


def records(answer: Any) -> str:
    """The records of an answer, together."""
    found = [event.records.payload for event in answer.payload if event.records is not UNSET]
    return b"".join(one for one in found if isinstance(one, bytes)).decode()


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SELECT * FROM S3Object s LIMIT 2", "Ann,34,Bonn\nBob,7,Rome\n"),
        ("select s.name from s3object s where s.city = 'Bonn'", "Ann\nCid\n"),
        ("SELECT name, CAST(age AS INT) + 1 FROM S3Object WHERE age > 30", "Ann,35\nCid,52\n"),
        ("SELECT COUNT(*) FROM S3Object", "4\n"),
        ("SELECT COUNT(*), SUM(CAST(s.age AS INT)), MIN(s.age), AVG(CAST(s.age AS FLOAT)) FROM S3Object s "
         "WHERE s.age <> ''", "3,92,7,30.666666666666668\n"),
        ("SELECT name FROM S3Object WHERE name LIKE '_i%' OR city IN ('Oslo', 'Nice')", "Cid\nDee\n"),
        ("SELECT name FROM S3Object WHERE NOT (age BETWEEN 0 AND 40) AND age <> ''", "Cid\n"),
        ("SELECT UPPER(name) || '-' || SUBSTRING(city FROM 1 FOR 2) FROM S3Object LIMIT 1", "ANN-Bo\n"),
        ("SELECT CASE WHEN age = '' THEN 'none' ELSE age END FROM S3Object WHERE \"name\" = 'Dee'", "none\n"),
        ("SELECT TRIM(BOTH 'A' FROM name), CHAR_LENGTH(city), NULLIF(city, name) FROM S3Object LIMIT 1", "nn,4,Bonn\n"),
        ("SELECT s.nothing FROM S3Object s WHERE s.nothing IS MISSING LIMIT 1", '""\n'),
        ("SELECT 7 / 2, -7 % 4, 2 * 3 - 1.5 FROM S3Object LIMIT 1", "3,-3,4.5\n"),
    ],
)  # fmt: skip
def test_queries_of_csv(expression: str, expected: str) -> None:
    """Columns by name, filters, functions, sums."""
    s3 = Buckets()
    s3.put("k", PEOPLE)
    assert records(s3.ask(selecting(expression))) == expected


def test_columns_by_place_and_other_forms() -> None:
    """Without a header columns have numbers; delimiters, quotes and JSON are as asked for; gzip is read."""
    s3 = Buckets()
    s3.put("k", gzip.compress(b'a;"x;y"\nb;z\n'))
    wanted = api.InputSerialization(csv=api.CSVInput(field_delimiter=";"), compression_type="GZIP")
    assert records(s3.ask(selecting("SELECT s._2 FROM S3Object s", wanted))) == "x;y\nz\n"
    assert records(s3.ask(selecting("SELECT * FROM S3Object", wanted, out=TO_JSON))).startswith(
        '{"_1":"a","_2":"x;y"}\n'
    )
    always = api.OutputSerialization(csv=api.CSVOutput(quote_fields="ALWAYS", record_delimiter="|"))
    assert records(s3.ask(selecting("SELECT _1 FROM S3Object", wanted, out=always))) == '"a"|"b"|'


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("SELECT s.a, s.b.c[1] AS second FROM S3Object s", '{"a":1,"second":2}\n{"a":2,"second":null}\n'),
        ("SELECT * FROM S3Object[*] s WHERE s.d IS NULL", '{"a":2,"b":{"c":[]},"d":null}\n'),
        ("SELECT s.* FROM S3Object s LIMIT 1", '{"a":1,"b":{"c":[1,2]},"d":"x"}\n'),
        ("SELECT _1 FROM S3Object[*].b.c", '{"_1":1}\n{"_1":2}\n'),
    ],
)
def test_queries_of_json(expression: str, expected: str) -> None:
    """Paths into documents, names by AS; a path behind S3Object makes rows of a list."""
    s3 = Buckets()
    s3.put("k", LINES)
    assert records(s3.ask(selecting(expression, JSON, out=TO_JSON))) == expected


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("UPDATE x", "ParseExpectedKeyword"),
        ("SELECT *", "ParseSelectMissingFrom"),
        ("SELECT * FROM table", "InvalidTableAlias"),
        ("SELECT # FROM S3Object", "LexerInvalidChar"),
        ("SELECT * FROM S3Object GROUP BY x", "UnsupportedSqlStructure"),
        ("SELECT SOUNDEX(name) FROM S3Object", "UnsupportedFunction"),
        ("SELECT CAST(name AS INT) FROM S3Object", "CastFailed"),
        ("SELECT name, COUNT(*) FROM S3Object", "UnsupportedSqlStructure"),
        ("SELECT 1 / 0 FROM S3Object", "DivisionByZero"),
        ("SELECT LOWER(name, city) FROM S3Object", "EvaluatorInvalidArguments"),
        ("SELECT ( FROM S3Object", "ParseUnexpectedTerm"),
        ("SELECT CAST(name AS BLOB) FROM S3Object", "InvalidDataType"),
        ("SELECT s[x] FROM S3Object s", "ParseUnexpectedToken"),
        ("SELECT * FROM S3Object LIMIT x", "ParseUnexpectedToken"),
    ],
)
def test_queries_that_are_refused(expression: str, code: str) -> None:
    """Each with S3 Select's own code."""
    s3 = Buckets()
    s3.put("k", PEOPLE)
    s3.when(selecting(expression)).refused(code)
    s3.replays()


def test_a_stream_tells_its_progress_and_ends() -> None:
    """Records in pieces, statistics, the end; a scan range takes the lines that begin in it."""
    s3 = Buckets()
    s3.put("k", PEOPLE)
    answer = s3.ask(selecting("SELECT * FROM S3Object", request_progress=api.RequestProgress(enabled=True)))
    stats = next(event.stats.details for event in answer.payload if event.stats is not UNSET)
    assert (stats.bytes_scanned, stats.bytes_returned) == (len(PEOPLE), len(PEOPLE) - len(b"name,age,city\n"))
    assert answer.payload[-1].end is not UNSET
    ranged = selecting("SELECT _1 FROM S3Object", BARE, scan_range=api.ScanRange(start=5, end=30))
    assert records(s3.ask(ranged)) == "Ann\nBob\n"


def test_a_large_object_is_read_by_an_effect() -> None:
    """The effect gives the rows or the refusal; deciding never opens the body."""
    s3 = Buckets()
    s3.ask(api.PutObject(bucket=BUCKET, key="k", body=large(MIB)))
    query = selecting("SELECT name FROM S3Object")
    s3.when(query)
    assert isinstance(s3.answer, Effect)
    s3.when(query, outcome=Outcome(result=select.attempt(query, PEOPLE)))
    assert records(s3.answer) == "Ann\nBob\nCid\nDee\n"
    failing = selecting("SELECT CAST(name AS INT) FROM S3Object")
    s3.when(failing, outcome=Outcome(result=select.attempt(failing, PEOPLE))).refused("CastFailed")
    s3.replays()
