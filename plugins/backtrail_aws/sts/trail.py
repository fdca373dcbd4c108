"""How CloudTrail writes STS: keys are shown, secrets are not.

AWS's records show session tokens as they are (measured); a record here never holds a secret, so a token stands in
it as CloudTrail's own marker. What AWS adds to the parameters (session tags that came along, what a SAML assertion
says) was seen in its samples:
https://docs.aws.amazon.com/IAM/latest/UserGuide/cloudtrail-integration.html
"""

from __future__ import annotations

from backtrail.trail.declare import Trail
from backtrail.trail.times import CommaTime

TRAIL = Trail(
    time=CommaTime,
    sealed=frozenset(
        {
            "Credentials.SecretAccessKey",
            "AssumeRoleWithSAML.SAMLAssertion",
            "AssumeRoleWithWebIdentity.WebIdentityToken",
            "ProvidedContext.ContextAssertion",
            "AssumeRole.TokenCode",
            "GetSessionToken.TokenCode",
            "AssumeRoleWithSAMLResult.TrustedIdentityPropagationContext",
            "AssumeRoleWithWebIdentityResult.TrustedIdentityPropagationContext",
            "OriginIdentity.Subject",
            "OriginIdentity.SubjectType",
            "OriginIdentity.Issuer",
            "GetWebIdentityTokenResult.WebIdentityToken",
        }
    ),
    masked=frozenset({"Credentials.SessionToken"}),
    optional=frozenset({"Credentials.*", "AssumedRoleUser.*", "FederatedUser.*", "AssumeRoot.TaskPolicyArn"}),
    added={
        "AssumeRole.IncomingTransitiveTags": "dict[str, str]",
        "AssumeRoleWithSAML.SAMLAssertionID": "str",
        "AssumeRoleWithSAML.RoleSessionName": "str",
        "AssumeRoleWithSAML.SourceIdentity": "str",
        "AssumeRoleWithSAML.PrincipalTags": "dict[str, str]",
        "AssumeRoleWithSAML.TransitiveTagKeys": "list[str]",
        "AssumeRoleWithWebIdentity.PrincipalTags": "dict[str, str]",
        "AssumeRoleWithWebIdentity.TransitiveTagKeys": "list[str]",
    },
    shown=frozenset({"GetScopedCredentials"}),
    # It needs no permission, so a denial is never IAM's but its own, of an MFA code: measured on a real record.
    keeps_denied=frozenset({"GetSessionToken"}),
)
"""STS's declaration."""
