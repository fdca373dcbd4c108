"""The credential report: every user's credentials as CSV.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_getting-report.html
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from backtrail import UNSET, Answer, Call, Event, UnsetType, names
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, limits
from backtrail_aws.iam import credential_errors as errors
from backtrail_aws.iam.names import arn_of
from backtrail_aws.iam.state import Iam, LoginProfile, Report, SigningCertificate, User, key_of, service

_COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,"
    "password_next_rotation,mfa_active,access_key_1_active,access_key_1_last_rotated,"
    "access_key_1_last_used_date,access_key_1_last_used_region,access_key_1_last_used_service,"
    "access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,"
    "cert_2_active,cert_2_last_rotated"
)
_ABSENT = "N/A"
_UNKNOWN = "no_information"
_LIFETIME = timedelta(hours=limits.REPORT_HOURS)

Used = dict[str, list[str]]
"""The last use of access keys: date, region, service."""


class Uses(msgspec.Struct, frozen=True):
    """The note of a new report."""

    keys: dict[str, list[str]] = {}


@service.read
def generate_credential_report(
    state: Iam, call: Call[api.GenerateCredentialReport]
) -> Answer[api.GenerateCredentialReportResult] | api.GenerateCredentialReportResult:
    """Ask for a report; one that is not four hours old is given again."""
    if state.report is not None and call.time - state.report.generated < _LIFETIME:
        return api.GenerateCredentialReportResult(state="COMPLETE")
    result = api.GenerateCredentialReportResult(
        state="STARTED", description="No report exists. Starting a new report generation task"
    )
    return Answer(result, note=Uses(keys=dict(_uses(state, call))))


def _uses(state: Iam, call: Call[api.GenerateCredentialReport]) -> Iterator[tuple[str, list[str]]]:
    """What the log tells of the keys: in the report it stands as of now, so the note has it."""
    for key in state.keys:
        use = call.last_use(key)
        if use is not None:
            yield key, [_when(use.time, _ABSENT), use.region, names.iam_prefix(use.service)]


@service.project
def credential_report_generated(state: Iam, event: Event[api.GenerateCredentialReport, None]) -> None:
    """There is a report of this moment, unless there was a young one."""
    if state.report is not None and event.time - state.report.generated < _LIFETIME:
        return
    used = event.note(Uses) or Uses()
    lines = [_COLUMNS, *_lines(state, arn_of(event, "root", "", ""), used.keys)]
    state.report = Report(generated=SpacedTime.of(event.time), content="\n".join(lines))


@service.read
def get_credential_report(state: Iam, call: Call[api.GetCredentialReport]) -> api.GetCredentialReportResult:
    """The report that was generated last."""
    report = state.report
    if report is None:
        raise errors.no_report()
    if call.time - report.generated >= _LIFETIME:
        raise errors.old_report()
    return api.GetCredentialReportResult(
        content=report.content.encode(), report_format="text/csv", generated_time=report.generated
    )


def _lines(state: Iam, root_arn: str, used: Used) -> Iterator[str]:
    root = state.root
    password = ["not_supported", _when(root.password_last_used, _UNKNOWN), "not_supported", "not_supported"]
    yield ",".join(["<root_account>", root_arn, _ABSENT, *password, *_credentials(state, root, used)])
    for user in state.users.values():
        password = _password(state, user)
        who = [user.name, user.arn, _when(user.created, _ABSENT)]
        yield ",".join([*who, *password, *_credentials(state, user, used)])


def _password(state: Iam, user: User) -> list[str]:
    """Whether there is one, when it was used and changed last, when it must be changed."""
    login = user.login
    if login is UNSET:
        return [_ABSENT] * 4
    if login is None:
        return ["false", _ABSENT, _ABSENT, _ABSENT]
    used = _when(user.password_last_used, _UNKNOWN)
    return ["true", used, _when(login.changed, _ABSENT), _next_rotation(state, login)]


def _next_rotation(state: Iam, login: LoginProfile) -> str:
    policy = state.password_policy
    if policy is None or policy.max_age_days is UNSET or login.changed is UNSET:
        return _ABSENT
    return _when(login.changed + timedelta(days=policy.max_age_days), _ABSENT)


def _credentials(state: Iam, user: User, used: Used) -> list[str]:
    """MFA, two access keys, two certificates."""
    made = [_yes(bool(state.devices.of(key_of(user.name))))]
    keys = [state.keys[key] for key in user.keys[:2]]
    for key in keys:
        made += [_yes(key.status == "Active"), _when(key.created, _ABSENT), *used.get(key.id, [_ABSENT] * 3)]
    made += ["false", _ABSENT, _ABSENT, _ABSENT, _ABSENT] * (2 - len(keys))
    certificates = [user.certificates[key] for key in sorted(user.certificates)[:2]]
    for certificate in certificates:
        made += _certificate(certificate)
    return made + ["false", _ABSENT] * (2 - len(certificates))


def _certificate(certificate: SigningCertificate) -> list[str]:
    return [_yes(certificate.status == "Active"), _when(certificate.uploaded, _ABSENT)]


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _when(time: datetime | UnsetType, otherwise: str) -> str:
    return otherwise if time is UNSET else f"{time:%Y-%m-%dT%H:%M:%S}+00:00"
