"""The generic index, on services and resource types that do not exist: words and forms are all it knows."""

from __future__ import annotations

import re
import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.mentions import Verb, aliases, mentions, type_of
from backtrail.mentions.vocabulary import COMMON_VALUES, EMPTY_VALUES

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


words = st.sampled_from(
    ["Widget", "Gizmo", "Sprocket", "Flange", "Crate", "DB", "VPN", "Cog", "Gateway", "Lattice"]
)
nouns = st.lists(words, min_size=1, max_size=3, unique=True).map("".join)
names = st.text(string.ascii_letters + string.digits + "-_", min_size=3, max_size=30).filter(
    lambda text: (
        text.lower() not in COMMON_VALUES | EMPTY_VALUES
        and not text.isdigit()
        and not re.search("hidden_due_to|redacted", text.lower())
        and not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z]+)*-[0-9a-f]{8,17}", text)
    )
)


def mint(prefix: str, digits: str) -> str:
    """An id as AWS mints them."""
    return f"{prefix}-{digits}"


minted = st.builds(
    mint,
    st.sampled_from(["wc", "giz", "sprock", "tgx-attach"]),
    st.one_of(
        st.text("0123456789abcdef", min_size=8, max_size=8),
        st.text("0123456789abcdef", min_size=17, max_size=17),
    ),
)
others = st.fixed_dictionaries(
    {},
    optional={
        "vatId": minted,
        "description": st.text(max_size=20),
        "count": st.integers(),
        "enabled": st.booleans(),
        "tags": st.lists(
            st.fixed_dictionaries({"key": st.text(max_size=5), "value": st.sampled_from(["true", "default"])})
        ),
        "nothing": st.none(),
        "filterSet": st.just({"items": [{"name": "some-filter", "valueSet": {"items": [{"value": "x"}]}}]}),
    },
)


def lower(noun: str) -> str:
    """A member name as CloudTrail writes it."""
    return noun[0].lower() + noun[1:]


def shapes(noun: str, identifier: str) -> list[Any]:
    """Answers that name what was made, in all the ways that AWS writes them."""
    key = f"{lower(noun)}Id"
    return [
        {key: identifier},
        {lower(noun): {key: identifier, "state": "pending"}},
        {f"{lower(noun)}Set": {"items": [{key: identifier}]}},
        {f"{lower(noun)}sSet": {"items": [{key: identifier}]}},
        {f"{lower(noun)}s": [{key: identifier}]},
        {f"{key}Set": {"item": identifier}},
        {f"{lower(noun)}Ids": [identifier]},
        {f"{lower(noun)}Metadata": {key: identifier, "arn": arn(f"thing/{identifier}")}},
        {f"Create{noun}Response": {"xmlns": "http://x/", lower(noun): {key: identifier}}},
        {f"Create{noun}Response": {f"{noun}Id": {"tag": 1, "content": identifier}}},
        {lower(noun): {"id": identifier}},
        {f"{lower(noun)}Description": {"id": identifier}},
    ]


@given(nouns, minted, others, st.data())
def test_what_a_create_answers_was_created(
    noun: str, identifier: str, rest: dict[str, Any], data: Any
) -> None:
    """Whatever the shape of the answer, its id is created for sure, and nothing else of the request is."""
    answer = data.draw(st.sampled_from(shapes(noun, identifier)))
    rest = {key: value for key, value in rest.items() if value != identifier}
    got = found(record(f"Create{noun}", rest, answer))
    assert got[identifier] == (CREATED, True)
    if "vatId" in rest:
        assert got[rest["vatId"]] == (TOUCHED, True)
    made = {key for key, (verb, _) in got.items() if verb is CREATED}
    assert made <= {identifier, arn(f"thing/{identifier}")}


@given(nouns, names, st.sampled_from(["Name", "Identifier", "", "name"]), others)
def test_a_name_that_the_caller_chose_meets_its_deletion(
    noun: str, name: str, tail: str, rest: dict[str, Any]
) -> None:
    """Creation and deletion by a name meet under that name, and reads between them only touch it."""
    key = "name" if tail == "name" else f"{lower(noun)}{tail}"
    request = {**rest, key: name}
    assert found(record(f"Create{noun}", request))[name] == (CREATED, True)
    assert found(record(f"Delete{noun}", {key: name}))[name] == (DELETED, True)
    for verb in ("Describe", "Get", "Modify", "Update", "Stop", "Tag"):
        assert found(record(f"{verb}{noun}", {key: name}))[name] == (TOUCHED, True)


