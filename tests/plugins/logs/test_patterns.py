"""The filter pattern language: terms, JSON and lines of fields, on the examples of AWS's page and more."""

from __future__ import annotations

import pytest

from backtrail import Refusal
from backtrail_aws.logs import patterns

TRAIL = (
    '{"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111", "arrayKey": ["value", "another value"],'
    ' "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}], "SomeObject": null, "ThisFlag": true}'
)
USERS = (
    '{"user": {"id": 1, "email": "John.Stiles@example.com"}, "users": [{"id": 2, "email": "John.Doe@example.com"},'
    ' {"id": 3, "email": "Jane.Doe@example.com"}], "actions": ["GET", "PUT", "DELETE"],'
    ' "coordinates": [[0, 1, 2], [4, 5, 6], [7, 8, 9]], "latency": 55.5, "code": "400", "a-b": {"c d": "x"}}'
)
LINE = '127.0.0.1 - frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534'


def matches(pattern: str, message: str) -> bool:
    """Whether a message matches."""
    return patterns.of(pattern).matches(message)


@pytest.mark.parametrize(
    ("pattern", "message", "found"),
    [
        ("", "anything", True),
        (" ", "anything", True),
        ("ERROR", "[ERROR] A fatal exception has occurred", True),
        ("ERROR", "Exiting with ERRORCODE: -1", True),
        ("ERROR", "error", False),
        ("ERROR -Exiting", "[ERROR] A fatal exception has occurred", True),
        ('"ERROR" - "Exiting"', "Exiting with ERRORCODE: -1", False),
        ("ERROR Exception", "[ERROR] Caught IllegalArgumentException", True),
        ("ERROR Exception", "[ERROR] Caught", False),
        ("Failed to process the request", "[ERROR] Unable: Failed to process the request", True),
        ('"[ERROR] Caught"', "an [ERROR] Caught here", True),
        ('"a \\"b\\""', 'say a "b"', True),
        ("?ERROR ?WARN", "WARN message", True),
        ("?ERROR ?WARN", "INFO message", False),
        ("?ERROR ?WARN -message", "WARN message", False),
        ("?ERROR WARN", "WARN message", True),
        ("ERROR -WARN", "ERROR WARN message", False),
        ("-DEBUG", "INFO", True),
        ("%AUTHORIZED%", "[ERROR 401] UNAUTHORIZED REQUEST", True),
        (r"%\d{1,3}\.\d{1,3}%", "ip 10.0", True),
        ("%colou?r% -red", "color blue", True),
        ("%^start%", "not start", False),
    ],
)
def test_terms(pattern: str, message: str, found: bool) -> None:
    """All terms, none after a minus, one of those after question marks; regular expressions between per cent signs."""
    assert matches(pattern, message) is found


