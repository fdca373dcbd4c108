"""What can be wrong with a caller's signature, and how each family of services words it.

The check itself (`sigv4`, `sigv2`) knows nothing of protocols: it raises a `SignatureFault`. The table
below maps that to the code, status and message that the service would answer with: S3's from its list of
errors (https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html) and from answers kept in public
issue threads; the other families' from their services' lists of common errors (IAM, EC2, DynamoDB, Lambda).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from backtrail.errors import BacktrailError, Refusal


class Family(StrEnum):
    """Services that word a bad signature in the same way."""

    S3 = "s3"
    QUERY = "query"  # IAM, STS, RDS, ..., and the XML services that share their codes (Route 53, CloudFront)
    EC2 = "ec2"
    JSON = "json"
    REST_JSON = "rest-json"


class Fault(StrEnum):
    """One way for a caller's proof of identity to fail."""

    MISSING = "missing"  # no credentials where some are needed
    UNSUPPORTED = "unsupported"  # an authorization scheme that AWS does not have
    ASYMMETRIC = "asymmetric"  # SigV4A, which this project does not verify
    AMBIGUOUS = "ambiguous"  # signed in the header and in the query
    MALFORMED = "malformed"
    INCOMPLETE = "incomplete"  # a Version 2 URL without all of its parts
    SCOPE = "scope"  # well-formed, but for another service, region or day
    DATE = "date"  # no date, or none that can be read
    SKEWED = "skewed"  # the clocks differ too much
    EXPIRED = "expired"  # a presigned URL past its time
    EARLY = "early"  # a presigned URL before its time
    UNSIGNED = "unsigned"  # a header that must be signed is not
    CONTENT_HASH_MISSING = "content-hash-missing"
    CONTENT_HASH = "content-hash"
    MISMATCH = "mismatch"
    UNKNOWN_KEY = "unknown-key"
    TOKEN = "token"  # a session token that does not belong to the key
    EXPIRED_TOKEN = "expired-token"


class SignatureFault(BacktrailError):
    """The caller's proof of identity fails.

    `detail` says how in the words of AWS's common layer and `s3` in S3's, where those differ; `presigned`
    tells a query from a header; `members` are what S3 puts beside the message (`StringToSign`,
    `CanonicalRequest`, ...).
    """

    def __init__(
        self, fault: Fault, detail: str = "", *, s3: str = "", presigned: bool = False, **members: str
    ) -> None:
        super().__init__(f"{fault}: {detail or s3}")
        self.fault = fault
        self.detail = detail or s3
        self.s3 = s3 or detail
        self.presigned = presigned
        self.members = members

    def refusal(self, family: Family) -> Refusal:
        """This fault as a service of that family answers it."""
        code, status, message = _ANSWERS[self.fault][family]
        if family is not Family.S3:
            return Refusal(code, message or self.detail, status=status)
        if self.presigned and code == "AuthorizationHeaderMalformed":
            code = "AuthorizationQueryParametersError"
        return Refusal(code, message or self.s3, status=status, **self.members)


def family(service: str, protocol: str) -> Family:
    """The family of a service (its client name) in one of its protocols (as its model spells it)."""
    if service in _S3_WORDED:
        return Family.S3
    if service == "ec2" or protocol == "ec2":
        return Family.EC2
    if protocol == "rest-json":
        return Family.REST_JSON
    return Family.QUERY if protocol in ("query", "rest-xml") else Family.JSON


_S3_WORDED = frozenset({"s3", "s3control", "s3express", "s3outposts", "s3-object-lambda"})

Answer = tuple[str, int, str]  # code, status, message; an empty message is the fault's own detail

MISMATCH_TEXT: Final = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_S3_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your key and signing method."
)
_TOKEN_INVALID = "The security token included in the request is invalid."
_TOKEN_EXPIRED = "The security token included in the request is expired"
_NOT_VALIDATED = "AWS was not able to validate the provided access credentials"
_SIGV4A = "AWS4-ECDSA-P256-SHA256 (Signature Version 4A) is not implemented; sign with AWS4-HMAC-SHA256"


