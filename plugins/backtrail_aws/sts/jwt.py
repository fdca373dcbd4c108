"""JSON web tokens: their claims, taken apart. Signatures are not verified here: that takes the issuer's keys.

https://www.rfc-editor.org/rfc/rfc7519; AWS's claims: IAM UserGuide id_session-tags.html and
id_credentials_temp_control-access_monitor.html
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime

import msgspec

from backtrail import UNSET, UnsetType
from backtrail_aws.sts import errors

_TAGS = "https://aws.amazon.com/tags"
_SOURCE = "https://aws.amazon.com/source_identity"


class _Header(msgspec.Struct):
    alg: str


class _SessionTags(msgspec.Struct):
    """Each tag's value stands in a list of one: id_session-tags.html (AssumeRoleWithWebIdentity)."""

    principal_tags: dict[str, list[str] | str] = {}
    transitive_tag_keys: list[str] = []


class _Claims(msgspec.Struct):
    iss: str | None = None
    sub: str | None = None
    exp: float | None = None
    nbf: float | None = None
    aud: list[str] | str | None = None
    azp: str | None = None
    tags: _SessionTags | None = msgspec.field(name=_TAGS, default=None)
    source_identity: str | None = msgspec.field(name=_SOURCE, default=None)


_header = msgspec.json.Decoder(_Header).decode
_claims = msgspec.json.Decoder(_Claims).decode


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """What a token says. `audiences` has every audience, `audience` the one that answers show."""

    issuer: str
    subject: str
    audiences: list[str]
    expires: datetime
    begins: datetime | None
    source_identity: str | UnsetType
    tags: dict[str, str]
    transitive: list[str]

    @property
    def audience(self) -> str:
        """The first audience."""
        return self.audiences[0] if self.audiences else ""

    @property
    def host(self) -> str:
        """The issuer without its scheme: what providers are named after."""
        return self.issuer.removeprefix("https://").rstrip("/")


def looks_like(text: str) -> bool:
    """Whether a text has the three parts of a token; others are access tokens of OAuth 2.0."""
    return text.count(".") == 2


def read(text: str) -> Token:
    """The claims of a token. Raises `Refusal`."""
    parts = text.split(".")
    if len(parts) != 3:
        raise _not_valid()
    try:
        _header(_decoded(parts[0]))
        claims = _claims(_decoded(parts[1]))
        expires, begins = _time(claims.exp), _time(claims.nbf)
    except (ValueError, OverflowError, OSError, msgspec.DecodeError) as error:
        raise _not_valid() from error
    if claims.iss is None or claims.sub is None or expires is None:
        missing = "iss" if claims.iss is None else "sub" if claims.sub is None else "exp"
        # evidence: guess
        raise errors.bad_token(f"Missing a required claim: {missing}")
    tags = claims.tags or _SessionTags()
    return Token(
        issuer=claims.iss,
        subject=claims.sub,
        audiences=_listed(claims.aud) or _listed(claims.azp),
        expires=expires,
        begins=begins,
        source_identity=claims.source_identity or UNSET,
        tags={key: held[0] for key, value in tags.principal_tags.items() if (held := _listed(value))},
        transitive=tags.transitive_tag_keys,
    )


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _time(value: float | None) -> datetime | None:
    return None if value is None else datetime.fromtimestamp(value, UTC)


def _listed(value: list[str] | str | None) -> list[str]:
    if isinstance(value, list):
        return value
    return [] if value is None else [value]


def _not_valid() -> Exception:
    # evidence: guess
    return errors.bad_token(
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)"
    )