@given(nouns, names)
def test_deletion_by_arn_finds_creation_by_name(noun: str, name: str) -> None:
    """An ARN is kept under its bare name too, so a question by either finds both records."""
    whole = arn(f"{noun.lower()}/{name}")
    created = found(record(f"Create{noun}", {f"{lower(noun)}Name": name}, {lower(noun): {"arn": whole}}))
    deleted = found(record(f"Delete{noun}", {f"{lower(noun)}Arn": whole}))
    for identifier in (name, whole):
        assert created[identifier] == (CREATED, True)
        assert deleted[identifier] == (DELETED, True)
    assert set(aliases(whole)) == {whole, name}
    assert type_of(whole) == f"frobnicator:{noun.lower()}"


@given(nouns, st.lists(minted, min_size=1, max_size=4, unique=True))
def test_plural_deletions_delete_each(noun: str, identifiers: list[str]) -> None:
    """Lists, wrappers and repeated keys each name what is deleted."""
    key = f"{lower(noun)}Id"
    for request in (
        {f"{key}s": identifiers},
        {f"{lower(noun)}sSet": {"items": [{key: one} for one in identifiers]}},
        {
            f"Delete{noun}sRequest": {
                f"{noun}Id": [{"tag": i, "content": one} for i, one in enumerate(identifiers)]
            }
        },
    ):
        got = found(record(f"Delete{noun}s", request))
        assert {one: got[one] for one in identifiers} == dict.fromkeys(identifiers, (DELETED, True))


@given(nouns.filter(lambda noun: noun != "DB"), names, names.filter(lambda name: len(name) > 3))
def test_a_child_is_made_in_its_parent(noun: str, parent: str, child: str) -> None:
    """PutWidgetPolicy makes `widget/policy` and only touches the widget; DeleteWidgetPolicy ends it."""
    request = {f"{lower(noun)}Name": parent, "policyName": child}
    put, gone = found(record(f"Put{noun}Policy", request)), found(record(f"Delete{noun}Policy", request))
    assert put[f"{parent}/{child}"] == (CREATED, False)
    assert gone[f"{parent}/{child}"] == (DELETED, True)
    assert put[parent][0] is gone[parent][0] is TOUCHED


@given(nouns, minted, minted)
def test_a_parent_named_in_a_creation_is_touched(noun: str, parent: str, child: str) -> None:
    """The answer may repeat the parent's id: it was there before."""
    if parent == child:
        return
    answer = {lower(noun): {f"{lower(noun)}Id": child, "vatId": parent}}
    got = found(record(f"Create{noun}", {"vatId": parent}, answer))
    assert got == {child: (CREATED, True), parent: (TOUCHED, True)}


@given(nouns, minted)
def test_failures_are_refused(noun: str, identifier: str) -> None:
    """Nothing that a failed call names is created, deleted or touched, however the failure is written."""
    request = {f"{lower(noun)}Id": identifier}
    for name in (f"Delete{noun}", f"Describe{noun}", f"Create{noun}"):
        for more in (
            {"errorCode": "Client.DryRunOperation", "errorMessage": "Request would have succeeded"},
            {"errorMessage": "Failed authentication"},
            {"responseElements": {name: "Failure"}},
            {"responseElements": {"_return": False}},
            {"requestParameters": {**request, "dryRun": True}},
        ):
            got = found({**record(name, request), **more})
            assert got == {identifier: (REFUSED, True)}


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20) | minted,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["widgetId", "name", "arn", "items", "item", "errors", "x", "tags"]), inner
        )
    ),
    max_leaves=15,
)
verbs = st.sampled_from(
    ["Create", "Delete", "Put", "Run", "Start", "Copy", "Attach", "Detach", "Get", "Frob", ""]
)


@given(verbs, nouns, json, json, json, st.sampled_from([None, "AwsServiceEvent"]))
def test_any_record_is_indexed(
    verb: str, noun: str, request: Any, answer: Any, details: Any, kind: Any
) -> None:
    """No shape breaks the index; each identifier is there once, never empty, the same each time."""
    made = record(
        f"{verb}{noun}", request, answer, serviceEventDetails=details, resources=request, eventType=kind
    )
    got = mentions(made)
    assert all(mention.id for mention in got)
    assert len({mention.id for mention in got}) == len(got)
    assert mentions(made) == got


def test_deep_documents_do_not_break_the_index() -> None:
    """A caller may nest a document as deep as it likes."""
    deep: dict[str, Any] = {}
    for _ in range(3000):
        deep = {"x": deep}
    assert found(record("DeleteWidget", {"widgetName": "w1", "document": deep})) == {"w1": (DELETED, True)}


@pytest.mark.parametrize(
    "broken",
    [{}, {"eventName": None}, {"eventName": "!"}, {"eventName": "https://x/y", "requestParameters": 5}],
)
def test_a_broken_record_mentions_nothing(broken: dict[str, object]) -> None:
    """Records without name, source or parameters are indexed as empty."""
    assert mentions(broken) == []
