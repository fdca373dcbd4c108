"""AWS's words for a denial.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html; that a managed policy which denies is
named: https://aws.amazon.com/blogs/security/enhanced-access-denied-error-messages-with-policy-arns (2026).
"""

from __future__ import annotations

from typing import Final

import msgspec

from backtrail.errors import Refusal
from backtrail.policy.evaluation import Decision, Kind, Outcome

_NAMED: Final = frozenset({Kind.SCP, Kind.RCP, Kind.BOUNDARY, Kind.SESSION, Kind.IDENTITY})
_CODES: Final = {
    "ec2": ("UnauthorizedOperation", 403),
    "sns": ("AuthorizationError", 403),
    "sqs": ("AccessDenied", 403),
}
"""Services that word a denial unlike the others of their protocol (SQS's JSON has the codes of its query form)."""


ENCODING: Final = frozenset({"ec2"})
"""Services whose denials carry an encoded message:
https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html (UnauthorizedOperation)"""


class Denial(msgspec.Struct, frozen=True, kw_only=True):
    """A request that was denied. `resource` is as messages show it, "" where they show none.

    `at_home` says whether caller and resource are of one account; only then AWS tells the policy's ARN. `asked` is the
    resource's ARN itself, `encoded` the explanation that DecodeAuthorizationMessage reads, where the service gives one.
    """

    principal: str
    action: str
    resource: str
    decision: Decision
    at_home: bool = True
    asked: str = ""
    encoded: str = ""

    @property
    def because(self) -> str:
        """`because no identity-based policy allows the sqs:SendMessage action`, or what else the reason is."""
        return reason(self.decision, self.action, at_home=self.at_home)

    @property
    def message(self) -> str:
        """The whole sentence, as most services say it."""
        return sentence(self.principal, self.action, self.resource, self.because)

    @property
    def appendix(self) -> str:
        """What follows the sentence: the encoded explanation, if there is one."""
        return f". Encoded authorization failure message: {self.encoded}" if self.encoded else ""


def sentence(principal: str, action: str, resource: str, because: str = "") -> str:
    """`User: ... is not authorized to perform: ... on resource: ... because ...`"""
    on = f" on resource: {resource}" if resource else ""
    tail = f" {because}" if because else ""
    return f"User: {principal} is not authorized to perform: {action}{on}{tail}"


def reason(decision: Decision, action: str, *, at_home: bool = True) -> str:
    """Why a request was denied."""
    kind = decision.kind or Kind.IDENTITY
    if decision.outcome is not Outcome.EXPLICIT_DENY:
        return f"because no {kind} allows the {action} action"
    article = "the" if kind is Kind.TRUST else "an" if kind is Kind.IDENTITY else "a"
    arn = decision.found[0].policy.arn if at_home and kind in _NAMED and decision.found else ""
    return f"with an explicit deny in {article} {kind}{f': {arn}' if arn else ''}"


def code(service: str, protocol: str) -> tuple[str, int]:
    """The code and status of a denial: by the service's protocol (as its model spells it)."""
    if service in _CODES:
        return _CODES[service]
    if protocol in ("json", "smithy-rpc-v2-cbor", ""):
        return "AccessDeniedException", 400
    return ("AccessDeniedException" if protocol == "rest-json" else "AccessDenied"), 403


def refusal(service: str, protocol: str, denial: Denial) -> Refusal:
    """A denial as a service of that protocol answers it."""
    name, status = code(service, protocol)
    head = "You are not authorized to perform this operation. " if service == "ec2" else ""
    return Refusal(name, head + denial.message + denial.appendix, status=status)
