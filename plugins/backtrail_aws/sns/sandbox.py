"""The SMS sandbox: a new account sends text messages to numbers that it has verified, and to no others.

https://docs.aws.amazon.com/sns/latest/dg/sns-sms-sandbox.html. Accounts here never leave it: that takes a support case.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from backtrail import UNSET, Answer, Call, Command, Event, told
from backtrail.payload import HIDDEN
from backtrail_aws.sns import errors, limits, mailbox, sms, topics
from backtrail_aws.sns.api import (
    CreateSMSSandboxPhoneNumber,
    DeleteSMSSandboxPhoneNumber,
    GetSMSSandboxAccountStatus,
    GetSMSSandboxAccountStatusResult,
    ListSMSSandboxPhoneNumbers,
    ListSMSSandboxPhoneNumbersResult,
    SMSSandboxPhoneNumber,
    VerifySMSSandboxPhoneNumber,
)
from backtrail_aws.sns.commands import DeliverMessage
from backtrail_aws.sns.state import SandboxNumber, Sns, service

_DIGITS = "0123456789"
_PASSWORD_LENGTH = 6
_TEXT = "Your AWS SMS sandbox verification code is {}."


@service.read
def get_sms_sandbox_account_status(
    state: Sns, call: Call[GetSMSSandboxAccountStatus]
) -> GetSMSSandboxAccountStatusResult:
    """Every account is in the sandbox."""
    return GetSMSSandboxAccountStatusResult(is_in_sandbox=True)


@service.handle
def create_sms_sandbox_phone_number(state: Sns, call: Call[CreateSMSSandboxPhoneNumber]) -> Answer[None]:
    """A one-time password for a number, which is sent to it: into the outbox."""
    number = sms.check_number(told(call.params.phone_number, ""))
    if number in state.opted_out:
        raise errors.opted_out()
    if number not in state.sandbox and len(state.sandbox) >= limits.SANDBOX_NUMBERS_MAX:
        raise errors.too_many_numbers()
    password = call.secret_text("password", _PASSWORD_LENGTH, _DIGITS)
    return Answer(None, params=msgspec.structs.replace(call.params, one_time_password=password))


@service.project
def sms_sandbox_phone_number_created(state: Sns, event: Event[CreateSMSSandboxPhoneNumber, None]) -> None:
    """The number waits to be verified. A verified number stays so."""
    number, password = told(event.params.phone_number, HIDDEN), event.params.one_time_password
    if number == HIDDEN:
        return
    old = state.sandbox.get(number)
    verified = old is not None and old.verified
    state.sandbox[number] = SandboxNumber(number=number, verified=verified, password=password)


@service.react
def send_password(state: Sns, event: Event[CreateSMSSandboxPhoneNumber, None]) -> Iterator[Command]:
    """Send the password to the number."""
    password = event.params.one_time_password
    if isinstance(password, str):
        yield Command(
            "sns",
            DeliverMessage(
                protocol="sms", kind=mailbox.PASSWORD, message_id=event.id, to=event.params.phone_number,
                body=_TEXT.format(password), token=password,
            ),
        )  # fmt: skip


@service.handle
def verify_sms_sandbox_phone_number(state: Sns, call: Call[VerifySMSSandboxPhoneNumber]) -> None:
    """Refuse a password that is not the one that was sent last."""
    held = state.sandbox.get(sms.check_number(told(call.params.phone_number, "")))
    if held is None:
        raise errors.no_such_number()
    if held.password != call.params.one_time_password:
        raise errors.wrong_password()


@service.project
def sms_sandbox_phone_number_verified(state: Sns, event: Event[VerifySMSSandboxPhoneNumber, None]) -> None:
    """Messages may be sent to the number."""
    number = told(event.params.phone_number, HIDDEN)
    if number != HIDDEN:
        state.sandbox[number] = SandboxNumber(number=number, verified=True)


@service.handle
def delete_sms_sandbox_phone_number(state: Sns, call: Call[DeleteSMSSandboxPhoneNumber]) -> None:
    """Refuse a number that is not there."""
    if sms.check_number(told(call.params.phone_number, "")) not in state.sandbox:
        raise errors.no_such_number()


@service.project
def sms_sandbox_phone_number_deleted(state: Sns, event: Event[DeleteSMSSandboxPhoneNumber, None]) -> None:
    """The number is not there any more."""
    state.sandbox.pop(told(event.params.phone_number, HIDDEN), None)


@service.read
def list_sms_sandbox_phone_numbers(
    state: Sns, call: Call[ListSMSSandboxPhoneNumbers]
) -> ListSMSSandboxPhoneNumbersResult:
    """The numbers, page by page."""
    most = told(call.params.max_results, limits.SANDBOX_PAGE_MAX)
    found = topics.paged(state.sandbox, call.params.next_token, max(1, min(most, limits.SANDBOX_PAGE_MAX)))
    numbers = [
        SMSSandboxPhoneNumber(phone_number=one.number, status="Verified" if one.verified else "Pending")
        for one in found.items
    ]
    return ListSMSSandboxPhoneNumbersResult(phone_numbers=numbers, next_token=found.next or UNSET)
