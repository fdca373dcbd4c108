"""What AWS's pages state, rule by rule: policy, request, expected decision, and the page that says so."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from backtrail.policy import Decision, evaluate
from backtrail.policy.operators import OPERATORS

from . import literal
from .literal import Asked, Bearing
from .requests import KINDS, policies_of, request_of

FILES = sorted((Path(__file__).parent / "cases").glob("*.json"))


class Case(msgspec.Struct, frozen=True):
    """One rule. `by` is the kind of policies that denies."""

    rule: str
    page: str
    request: dict[str, object]
    policies: dict[str, object]
    expect: str
    by: str | None = None

    @property
    def asked(self) -> Asked:
        """The request, as a dict that tells what it holds."""
        return self.request  # type: ignore[return-value]

    @property
    def bearing(self) -> Bearing:
        """The policies."""
        return self.policies  # type: ignore[return-value]


CASES = [
    (f"{path.stem}: {case.rule}", case)
    for path in FILES
    for case in msgspec.json.decode(path.read_bytes(), type=list[Case])
]


@pytest.mark.parametrize("case", [case for _, case in CASES], ids=[name for name, _ in CASES])
def test_decides_as_the_page_says(case: Case) -> None:
    """The evaluator decides as expected, for the kind of policies that is expected, and so does the literal one."""
    decision: Decision = evaluate(request_of(case.asked), policies_of(case.bearing))
    by = KINDS[decision.kind] if decision.kind is not None else None
    assert (decision.outcome.value, by) == (case.expect, case.by)
    assert literal.decide(case.asked, case.bearing) == (case.expect, case.by)


def test_there_are_enough_and_each_rule_stands_once() -> None:
    """At least 300, each with a page of AWS's documentation; every operator and every outcome is among them."""
    assert len({name for name, _ in CASES}) == len(CASES) >= 300
    assert all(case.page.startswith("https://docs.aws.amazon.com/") for _, case in CASES)
    text = "".join(path.read_text() for path in FILES)
    assert not [name for name in (*OPERATORS, "Null") if f'"{name}"' not in text]
    assert set(Counter(case.expect for _, case in CASES)) == {"allowed", "explicitDeny", "implicitDeny"}
    assert {case.by for _, case in CASES} == {*KINDS.values(), None}


_IAM = "https://docs.aws.amazon.com/IAM/latest/UserGuide/"
_OPERATORS = f"{_IAM}reference_policies_elements_condition_operators.html#Conditions_"
SECTIONS = {
    **{
        f"{_OPERATORS}{name}": least
        for name, least in {
            "String": 20, "String-wildcard": 15, "Numeric": 30, "Date": 30, "Boolean": 8, "BinaryEquals": 4,
            "IPAddress": 15, "ARN": 25, "IfExists": 25, "Null": 7,
        }.items()
    },
    f"{_IAM}reference_policies_evaluation-logic_policy-eval-basics.html": 8,
    f"{_IAM}reference_policies_evaluation-logic_policy-eval-denyallow.html": 20,
    f"{_IAM}reference_policies_evaluation-logic_AccessPolicyLanguage_Interplay.html": 8,
    f"{_IAM}reference_policies_evaluation-logic-cross-account.html": 12,
    f"{_IAM}reference_policies_condition-logic-multiple-context-keys-or-values.html": 7,
    f"{_IAM}reference_policies_condition-single-vs-multi-valued-context-keys.html": 28,
    f"{_IAM}access_policies_boundaries.html": 6,
    f"{_IAM}access_policies.html#policies_session": 7,
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_scps_evaluation.html": 9,
    "https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_policies_rcps.html": 4,
}  # fmt: skip
"""The sections of AWS's pages on operators and on evaluation, and how many of their rules there are cases of."""


@pytest.mark.parametrize(
    ("page", "least"), SECTIONS.items(), ids=[page.rpartition("/")[2] for page in SECTIONS]
)
def test_no_section_of_the_pages_is_left_out(page: str, least: int) -> None:
    """Each section of the pages of operators and evaluation logic has its cases."""
    assert sum(case.page == page for _, case in CASES) >= least
