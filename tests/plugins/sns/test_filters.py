"""Filter policies: every operator, on attributes and on bodies, and what AWS refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.plugins.sns.topic_scenario import Sns, text

from backtrail_aws.sns import api
from backtrail_aws.sns.filter_tests import BadPolicy
from backtrail_aws.sns.filters import ATTRIBUTES, BODY, accepts, matcher

CASES: list[tuple[Any, Any, bool]] = [
    ({"k": ["a", "b"]}, {"k": "b"}, True),
    ({"k": ["a"]}, {"k": "A"}, False),
    ({"k": ["a"]}, {}, False),
    ({"k": ["a"], "l": ["b"]}, {"k": "a"}, False),
    ({"k": ["a"], "l": ["b"]}, {"k": "a", "l": "b", "m": "c"}, True),
    ({"k": ["a"]}, {"k": ["x", "a"]}, True),
    ({"k": ["a"]}, {"k": []}, False),
    ({"k": [1]}, {"k": 1.0}, True),
    ({"k": [1]}, {"k": "1"}, False),
    ({"k": [True]}, {"k": True}, True),
    ({"k": [1]}, {"k": True}, False),
    ({"k": [None]}, {"k": None}, True),
    ({"k": [0.123456]}, {"k": 0.123459}, True),
    ({"k": [{"prefix": "or"}]}, {"k": "order"}, True),
    ({"k": [{"prefix": "or"}]}, {"k": "door"}, False),
    ({"k": [{"suffix": "er"}]}, {"k": "order"}, True),
    ({"k": [{"suffix": "er"}]}, {"k": "orders"}, False),
    ({"k": [{"equals-ignore-case": "ORDER"}]}, {"k": "oRdEr"}, True),
    ({"k": [{"equals-ignore-case": "ORDER"}]}, {"k": "orders"}, False),
    ({"k": [{"wildcard": "o*r"}]}, {"k": "order"}, True),
    ({"k": [{"wildcard": "o*r"}]}, {"k": "orders"}, False),
    ({"k": [{"cidr": "10.0.0.0/24"}]}, {"k": "10.0.0.255"}, True),
    ({"k": [{"cidr": "10.0.0.0/24"}]}, {"k": "10.0.1.0"}, False),
    ({"k": [{"cidr": "10.0.0.0/24"}]}, {"k": "host"}, False),
    ({"k": [{"cidr": "2001:db8::/32"}]}, {"k": "2001:db8::1"}, True),
    ({"k": [{"exists": True}]}, {"k": ""}, True),
    ({"k": [{"exists": True}]}, {}, False),
    ({"k": [{"exists": False}]}, {}, True),
    ({"k": [{"exists": False}]}, {"k": 1}, False),
    ({"k": [{"exists": False}, "a"]}, {"k": "a"}, True),
    ({"k": [{"numeric": ["=", 301.5]}]}, {"k": 3.015e2}, True),
    ({"k": [{"numeric": ["=", 301.5]}]}, {"k": 301}, False),
    ({"k": [{"numeric": [">", 0, "<=", 150]}]}, {"k": 150}, True),
    ({"k": [{"numeric": [">", 0, "<=", 150]}]}, {"k": 0}, False),
    ({"k": [{"numeric": ["<", 0]}]}, {"k": -1}, True),
    ({"k": [{"numeric": [">=", 0]}]}, {"k": "1"}, False),
    ({"k": [{"anything-but": "a"}]}, {"k": "b"}, True),
    ({"k": [{"anything-but": ["a", "b"]}]}, {"k": "b"}, False),
    ({"k": [{"anything-but": ["a", "b"]}]}, {}, False),
    ({"k": [{"anything-but": ["a"]}]}, {"k": ["a", "b"]}, True),
    ({"k": [{"anything-but": [100, 500]}]}, {"k": 101}, True),
    ({"k": [{"anything-but": [100, 500]}]}, {"k": 100}, False),
    ({"k": [{"anything-but": {"prefix": "or"}}]}, {"k": "order"}, False),
    ({"k": [{"anything-but": {"prefix": "or"}}]}, {"k": "door"}, True),
    ({"k": [{"anything-but": {"suffix": "er"}}]}, {"k": "order"}, False),
    ({"k": [{"anything-but": {"wildcard": "o*"}}]}, {"k": "order"}, False),
    ({"k": [{"anything-but": {"equals-ignore-case": ["A", "B"]}}]}, {"k": "b"}, False),
    ({"$or": [{"a": ["1"]}, {"b": ["2"]}]}, {"b": "2"}, True),
    ({"$or": [{"a": ["1"]}, {"b": ["2"]}]}, {"b": "3"}, False),
    ({"c": ["x"], "$or": [{"a": ["1"]}, {"b": ["2"]}]}, {"a": "1"}, False),
    ({"c": ["x"], "$or": [{"a": ["1"]}, {"b": ["2"]}]}, {"a": "1", "c": "x"}, True),
    ({"$or": [{"a": ["1"], "b": ["2"]}, {"$or": [{"c": ["3"]}, {"d": ["4"]}]}]}, {"d": "4"}, True),
]  # fmt: skip


@pytest.mark.parametrize("scope", [ATTRIBUTES, BODY])
@pytest.mark.parametrize(("policy", "values", "expected"), CASES, ids=[json.dumps(case) for case in CASES])
def test_a_policy_lets_through_what_matches(policy: Any, values: Any, expected: bool, scope: str) -> None:
    """One case of AWS's pages on filter policies."""
    found = accepts(json.dumps(policy), scope, lambda: values, lambda: values)
    assert found is expected


