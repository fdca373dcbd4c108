"""IAM: identity providers."""

from __future__ import annotations

from ..driving import TIME, Story, call

METADATA = (
    '<EntityDescriptor xmlns="urn:oasis:names:tc:SAML:2.0:metadata" entityID="http://x">'
    f"<IDPSSODescriptor/><!--{'x' * 1000}--></EntityDescriptor>"
)

STORIES = [
    Story(
        "iam",
        "an OpenID Connect provider",
        [
            call(
                "CreateOpenIDConnectProvider",
                {
                    "Url": "https://token.example.com/id",
                    "ClientIDList": ["a"],
                    "ThumbprintList": ["0000000000000000000000000000000000000000"],
                    "Tags": [{"Key": "team", "Value": "red"}],
                },
                {
                    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id",
                    "Tags": [{"Key": "team", "Value": "red"}],
                },
            ),
            call(
                "AddClientIDToOpenIDConnectProvider",
                {
                    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id",
                    "ClientID": "b",
                },
            ),
            call(
                "RemoveClientIDFromOpenIDConnectProvider",
                {
                    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id",
                    "ClientID": "a",
                },
            ),
            call(
                "UpdateOpenIDConnectProviderThumbprint",
                {
                    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id",
                    "ThumbprintList": ["1111111111111111111111111111111111111111"],
                },
            ),
            call(
                "GetOpenIDConnectProvider",
                {"OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id"},
                {
                    "Url": "token.example.com/id",
                    "ClientIDList": ["b"],
                    "ThumbprintList": ["1111111111111111111111111111111111111111"],
                    "CreateDate": TIME,
                    "Tags": [{"Key": "team", "Value": "red"}],
                },
            ),
            call(
                "ListOpenIDConnectProviders",
                {},
                {
                    "OpenIDConnectProviderList": [
                        {"Arn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id"}
                    ]
                },
            ),
            call(
                "UpdateOpenIDConnectProvider",
                {
                    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id",
                    "IdentityCenterInstanceArn": "arn:aws:sso:::instance/ssoins-1",
                },
            ),
            call(
                "TagOpenIDConnectProvider",
                {
                    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id",
                    "Tags": [{"Key": "cost", "Value": "1"}],
                },
            ),
            call(
                "UntagOpenIDConnectProvider",
                {
                    "OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id",
                    "TagKeys": ["team"],
                },
            ),
            call(
                "ListOpenIDConnectProviderTags",
                {"OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id"},
                {"Tags": [{"Key": "cost", "Value": "1"}], "IsTruncated": False},
            ),
            call(
                "DeleteOpenIDConnectProvider",
                {"OpenIDConnectProviderArn": "arn:aws:iam::123456789012:oidc-provider/token.example.com/id"},
            ),
        ],
    ),
    Story(
        "iam",
        "a SAML provider",
        [
            call(
                "CreateSAMLProvider",
                {"Name": "corp", "SAMLMetadataDocument": METADATA, "Tags": [{"Key": "team", "Value": "red"}]},
                {
                    "SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/corp",
                    "Tags": [{"Key": "team", "Value": "red"}],
                },
            ),
            call(
                "UpdateSAMLProvider",
                {
                    "SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/corp",
                    "SAMLMetadataDocument": METADATA,
                },
                {"SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/corp"},
            ),
            call(
                "GetSAMLProvider",
                {"SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/corp"},
                {
                    "SAMLProviderUUID": str,
                    "SAMLMetadataDocument": METADATA,
                    "CreateDate": TIME,
                    "ValidUntil": TIME,
                    "Tags": [{"Key": "team", "Value": "red"}],
                },
            ),
            call(
                "ListSAMLProviders",
                {},
                {
                    "SAMLProviderList": [
                        {
                            "Arn": "arn:aws:iam::123456789012:saml-provider/corp",
                            "ValidUntil": TIME,
                            "CreateDate": TIME,
                        }
                    ]
                },
            ),
            call(
                "TagSAMLProvider",
                {
                    "SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/corp",
                    "Tags": [{"Key": "cost", "Value": "1"}],
                },
            ),
            call(
                "UntagSAMLProvider",
                {"SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/corp", "TagKeys": ["team"]},
            ),
            call(
                "ListSAMLProviderTags",
                {"SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/corp"},
                {"Tags": [{"Key": "cost", "Value": "1"}], "IsTruncated": False},
            ),
            call("DeleteSAMLProvider", {"SAMLProviderArn": "arn:aws:iam::123456789012:saml-provider/corp"}),
        ],
    ),
]
