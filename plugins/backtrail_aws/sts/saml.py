"""SAML responses: what an identity provider says of a user, taken apart. Signatures are not verified here.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_saml_assertions.html
https://docs.oasis-open.org/security/saml/v2.0/saml-core-2.0-os.pdf
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from datetime import UTC, datetime
from xml.etree import ElementTree

import msgspec

from backtrail import UNSET, UnsetType
from backtrail_aws.sts import errors

_A = "{urn:oasis:names:tc:SAML:2.0:assertion}"
_P = "{urn:oasis:names:tc:SAML:2.0:protocol}"
_METADATA = "{urn:oasis:names:tc:SAML:2.0:metadata}EntityDescriptor"
_AWS = "https://aws.amazon.com/SAML/Attributes/"
_FORMAT = "urn:oasis:names:tc:SAML:2.0:nameid-format:"
_SUCCESS = "urn:oasis:names:tc:SAML:2.0:status:Success"
_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)
_SOURCE = re.compile(r"[\w+=,.@-]{2,256}", re.ASCII)


class Assertion(msgspec.Struct, frozen=True, kw_only=True):
    """What an assertion says. `roles` are its pairs of role and provider; times are UTC, None where it has none."""

    id: str
    issuer: str
    issued: datetime | None
    subject: str
    subject_type: str
    recipient: str
    begins: datetime | None
    ends: datetime | None
    session_ends: datetime | None
    roles: list[frozenset[str]]
    session_name: str
    source_identity: str | UnsetType
    tags: dict[str, str]
    transitive: list[str]

    def name_qualifier(self, account: str, provider_arn: str) -> str:
        """The hash that, with the subject, names the user: API_AssumeRoleWithSAML (NameQualifier)."""
        text = f"{self.issuer}{account}/{provider_arn.rpartition('/')[2]}"
        return base64.b64encode(hashlib.sha1(text.encode(), usedforsecurity=False).digest()).decode()


def read(text: str) -> Assertion:
    """The assertion in a response as it was posted (base64). Raises `Refusal`."""
    response = _xml(_decoded(text))
    assertion = response if response.tag == f"{_A}Assertion" else response.find(f".//{_A}Assertion")
    status = response.find(f"{_P}Status/{_P}StatusCode")
    if assertion is None or (status is not None and status.get("Value") != _SUCCESS):
        # evidence: guess
        raise errors.bad_token("Your request included an invalid SAML response. No assertion was found.")
    attributes = _attributes(assertion)
    name = assertion.find(f"{_A}Subject/{_A}NameID")
    if name is None or not _text(name):
        # evidence: guess
        raise errors.bad_token("NameID is required in AuthnResponse")
    confirmed = assertion.find(f"{_A}Subject/{_A}SubjectConfirmation/{_A}SubjectConfirmationData")
    conditions = assertion.find(f"{_A}Conditions")
    statement = assertion.find(f"{_A}AuthnStatement")
    return Assertion(
        id=assertion.get("ID", ""),
        issuer=_text(assertion.find(f"{_A}Issuer")),
        issued=_time(assertion, "IssueInstant"),
        subject=_text(name),
        subject_type=name.get("Format", f"{_FORMAT}unspecified").removeprefix(_FORMAT),
        recipient=confirmed.get("Recipient", "") if confirmed is not None else "",
        begins=_time(conditions, "NotBefore"),
        ends=_earliest(_time(confirmed, "NotOnOrAfter"), _time(conditions, "NotOnOrAfter")),
        session_ends=_time(statement, "SessionNotOnOrAfter"),
        roles=[
            frozenset(part.strip() for part in value.split(","))
            for value in attributes.get(f"{_AWS}Role", [])
        ],
        session_name=_session_name(attributes),
        source_identity=_source_identity(attributes),
        tags=_tags(attributes),
        transitive=attributes.get(f"{_AWS}TransitiveTagKeys", []),
    )


def entity_of(metadata: str) -> str | None:
    """The entity id in a provider's metadata document; None where it cannot be read."""
    if "<!DOCTYPE" in metadata or "<!ENTITY" in metadata:
        return None
    try:
        document = ElementTree.fromstring(metadata)
    except (ElementTree.ParseError, ValueError):
        return None
    found = document if document.tag == _METADATA else document.find(f".//{_METADATA}")
    return found.get("entityID") if found is not None else None


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        # evidence: troubleshoot_saml.html (Your request included an invalid SAML response); words: guess
        raise errors.bad_token("Invalid base64 SAMLResponse") from error


def _xml(data: bytes) -> ElementTree.Element:
    """The document; one that declares entities of its own is refused, for they may grow without end."""
    try:
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
            raise ValueError("a document type declaration")
        return ElementTree.fromstring(data)
    except (ElementTree.ParseError, ValueError) as error:
        # evidence: troubleshoot_saml.html; words: guess
        raise errors.bad_token(
            "Your request included an invalid SAML response. It is not valid XML."
        ) from error


def _attributes(assertion: ElementTree.Element) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for attribute in assertion.iterfind(f"{_A}AttributeStatement/{_A}Attribute"):
        values = [_text(value) for value in attribute.iterfind(f"{_A}AttributeValue")]
        found.setdefault(attribute.get("Name", ""), []).extend(value for value in values if value)
    return found


def _session_name(attributes: dict[str, list[str]]) -> str:
    given = attributes.get(f"{_AWS}RoleSessionName", [])
    if not given:
        # evidence: troubleshoot_saml.html
        raise errors.bad_token("RoleSessionName is required in AuthnResponse")
    if len(given) > 1 or _NAME.fullmatch(given[0]) is None:
        # evidence: troubleshoot_saml.html
        raise errors.bad_token("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}")
    return given[0]


def _source_identity(attributes: dict[str, list[str]]) -> str | UnsetType:
    given = attributes.get(f"{_AWS}SourceIdentity", [])
    if not given:
        return UNSET
    if len(given) > 1 or _SOURCE.fullmatch(given[0]) is None:
        # evidence: troubleshoot_saml.html
        raise errors.bad_token("Source Identity in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,256}")
    return given[0]


def _tags(attributes: dict[str, list[str]]) -> dict[str, str]:
    prefix = f"{_AWS}PrincipalTag:"
    return {
        name.removeprefix(prefix): values[0]
        for name, values in attributes.items()
        if name.startswith(prefix) and values
    }


def _text(element: ElementTree.Element | None) -> str:
    return "".join(element.itertext()).strip() if element is not None else ""


def _time(element: ElementTree.Element | None, name: str) -> datetime | None:
    written = element.get(name) if element is not None else None
    if written is None:
        return None
    try:
        time = datetime.fromisoformat(written)
    except ValueError as error:
        # evidence: guess
        raise errors.bad_token(f"{name} in AuthnResponse is not a time") from error
    return time.astimezone(UTC) if time.tzinfo is not None else time.replace(tzinfo=UTC)


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)
