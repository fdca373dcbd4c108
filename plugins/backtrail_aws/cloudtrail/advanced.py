"""The rules of advanced event selectors.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_AdvancedFieldSelector.html
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from backtrail import told
from backtrail_aws.cloudtrail import errors, limits
from backtrail_aws.cloudtrail.api import AdvancedEventSelector, AdvancedFieldSelector

CATEGORY, READ_ONLY, TYPE, ARN = "eventCategory", "readOnly", "resources.type", "resources.ARN"
_CATEGORIES: Final = ("Management", "Data", "NetworkActivity")
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "Management": frozenset(
        {"eventCategory", "readOnly", "eventSource", "eventName", "eventType", "sessionCredentialFromConsole",
         "userIdentity.arn"}
    ),
    "Data": frozenset(
        {"eventCategory", "readOnly", "eventSource", "eventName", "eventType", "resources.type", "resources.ARN",
         "sessionCredentialFromConsole", "userIdentity.arn"}
    ),
    "NetworkActivity": frozenset({"eventCategory", "eventSource", "eventName", "errorCode", "vpcEndpointId"}),
}  # fmt: skip
_ONLY_EQUALS: Final = frozenset({CATEGORY, READ_ONLY, TYPE})


def operators(field: AdvancedFieldSelector) -> dict[str, list[str]]:
    """The operators of a field that have values."""
    given = {
        "Equals": field.equals, "StartsWith": field.starts_with, "EndsWith": field.ends_with,
        "NotEquals": field.not_equals, "NotStartsWith": field.not_starts_with, "NotEndsWith": field.not_ends_with,
    }  # fmt: skip
    return {name: values for name, found in given.items() if (values := told(found, []))}


def check(selectors: Sequence[AdvancedEventSelector]) -> None:
    """Refuse selectors that break a rule."""
    count = 0
    for selector in selectors:
        fields = told(selector.field_selectors, [])
        _check_one(fields)
        count += sum(len(values) for field in fields for values in operators(field).values())
    if count > limits.CONDITIONS_MAX:
        # evidence: API_PutEventSelectors; words: guess
        raise errors.bad_selectors(
            f"The total number of conditions of all advanced event selectors must not exceed {limits.CONDITIONS_MAX}."
        )


def _check_one(fields: Sequence[AdvancedFieldSelector]) -> None:
    by_name = {told(field.field, ""): field for field in fields}
    if len(by_name) != len(fields):
        # evidence: guess
        raise errors.bad_selectors("A field can be used only once in an advanced event selector.")
    categories = operators(by_name[CATEGORY]).get("Equals", []) if CATEGORY in by_name else []
    if len(categories) != 1 or categories[0] not in _CATEGORIES:
        # evidence: API_AdvancedFieldSelector; words: guess
        raise errors.bad_selectors(
            "Each advanced event selector must have an eventCategory field with one valid value."
        )
    category = categories[0]
    if category == "Data" and len(operators(by_name[TYPE]) if TYPE in by_name else {}) != 1:
        # evidence: API_AdvancedFieldSelector; words: guess
        raise errors.bad_selectors(
            "An advanced event selector for data events must have a resources.type field."
        )
    if category == "NetworkActivity" and "eventSource" not in by_name:
        # evidence: API_AdvancedFieldSelector; words: guess
        raise errors.bad_selectors(
            "An advanced event selector for network activity events must have an eventSource field."
        )
    for name, field in by_name.items():
        _check_field(category, name, operators(field))


def _check_field(category: str, name: str, given: Mapping[str, list[str]]) -> None:
    if name not in _FIELDS[category]:
        # evidence: API_AdvancedFieldSelector; words: guess
        raise errors.bad_selectors(f"Field {name} is not valid for the event category {category}.")
    if not given:
        # evidence: guess
        raise errors.bad_selectors(f"Field {name} must have an operator with at least one value.")
    if name in _ONLY_EQUALS and set(given) != {"Equals"}:
        # evidence: API_AdvancedFieldSelector; words: guess
        raise errors.bad_selectors(f"Field {name} can only be used with the operator Equals.")
    if name == READ_ONLY and given["Equals"] not in (["true"], ["false"]):
        # evidence: API_AdvancedFieldSelector; words: guess
        raise errors.bad_selectors("Field readOnly must be true or false.")
    if name == TYPE and len(given["Equals"]) != 1:
        # evidence: API_AdvancedFieldSelector; words: guess
        raise errors.bad_selectors("Field resources.type must have one value.")
