"""Text messages: the account's settings, who has opted out, and the numbers that messages come from.

https://docs.aws.amazon.com/sns/latest/dg/sns-mobile-phone-number-as-subscriber.html
"""

from __future__ import annotations

import re
from collections.abc import Callable

from backtrail import UNSET, Call, Event, told
from backtrail.payload import HIDDEN
from backtrail_aws.sns import endpoints, errors, limits, topics
from backtrail_aws.sns.api import (
    CheckIfPhoneNumberIsOptedOut,
    CheckIfPhoneNumberIsOptedOutResult,
    CreateSMSSandboxPhoneNumber,
    GetSMSAttributes,
    GetSMSAttributesResult,
    ListOriginationNumbers,
    ListOriginationNumbersResult,
    ListPhoneNumbersOptedOut,
    ListPhoneNumbersOptedOutResult,
    OptInPhoneNumber,
    SetSMSAttributes,
)
from backtrail_aws.sns.state import Sns, service

_SENDER = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9]{1,11}")
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/.+")
_BUCKET = re.compile(r"[a-z0-9.-]{3,63}")
_CHECKS: dict[str, Callable[[str], bool]] = {
    "MonthlySpendLimit": lambda text: text.isascii() and text.isdigit(),
    "DeliveryStatusIAMRole": lambda text: _ROLE.fullmatch(text) is not None,
    "DeliveryStatusSuccessSamplingRate": lambda text: text.isascii() and text.isdigit() and int(text) <= 100,
    "DefaultSenderID": lambda text: _SENDER.fullmatch(text) is not None,
    "DefaultSMSType": lambda text: text in ("Promotional", "Transactional"),
    "UsageReportS3Bucket": lambda text: _BUCKET.fullmatch(text) is not None,
}
_DEFAULTS = {"MonthlySpendLimit": "1"}  # dg/sms_preferences.html: a new account may spend one dollar
_OPTED_OUT = frozenset({"OptedOut", "OptedOutException"})


@service.handle
def set_sms_attributes(state: Sns, call: Call[SetSMSAttributes]) -> None:
    """Refuse settings that there are not, or that break their rules."""
    for name, value in told(call.params.attributes, {}).items():
        check = _CHECKS.get(name)
        if check is None:
            raise errors.invalid(f"{name} is not a valid attribute")  # evidence: guess
        if value and not check(value):
            raise errors.invalid(
                f"{name} Reason: {value} is not valid"
            )  # evidence: API_SetSMSAttributes; words: guess


@service.project
def sms_attributes_set(state: Sns, event: Event[SetSMSAttributes, None]) -> None:
    """The account has the settings; an empty one is none."""
    for name, value in told(event.params.attributes, {}).items():
        if value:
            state.sms[name] = value
        else:
            state.sms.pop(name, None)


@service.read
def get_sms_attributes(state: Sns, call: Call[GetSMSAttributes]) -> GetSMSAttributesResult:
    """The settings that were asked for, or all of them."""
    found = {**_DEFAULTS, **state.sms}
    wanted = told(call.params.attributes, []) or list(found)
    return GetSMSAttributesResult(attributes={name: value for name, value in found.items() if name in wanted})


# opting out


@service.read
def check_if_phone_number_is_opted_out(
    state: Sns, call: Call[CheckIfPhoneNumberIsOptedOut]
) -> CheckIfPhoneNumberIsOptedOutResult:
    """Whether a number is known to have opted out."""
    number = check_number(told(call.params.phone_number, ""))
    return CheckIfPhoneNumberIsOptedOutResult(is_opted_out=number in state.opted_out)


@service.read
def list_phone_numbers_opted_out(
    state: Sns, call: Call[ListPhoneNumbersOptedOut]
) -> ListPhoneNumbersOptedOutResult:
    """The numbers that are known to have opted out, a hundred at a time."""
    found = topics.paged(state.opted_out, call.params.next_token)
    return ListPhoneNumbersOptedOutResult(phone_numbers=found.items, next_token=found.next or UNSET)


@service.handle
def opt_in_phone_number(state: Sns, call: Call[OptInPhoneNumber]) -> None:
    """Any number may be opted in. (AWS allows it once in 30 days, and does not say how it refuses.)"""
    check_number(told(call.params.phone_number, ""))


@service.project
def phone_number_opted_in(state: Sns, event: Event[OptInPhoneNumber, None]) -> None:
    """The number gets messages again."""
    state.opted_out.pop(told(event.params.phone_number, ""), None)


@service.evidence
def number_has_opted_out(state: Sns, event: Event[CreateSMSSandboxPhoneNumber, None]) -> None:
    """Opting out is a reply to a text message, which no record shows; a refusal for it proves it."""
    number = told(event.params.phone_number, HIDDEN)
    if event.error in _OPTED_OUT and number != HIDDEN:
        state.opted_out[number] = number


@service.read
def list_origination_numbers(state: Sns, call: Call[ListOriginationNumbers]) -> ListOriginationNumbersResult:
    """None: numbers are bought through another service (End User Messaging SMS)."""
    most = told(call.params.max_results, limits.ORIGINATION_PAGE_MAX)
    if not 1 <= most <= limits.ORIGINATION_PAGE_MAX:
        raise errors.because(
            "MaxResults", f"must be between 1 and {limits.ORIGINATION_PAGE_MAX}"
        )  # evidence: guess
    return ListOriginationNumbersResult(phone_numbers=[])


def check_number(number: str) -> str:
    """A phone number in E.164. Raises `Refusal`."""
    if endpoints.PHONE.fullmatch(number) is None:
        # evidence: guess
        raise errors.because("PhoneNumber", "input incorrectly formatted")
    return number