@pytest.mark.parametrize(
    ("pattern", "message", "found"),
    [
        ('{ $.eventType = "UpdateTrail" }', TRAIL, True),
        ("{ $.eventType = UpdateTrail }", TRAIL, True),
        ("{ $.eventType = Update* }", TRAIL, True),
        ("{ $.eventType = *Trail }", TRAIL, True),
        ("{ $.eventType = *dateT* }", TRAIL, True),
        ("{ $.eventType = Up*Trail }", TRAIL, False),
        ('{ $.eventType = "*" }', TRAIL, True),
        ("{ $.none = * }", TRAIL, False),
        ("{ $.sourceIPAddress != 123.123.* }", TRAIL, True),
        ("{ $.sourceIPAddress = %111\\.1+.*% }", TRAIL, True),
        ('{ $.arrayKey[0] = "value" }', TRAIL, True),
        ('{ $.eventType[0] = "value" }', TRAIL, False),
        ("{ $.objectList[1].id = 2 }", TRAIL, True),
        ("{ $.objectList[2].id = 2 }", TRAIL, False),
        ("{ $.objectList[*].id = 2 }", TRAIL, True),
        ("{ $.SomeObject IS NULL }", TRAIL, True),
        ("{ $.none IS NULL }", TRAIL, False),
        ("{ $.none NOT EXISTS }", TRAIL, True),
        ("{ $.SomeObject NOT EXISTS }", TRAIL, False),
        ("{ $.ThisFlag IS TRUE }", TRAIL, True),
        ("{ $.ThisFlag IS FALSE }", TRAIL, False),
        ('{ $.ThisFlag = "true" }', TRAIL, True),
        ("{ $.none != 1 }", TRAIL, False),
        ("{ $.arrayKey = 1 }", TRAIL, False),
        ("{ $.arrayKey != 1 }", TRAIL, False),
        ('{ ($.user.id = 1) && ($.users[0].email = "John.Doe@example.com") }', USERS, True),
        ('{ ($.user.id = 2 && $.users[0].email = "nonmatch") || $.actions[2] = "GET" }', USERS, False),
        (
            '{ $.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = nonmatch && $.actions[2] = no }',
            USERS,
            True,
        ),
        (
            '{ ($.user.email = "John.Stiles@example.com" || $.coordinates[0][1] = no) && $.actions[2] = no }',
            USERS,
            False,
        ),
        ("{$.latency>=55.5&&$.latency<5.6e1}", USERS, True),
        ("{ $.latency > +1000 }", USERS, False),
        ("{ $.latency < -1 }", USERS, False),
        ("{ $.code = 400 }", USERS, True),
        ("{ $.code > 399 }", USERS, True),
        ("{ $.user.email > 3 }", USERS, False),
        ("{ $.a-b['c d'] = x }", USERS, True),
        ('{ $.["a-b"]["c d"] != y }', USERS, True),
        ("{ $.eventType = x }", "no JSON", False),
        ("{ $.eventType NOT EXISTS }", "{broken", False),
    ],
)
def test_json(pattern: str, message: str, found: bool) -> None:
    """Comparisons of value nodes, alone and together; what is no JSON matches nothing."""
    assert matches(pattern, message) is found


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("[ip, user, username, timestamp, request, status_code, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code, bytes > 1000]", True),
        ("[ip, user, username, timestamp, request, status_code = 200, bytes]", False),
        ("[ip, user, username, timestamp, request = *html*, status_code = 4*, bytes]", True),
        ("[ip, user, username, timestamp, request, status_code = 4* && status_code != 403, bytes]", True),
        ("[..., status_code, bytes]", True),
        ("[ip, user, ..., status_code = 404, bytes]", True),
        ("[ip, user, ...]", True),
        ("[w1=ERROR || w1=127*, ...]", True),
        ("[w1!=ERROR && w1!=WARN, w2]", False),
        ("[ip = %127\\.0%, ...]", True),
        ("[..., a, b, c, d, e, f, g, h]", False),
        ('[..., request = "GET /index.html HTTP/1.0", status, bytes]', True),
    ],
)
def test_lines_of_fields(pattern: str, found: bool) -> None:
    """Fields by place, with an ellipsis for any number of them, and what they must be."""
    assert matches(pattern, LINE) is found


def test_values_are_extracted() -> None:
    """By name, by place where there is none, and by selector."""
    assert patterns.of("[..., request=*.html*, status_code=4*,]").extracted(LINE) == {
        "$1": "127.0.0.1", "$2": "-", "$3": "frank", "$4": "10/Oct/2000:13:25:15 -0700",
        "$request": "GET /index.html HTTP/1.0", "$status_code": "404", "$7": "1534",
    }  # fmt: skip
    found = patterns.of('{ $.eventType = "UpdateTrail" && $.objectList[1].id = 2 && $.none NOT EXISTS }')
    assert found.extracted(TRAIL) == {"$.eventType": "UpdateTrail", "$.objectList[1].id": "2"}
    assert patterns.of("ERROR").extracted("ERROR") == {}


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("a:b", "Invalid character(s) in term ':'"),
        ("foo(bar", "Invalid character(s) in term '('"),
        ('""', "Invalid character(s) in term '\"\"'"),
        ("{ $.a = 1", "If a filter pattern starts with '{' it must end with '}'"),
        ("[a, b", "If a filter pattern starts with '[' it must end with ']'"),
        ("%a(b)%", "Invalid character(s) in term"),
        ("%a% %b% %c%", "Invalid filter pattern"),
        ("%[%", "Invalid filter pattern"),
        ("{ $.a = }", "Invalid filter pattern"),
        ("{ $.a }", "Invalid filter pattern"),
        ("{ a = 1 }", "Invalid filter pattern"),
        ("{ $.a IS 3 }", "Invalid filter pattern"),
        ("{ $.a < x }", "Invalid filter pattern"),
        ("{ $.a = 1 || }", "Invalid filter pattern"),
        ("{ ($.a = 1 }", "Invalid filter pattern"),
        ("{ $.a = 1 $.b = 2 }", "Invalid filter pattern"),
        ("{}", "Invalid filter pattern"),
        ("[]", "Invalid filter pattern"),
        ("[..., a, ...]", "Invalid filter pattern"),
        ("[a, status_code = 4* && bytes > 1000]", "Invalid filter pattern"),
        ('[a = "b]', "Invalid character(s) in term '\"'"),
        (f"{{{'(' * 300}$.a = 1{')' * 300}}}", "Invalid filter pattern"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str, words: str) -> None:
    """In the service's words."""
    with pytest.raises(Refusal) as refused:
        patterns.of(pattern)
    assert refused.value.code == "InvalidParameterException"
    assert words in refused.value.message
    assert patterns.told(pattern) is None
