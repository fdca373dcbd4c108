"""Sessions for who has no AWS credentials: SAML assertions and web identity tokens."""

from __future__ import annotations

import base64
import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.plugins.sts.sts_scenario import Sts, federated, role_arn, token

from backtrail import UNSET
from backtrail.testing import ACCOUNT
from backtrail_aws.iam import api as iam
from backtrail_aws.sts import api, saml

PROVIDER = f"arn:aws:iam::{ACCOUNT}:saml-provider/corp"
ISSUER = "https://idp.example.com/saml"
OIDC = "https://token.example.com"
OIDC_ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.example.com"
AWS = "https://aws.amazon.com/SAML/Attributes/"


def attribute(name: str, *values: str) -> str:
    """An attribute of an assertion."""
    texts = "".join(f"<saml:AttributeValue>{value}</saml:AttributeValue>" for value in values)
    return f'<saml:Attribute Name="{AWS}{name}">{texts}</saml:Attribute>'


def response(
    now: datetime, *, role: str = "worker", name: str = "ann@corp", age_s: float = 10, issuer: str = ISSUER,
    more: str = "", session_s: float = 36_000, raw: bool = False,
) -> str:  # fmt: skip
    """A SAML response that nobody signed."""
    issued = (now - timedelta(seconds=age_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
    later = (now + timedelta(seconds=300 - age_s)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    ends = (now + timedelta(seconds=session_s)).strftime("%Y-%m-%dT%H:%M:%SZ")
    named = attribute("RoleSessionName", name) if name else ""
    text = f"""<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"
        xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" IssueInstant="{issued}">
      <samlp:Status><samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>
      <saml:Assertion ID="_a1" IssueInstant="{issued}"><saml:Issuer>{issuer}</saml:Issuer>
        <saml:Subject>
          <saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">ann</saml:NameID>
          <saml:SubjectConfirmation><saml:SubjectConfirmationData NotOnOrAfter="{later}"
            Recipient="https://signin.aws.amazon.com/saml"/></saml:SubjectConfirmation></saml:Subject>
        <saml:Conditions NotBefore="{issued}" NotOnOrAfter="{later}"/>
        <saml:AuthnStatement SessionNotOnOrAfter="{ends}"/>
        <saml:AttributeStatement>{attribute("Role", f"{role_arn(role)},{PROVIDER}")}{named}{more}
        </saml:AttributeStatement></saml:Assertion></samlp:Response>"""
    return text if raw else base64.b64encode(text.encode()).decode()


METADATA = (
    f'<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ISSUER}">'
    f"<IDPSSODescriptor/><!--{'x' * 1000}--></EntityDescriptor>"
)


def corp() -> Sts:
    """A scenario with a SAML provider, a role for it, and a caller without credentials."""
    sts = Sts()
    sts.given(iam.CreateSAMLProvider(name="corp", saml_metadata_document=METADATA), service="iam")
    return sts.role("worker", federated(PROVIDER, "AssumeRoleWithSAML")).nobody()


def with_saml(assertion: str, **more: Any) -> api.AssumeRoleWithSAML:
    """The call that redeems an assertion."""
    return api.AssumeRoleWithSAML(
        role_arn=role_arn("worker"), principal_arn=PROVIDER, saml_assertion=assertion, **more
    )


def test_an_assertion_gives_a_session() -> None:
    """The answer says what the assertion said; the session is named after its RoleSessionName."""
    sts = corp()
    sts.given(with_saml(response(sts.now)))
    answer = sts.answer
    digest = hashlib.sha1(f"{ISSUER}{ACCOUNT}/corp".encode()).digest()
    assert (answer.subject, answer.subject_type, answer.issuer) == ("ann", "persistent", ISSUER)
    assert answer.audience == "https://signin.aws.amazon.com/saml"
    assert answer.name_qualifier == base64.b64encode(digest).decode()
    assert answer.assumed_role_user.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/ann@corp"
    sts.replays()


def test_the_record_of_an_assertion_names_the_saml_user() -> None:
    """userIdentity is what the provider says; the parameters tell the assertion's id and never the assertion."""
    sts = corp()
    more = (
        attribute("PrincipalTag:Team", "red")
        + attribute("TransitiveTagKeys", "Team")
        + attribute("SourceIdentity", "ann")
    )
    text = response(sts.now, more=more)
    sts.given(with_saml(text))
    qualifier = sts.answer.name_qualifier
    assert sts.record["userIdentity"] == {
        "type": "SAMLUser",
        "principalId": f"{qualifier}:ann",
        "userName": "ann",
        "identityProvider": qualifier,
    }
    assert sts.record["recipientAccountId"] == ACCOUNT
    assert sts.record["requestParameters"] == {
        "roleArn": role_arn("worker"),
        "principalArn": PROVIDER,
        "sAMLAssertionID": "_a1",
        "roleSessionName": "ann@corp",
        "sourceIdentity": "ann",
        "principalTags": {"Team": "red"},
        "transitiveTagKeys": ["Team"],
    }
    assert text.encode() not in sts.log[-1].record
    assert text.encode() in (sts.log[-1].sealed or b"")
    key = sts.answer.credentials.access_key_id
    assert (sts.session(key).tags, sts.session(key).transitive) == ({"Team": "red"}, ["Team"])
    assert sts.session(key).by == f"{qualifier}:ann"
    sts.use(key).given(api.GetCallerIdentity())
    context = sts.record["userIdentity"]["sessionContext"]
    assert context["webIdFederationData"]["federatedProvider"] == PROVIDER
    assert context["sourceIdentity"] == "ann"
    sts.replays()


def test_a_session_ends_with_the_providers_own() -> None:
    """SessionNotOnOrAfter cuts the session; the role's maximum refuses it."""
    sts = corp()
    sts.given(with_saml(response(sts.now, session_s=1201)))
    assert (sts.answer.credentials.expiration - sts.now).total_seconds() == 1200
    sts.when(with_saml(response(sts.now), duration_seconds=3601)).refused(
        "ValidationError", "MaxSessionDuration"
    )
    sts.replays()


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        ({"age_s": 300}, "ExpiredTokenException", "within 5 minutes of issuance"),
        ({"age_s": -100}, "InvalidIdentityToken", "not valid yet"),
        ({"session_s": 0}, "ExpiredTokenException", "ended"),
        ({"name": ""}, "InvalidIdentityToken", "RoleSessionName is required in AuthnResponse"),
        ({"name": "a b"}, "InvalidIdentityToken", "RoleSessionName in AuthnResponse must match"),
        (
            {"issuer": "https://other.example.com"},
            "InvalidIdentityToken",
            "Issuer not present in specified provider",
        ),
        ({"role": "other"}, "AccessDenied", "Not authorized to perform sts:AssumeRoleWithSAML"),
        ({"more": attribute("SourceIdentity", "!")}, "InvalidIdentityToken", "Source Identity"),
        ({"raw": True}, "InvalidIdentityToken", "base64"),
    ],
)
def test_bad_assertions_are_refused(given: dict[str, object], code: str, words: str) -> None:
    """Too old, too early, nameless, of another issuer or for another role."""
    sts = corp()
    sts.when(with_saml(response(sts.now, **given))).refused(code, words)  # type: ignore[arg-type]
    sts.replays()


@pytest.mark.parametrize(
    "text",
    [
        "<a>",
        "<a/>",
        '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
        "\x00",
        response(datetime(2024, 1, 1, tzinfo=UTC), raw=True)[:-20],
    ],
)
def test_what_is_no_assertion_is_refused(text: str) -> None:
    """No XML, no assertion in it, or entities of its own."""
    sts = corp()
    sts.when(with_saml(base64.b64encode(text.encode()).decode())).refused("InvalidIdentityToken")


def test_unknown_providers_and_roles_are_refused() -> None:
    """A provider that IAM does not have; a role that does not trust it."""
    sts = corp()
    call = api.AssumeRoleWithSAML(
        role_arn=role_arn("worker"), principal_arn=PROVIDER + "x", saml_assertion=response(sts.now)
    )
    sts.when(call).refused("InvalidIdentityToken", "Specified provider doesn't exist")
    sts = Sts()
    sts.given(iam.CreateSAMLProvider(name="corp", saml_metadata_document=METADATA), service="iam")
    sts.role("worker", federated(PROVIDER + "x", "AssumeRoleWithSAML")).nobody()
    sts.when(with_saml(response(sts.now))).refused("AccessDenied")


def test_metadata_name_their_entity() -> None:
    """The entity id is found at the top or below; what cannot be read names none."""
    assert saml.entity_of(METADATA) == ISSUER
    assert saml.entity_of(f"<a>{METADATA}</a>") == ISSUER
    assert saml.entity_of("<a/>") is None
    assert saml.entity_of("<!DOCTYPE a><a/>") is None
    assert saml.entity_of("nonsense") is None


# web identities


def cluster(*clients: str) -> Sts:
    """A scenario with an OpenID Connect provider, a role for it, and a caller without credentials."""
    sts = Sts()
    made = iam.CreateOpenIDConnectProvider(
        url=OIDC, client_id_list=list(clients) or ["sts.amazonaws.com"], thumbprint_list=["a" * 40]
    )
    sts.given(made, service="iam")
    return sts.role("worker", federated(OIDC_ARN, "AssumeRoleWithWebIdentity")).nobody()


def with_token(text: str, **more: Any) -> api.AssumeRoleWithWebIdentity:
    """The call that redeems a token."""
    return api.AssumeRoleWithWebIdentity(
        role_arn=role_arn("worker"), role_session_name="pod", web_identity_token=text, **more
    )


def test_a_token_gives_a_session() -> None:
    """Subject, audience and provider stand in the answer and in the identity; the token stands nowhere."""
    sts = cluster()
    text = token(sts.now, OIDC, ["sts.amazonaws.com"])
    sts.given(with_token(text))
    answer = sts.answer
    assert (answer.subject_from_web_identity_token, answer.audience, answer.provider) == (
        "user-7",
        "sts.amazonaws.com",
        OIDC_ARN,
    )
    assert answer.assumed_role_user.arn == f"arn:aws:sts::{ACCOUNT}:assumed-role/worker/pod"
    assert sts.record["userIdentity"] == {
        "type": "WebIdentityUser",
        "principalId": f"{OIDC_ARN}:sts.amazonaws.com:user-7",
        "userName": "user-7",
        "identityProvider": OIDC_ARN,
    }
    assert sts.record["requestParameters"] == {"roleArn": role_arn("worker"), "roleSessionName": "pod"}
    assert text.encode() not in sts.log[-1].record
    sts.use(answer.credentials.access_key_id).given(api.GetCallerIdentity())
    federation = sts.record["userIdentity"]["sessionContext"]["webIdFederationData"]
    assert federation == {"federatedProvider": OIDC_ARN, "attributes": {}}
    sts.replays()


def test_a_token_may_carry_tags_and_a_source() -> None:
    """AWS's own claims mark the session."""
    sts = cluster()
    claims: dict[str, Any] = {
        "https://aws.amazon.com/tags": {"principal_tags": {"Team": ["red"]}, "transitive_tag_keys": ["Team"]},
        "https://aws.amazon.com/source_identity": "ann",
    }
    sts.given(with_token(token(sts.now, OIDC, "sts.amazonaws.com", **claims)))
    session = sts.session(sts.answer.credentials.access_key_id)
    assert (session.tags, session.transitive, session.source_identity) == ({"Team": "red"}, ["Team"], "ann")
    sts.replays()


def test_well_known_providers_need_not_be_made() -> None:
    """Google's tokens are known by their host."""
    sts = Sts().role("worker", federated("accounts.google.com", "AssumeRoleWithWebIdentity")).nobody()
    sts.given(with_token(token(sts.now, "https://accounts.google.com", "app")))
    assert sts.answer.provider == "accounts.google.com"
    sts.replays()


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("abcd", "InvalidIdentityToken", "not a valid JWT"),
        ("a.b.c", "InvalidIdentityToken", "not a valid JWT"),
        (
            token(datetime(2023, 1, 1, tzinfo=UTC), OIDC, "sts.amazonaws.com"),
            "ExpiredTokenException",
            "Token expired",
        ),
        (
            token(datetime(2024, 6, 1, tzinfo=UTC), "https://other.example.com", "x"),
            "InvalidIdentityToken",
            "No OpenIDConnect provider",
        ),
        (
            token(datetime(2024, 6, 1, tzinfo=UTC), OIDC, "other"),
            "InvalidIdentityToken",
            "Incorrect token audience",
        ),
        (
            token(datetime(2024, 6, 1, tzinfo=UTC), OIDC, "sts.amazonaws.com", nbf=4e9),
            "IDPRejectedClaim",
            "not valid yet",
        ),
        (
            token(datetime(2024, 6, 1, tzinfo=UTC), OIDC, "sts.amazonaws.com", exp=None),
            "InvalidIdentityToken",
            "exp",
        ),
        (
            token(datetime(2024, 6, 1, tzinfo=UTC), OIDC, "sts.amazonaws.com", exp="soon"),
            "InvalidIdentityToken",
            "not a valid JWT",
        ),
    ],
)
def test_bad_tokens_are_refused(text: str, code: str, words: str) -> None:
    """What is no token, has expired, or is for somebody else."""
    sts = cluster()
    sts.when(with_token(text)).refused(code, words)
    sts.replays()


def test_access_tokens_cannot_be_checked_offline() -> None:
    """OAuth 2.0's are opaque: their provider would have to be asked."""
    sts = cluster()
    sts.when(with_token("opaque", provider_id="www.amazon.com")).refused("IDPCommunicationError")


def test_a_role_must_be_there_and_trust_the_provider() -> None:
    """Otherwise the caller is not authorized."""
    sts = cluster()
    good = token(sts.now, OIDC, "sts.amazonaws.com")
    call = api.AssumeRoleWithWebIdentity(
        role_arn=role_arn("none"), role_session_name="pod", web_identity_token=good
    )
    sts.when(call).refused("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity")
    sts.caller = Sts().caller
    sts.role("other", federated(PROVIDER, "AssumeRoleWithSAML"))
    other = api.AssumeRoleWithWebIdentity(
        role_arn=role_arn("other"), role_session_name="pod", web_identity_token=good
    )
    sts.nobody().when(other).refused("AccessDenied")
    sts.replays()


def test_no_source_where_none_is_told() -> None:
    """Members that nobody told are left out."""
    sts = cluster()
    sts.given(with_token(token(sts.now, OIDC, "sts.amazonaws.com")))
    assert sts.answer.source_identity is UNSET