def _row(
    s3: Answer, query: Answer, ec2: Answer, json: Answer, rest_json_status: int = 403
) -> dict[Family, Answer]:
    rest = (json[0], rest_json_status, json[2])
    return {Family.S3: s3, Family.QUERY: query, Family.EC2: ec2, Family.JSON: json, Family.REST_JSON: rest}


_AUTH_FAILURE = ("AuthFailure", 401, _NOT_VALIDATED)
_EC2_EXPIRED = ("RequestExpired", 400, "Request has expired.")
_INCOMPLETE = (
    ("IncompleteSignature", 403, ""),
    ("IncompleteSignature", 400, ""),
    ("IncompleteSignatureException", 400, ""),
)
_DIFFERS = (("SignatureDoesNotMatch", 403, ""), _AUTH_FAILURE, ("InvalidSignatureException", 400, ""))
_LATE = (("SignatureDoesNotMatch", 403, ""), _EC2_EXPIRED, ("InvalidSignatureException", 400, ""))
_OURS = ("NotImplemented", 501, _SIGV4A)
_STRANGER = (
    ("InvalidClientTokenId", 403, _TOKEN_INVALID),
    _AUTH_FAILURE,
    ("UnrecognizedClientException", 400, _TOKEN_INVALID),
)
_ANSWERS: Final[dict[Fault, dict[Family, Answer]]] = {
    Fault.MISSING: _row(
        ("AccessDenied", 403, "Access Denied"),
        ("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
        ("MissingParameter", 400, "The request must contain the parameter AWSAccessKeyId"),
        ("MissingAuthenticationTokenException", 400, "Request is missing Authentication Token"),
    ),
    Fault.UNSUPPORTED: _row(("InvalidArgument", 400, "Unsupported Authorization Type"), *_INCOMPLETE),
    Fault.ASYMMETRIC: _row(_OURS, _OURS, _OURS, _OURS, 501),
    Fault.AMBIGUOUS: _row(("InvalidArgument", 400, ""), *_INCOMPLETE),
    Fault.MALFORMED: _row(("AuthorizationHeaderMalformed", 400, ""), *_INCOMPLETE),
    Fault.INCOMPLETE: _row(("AccessDenied", 403, ""), *_INCOMPLETE),
    Fault.SCOPE: _row(("AuthorizationHeaderMalformed", 400, ""), *_DIFFERS),
    Fault.DATE: _row(
        ("AccessDenied", 403, "AWS authentication requires a valid Date or x-amz-date header"), *_INCOMPLETE
    ),
    Fault.SKEWED: _row(
        (
            "RequestTimeTooSkewed",
            403,
            "The difference between the request time and the current time is too large.",
        ),
        *_LATE,
    ),
    Fault.EXPIRED: _row(("AccessDenied", 403, "Request has expired"), *_LATE),
    Fault.EARLY: _row(("AccessDenied", 403, "Request is not valid yet"), *_LATE),
    Fault.UNSIGNED: _row(
        ("AccessDenied", 403, "There were headers present in the request which were not signed"), *_DIFFERS
    ),
    Fault.CONTENT_HASH_MISSING: _row(("InvalidRequest", 400, ""), *_INCOMPLETE),
    Fault.CONTENT_HASH: _row(("InvalidArgument", 400, ""), *_DIFFERS),
    Fault.MISMATCH: _row(
        ("SignatureDoesNotMatch", 403, _S3_MISMATCH),
        ("SignatureDoesNotMatch", 403, MISMATCH_TEXT),
        _AUTH_FAILURE,
        ("InvalidSignatureException", 400, MISMATCH_TEXT),
    ),
    Fault.UNKNOWN_KEY: _row(
        ("InvalidAccessKeyId", 403, "The AWS Access Key Id you provided does not exist in our records."),
        *_STRANGER,
    ),
    Fault.TOKEN: _row(
        ("InvalidToken", 400, "The provided token is malformed or otherwise invalid."), *_STRANGER
    ),
    Fault.EXPIRED_TOKEN: _row(
        ("ExpiredToken", 400, "The provided token has expired."),
        ("ExpiredToken", 403, _TOKEN_EXPIRED),
        _EC2_EXPIRED,
        ("ExpiredTokenException", 400, _TOKEN_EXPIRED),
    ),
}
