"""Identity providers: OpenID Connect and SAML."""

from __future__ import annotations

from datetime import timedelta

from backtrail import UNSET
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api

URL = "https://token.actions.githubusercontent.com"
ARN = f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"
THUMBPRINT = "6938FD4D98BAB03FAADB97B34396831E3780AEA1"


def metadata(more: str = "") -> str:
    """An identity provider's metadata, as long as IAM wants it."""
    return (
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="http://x"{more}>'
        f'<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol"/>'
        f"<!--{'x' * 1000}--></md:EntityDescriptor>"
    )


def test_the_life_of_an_oidc_provider(iam: Scenario) -> None:
    """A provider is its URL: made once, read without the scheme, changed, tagged and deleted."""
    iam.given(
        api.CreateOpenIDConnectProvider(
            url=URL,
            client_id_list=["sts.amazonaws.com"],
            thumbprint_list=[THUMBPRINT],
            tags=[api.Tag(key="a", value="b")],
        )
    )
    assert iam.answer.open_id_connect_provider_arn == ARN
    iam.when(api.CreateOpenIDConnectProvider(url=URL)).refused(
        "EntityAlreadyExists", f"Provider with url {URL} already exists."
    )
    iam.given(
        api.AddClientIDToOpenIDConnectProvider(open_id_connect_provider_arn=ARN, client_id="b"),
        api.AddClientIDToOpenIDConnectProvider(open_id_connect_provider_arn=ARN, client_id="b"),
        api.RemoveClientIDFromOpenIDConnectProvider(open_id_connect_provider_arn=ARN, client_id="none"),
        api.GetOpenIDConnectProvider(open_id_connect_provider_arn=ARN),
    )
    held = iam.answer
    assert held.url == "token.actions.githubusercontent.com"
    assert held.client_id_list == ["sts.amazonaws.com", "b"]
    assert held.thumbprint_list == [THUMBPRINT.lower()]
    iam.given(
        api.UpdateOpenIDConnectProviderThumbprint(
            open_id_connect_provider_arn=ARN, thumbprint_list=["0" * 40]
        ),
        api.TagOpenIDConnectProvider(open_id_connect_provider_arn=ARN, tags=[api.Tag(key="c", value="d")]),
        api.UntagOpenIDConnectProvider(open_id_connect_provider_arn=ARN, tag_keys=["a"]),
        api.ListOpenIDConnectProviderTags(open_id_connect_provider_arn=ARN),
    )
    assert [tag.key for tag in iam.answer.tags] == ["c"]
    iam.given(api.ListOpenIDConnectProviders())
    assert [one.arn for one in iam.answer.open_id_connect_provider_list] == [ARN]
    iam.given(
        api.DeleteOpenIDConnectProvider(open_id_connect_provider_arn=ARN),
        api.DeleteOpenIDConnectProvider(open_id_connect_provider_arn=ARN),
    )
    iam.when(api.GetOpenIDConnectProvider(open_id_connect_provider_arn=ARN)).refused("NoSuchEntity")
    iam.replays()


def test_oidc_providers_that_are_refused(iam: Scenario) -> None:
    """A URL without TLS, a thumbprint of another length, six of them and 101 clients are refused."""
    iam.when(api.CreateOpenIDConnectProvider(url="http://x")).refused("ValidationError")
    iam.when(api.CreateOpenIDConnectProvider(url=URL, thumbprint_list=["1"])).refused("InvalidInput")
    many = [f"{number:040}" for number in range(6)]
    iam.when(api.CreateOpenIDConnectProvider(url=URL, thumbprint_list=many)).refused("InvalidInput")
    clients = [str(number) for number in range(101)]
    iam.when(api.CreateOpenIDConnectProvider(url=URL, client_id_list=clients)).refused("LimitExceeded")
    iam.given(api.CreateOpenIDConnectProvider(url=URL, client_id_list=clients[:100]))
    iam.when(
        api.AddClientIDToOpenIDConnectProvider(open_id_connect_provider_arn=ARN, client_id="more")
    ).refused("LimitExceeded")


def test_trusted_identity_propagation(iam: Scenario) -> None:
    """A context provider and an Identity Center instance are kept, shown and removed."""
    context = api.ContextProvider(
        subject_source_key="sub", key_definition_list=[api.ContextProviderKeyDefinition(source_key="a")]
    )
    center = "arn:aws:sso:::instance/ssoins-1"
    iam.given(
        api.CreateOpenIDConnectProvider(url=URL, identity_center_instance_arn=center),
        api.UpdateOpenIDConnectProvider(open_id_connect_provider_arn=ARN, context_provider=context),
        api.GetOpenIDConnectProvider(open_id_connect_provider_arn=ARN),
    )
    assert iam.answer.context_provider == context
    assert iam.answer.identity_center_instance_arn == center
    iam.given(
        api.UpdateOpenIDConnectProvider(
            open_id_connect_provider_arn=ARN,
            remove_context_provider=True,
            remove_identity_center_instance=True,
        ),
        api.GetOpenIDConnectProvider(open_id_connect_provider_arn=ARN),
    )
    assert (iam.answer.context_provider, iam.answer.identity_center_instance_arn) == (UNSET, UNSET)
    iam.replays()


def test_the_life_of_a_saml_provider(iam: Scenario) -> None:
    """A provider's metadata is checked, kept, replaced, and says how long it is valid."""
    arn = f"arn:aws:iam::{ACCOUNT}:saml-provider/adfs"
    iam.given(api.CreateSAMLProvider(name="adfs", saml_metadata_document=metadata()))
    assert iam.answer.saml_provider_arn == arn
    iam.when(api.CreateSAMLProvider(name="adfs", saml_metadata_document=metadata())).refused(
        "EntityAlreadyExists"
    )
    iam.given(api.GetSAMLProvider(saml_provider_arn=arn))
    assert iam.answer.saml_metadata_document == metadata()
    assert iam.answer.valid_until > iam.now + timedelta(days=36000)
    first = iam.answer.saml_provider_uuid
    until = metadata(' validUntil="2031-02-03T04:05:06Z"')
    iam.given(
        api.UpdateSAMLProvider(saml_provider_arn=arn, saml_metadata_document=until),
        api.TagSAMLProvider(saml_provider_arn=arn, tags=[api.Tag(key="a", value="b")]),
        api.ListSAMLProviders(),
    )
    assert iam.answer.saml_provider_list[0].valid_until.isoformat() == "2031-02-03T04:05:06+00:00"
    iam.given(api.GetSAMLProvider(saml_provider_arn=arn))
    assert iam.answer.saml_provider_uuid == first
    iam.given(
        api.UntagSAMLProvider(saml_provider_arn=arn, tag_keys=["a"]),
        api.ListSAMLProviderTags(saml_provider_arn=arn),
    )
    assert iam.answer.tags == []
    iam.given(api.DeleteSAMLProvider(saml_provider_arn=arn))
    iam.when(api.DeleteSAMLProvider(saml_provider_arn=arn)).refused("NoSuchEntity")
    iam.replays()


def test_saml_metadata_that_is_refused(iam: Scenario) -> None:
    """What is no XML, no metadata, has no identity provider or brings its own entities is refused."""
    for document in (
        "x" * 1000,
        "<a>" + "x" * 1000 + "</a>",
        metadata().replace("IDPSSODescriptor", "SPSSODescriptor"),
        '<!DOCTYPE x [<!ENTITY e "e">]>' + metadata(),
    ):
        iam.when(api.CreateSAMLProvider(name="p", saml_metadata_document=document)).refused(
            "InvalidInput", "Could not parse metadata"
        )