@pytest.mark.parametrize(
    ("policy", "body", "expected"),
    [
        ({"a": {"b": ["c"]}}, {"a": {"b": "c"}}, True),
        ({"a": {"b": ["c"]}}, {"a": {"b": "d"}}, False),
        ({"a": {"b": ["c"]}}, {"a": "c"}, False),
        ({"a": {"b": ["c"]}}, {"a": [{"b": "x"}, {"b": "c"}]}, True),
        ({"a": {"b": [{"exists": False}]}}, {"a": {"x": 1}}, True),
        ({"a": {"b": [{"exists": False}]}}, {}, True),
        ({"a": [{"exists": False}]}, {"a": {"b": 1}}, True),
        ({"a": {"$or": [{"b": ["c"]}, {"d": ["e"]}]}}, {"a": {"d": "e"}}, True),
        ({"a": ["b"]}, "text", False),
        ({"a": ["b"]}, [{"a": "b"}], False),
        ({"a": ["b"]}, None, False),
    ],
)
def test_bodies_may_be_nested(policy: Any, body: Any, expected: bool) -> None:
    """A name's object is matched within; what is no object matches no policy."""
    assert accepts(json.dumps(policy), BODY, dict, lambda: body) is expected


@pytest.mark.parametrize(
    ("policy", "words"),
    [
        ("x", "failed to parse JSON."),
        ("[]", "must be an object"),
        ({"k": []}, "Empty arrays are not allowed"),
        ({"k": "v"}, '"k" must be an object or an array'),
        ({"k": {"l": ["v"]}}, "does not support nested filter policy"),
        ({"k": [["v"]]}, "Match value must be String, number, true, false, or null"),
        ({"k": [{"like": "v"}]}, "Unrecognized match type like"),
        ({"k": [{"prefix": "a", "suffix": "b"}]}, "Only one key allowed"),
        ({"k": [{"prefix": 1}]}, "prefix match pattern must be a string"),
        ({"k": [{"exists": "yes"}]}, "exists match pattern must be either true or false."),
        ({"k": [{"cidr": "10.0.0.0/99"}]}, "Malformed CIDR"),
        ({"k": [{"numeric": []}]}, "numeric"),
        ({"k": [{"numeric": ["~", 1]}]}, "Unrecognized numeric range operator"),
        ({"k": [{"numeric": [">", "1"]}]}, "Value of > must be numeric"),
        ({"k": [{"numeric": [">"]}]}, "Value of > must be numeric"),
        ({"k": [{"numeric": [">", 1, ">", 2]}]}, "Bad numeric range operator"),
        ({"k": [{"numeric": [">", 1, "<", 2, "<", 3]}]}, "Too many elements"),
        ({"k": [{"numeric": [">", 2, "<", 1]}]}, "Bottom must be less than top"),
        ({"k": [{"numeric": [">", 1e10]}]}, "Value must be between"),
        ({"k": [2e9]}, "Value must be between"),
        ({"k": [{"anything-but": {"exists": True}}]}, "Unsupported anything-but pattern"),
        ({"k": [{"anything-but": []}]}, "anything-but"),
        ({"k": [{"anything-but": [None]}]}, "anything-but"),
        ({"k": [{"wildcard": "a**b"}]}, "wildcard"),
        ({str(number): ["v"] for number in range(6)}, "can not have more than 5 keys"),
        ({"$or": [{str(number): ["v"]} for number in range(6)]}, "can not have more than 5 keys"),
        ({"k": [str(number) for number in range(151)]}, "too complex"),
        ({"a": ["1", "2", "3"], "b": ["1"] * 10, "c": ["1"] * 6}, "too complex"),
    ],
)
def test_policies_keep_their_rules(policy: Any, words: str) -> None:
    """What AWS refuses is refused, and the reason names the rule."""
    with pytest.raises(BadPolicy, match=r".*"):
        matcher(policy if isinstance(policy, str) else json.dumps(policy), ATTRIBUTES)
    try:
        matcher(policy if isinstance(policy, str) else json.dumps(policy), ATTRIBUTES)
    except BadPolicy as bad:
        assert words in str(bad)


def test_nested_keys_do_not_count_and_levels_multiply() -> None:
    """Of a body's policy only the keys of the top level count; 4 values four levels deep count 16."""
    many = {"a": {str(number): ["v"] for number in range(7)}}
    assert matcher(json.dumps(many), BODY) is not None
    deep = {"a": {"b": {"c": {"d": ["1"] * 4}}, "e": {"f": ["1"] * 3}}}
    assert matcher(json.dumps(deep), BODY) is not None  # 4 x 4 levels x 3 x 3 levels = 144
    deeper = {"a": {"b": {"c": {"d": ["1"] * 4}}, "e": {"f": ["1"] * 4}}}
    with pytest.raises(BadPolicy, match="too complex"):
        matcher(json.dumps(deeper), BODY)


def test_a_lone_or_is_a_name() -> None:
    """`$or` with one object, or with values, is a key like any other."""
    assert accepts('{"$or":["x"]}', ATTRIBUTES, lambda: {"$or": "x"}, lambda: None)


def test_messages_reach_who_wants_them() -> None:
    """SNS-07: of three queues, each gets what its policy lets through: by attribute, by body, everything."""
    sns = Sns().topic("t").queue("attributes").queue("body").queue("all")
    sns.subscribe_queue("t", "attributes", FilterPolicy='{"price":[{"numeric":[">",10]}],"kind":["a","b"]}')
    sns.subscribe_queue(
        "t", "body", FilterPolicyScope="MessageBody", FilterPolicy='{"order":{"state":[{"prefix":"pa"}]}}'
    )
    sns.subscribe_queue("t", "all")
    sns.publish(
        "t",
        "one",
        message_attributes={"price": text("11", "Number"), "kind": text('["x","a"]', "String.Array")},
    )
    sns.publish("t", "two", message_attributes={"price": text("9.5", "Number"), "kind": text("a")})
    sns.publish("t", '{"order":{"state":"paid"}}')
    sns.publish("t", '{"order":{"state":"open"}}')
    assert sns.notes("attributes") == ["one"]
    assert sns.notes("body") == ['{"order":{"state":"paid"}}']
    assert len(sns.notes("all")) == 4
    sns.replays()


def test_binary_attributes_take_no_part() -> None:
    """A policy sees no binary attribute, as if it were not there."""
    sns = Sns().topic("t").queue("q")
    sns.subscribe_queue("t", "q", FilterPolicy='{"b":[{"exists":false}]}')
    blob = api.MessageAttributeValue(data_type="Binary", binary_value=b"x")
    sns.publish("t", "m", message_attributes={"b": blob})
    assert sns.notes("q") == ["m"]
