"""STS's numbers, each with the page that it comes from.

API: https://docs.aws.amazon.com/STS/latest/APIReference/
QUOTAS: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""

from __future__ import annotations

SESSION_S = 3_600  # API_AssumeRole: the default
CHAINED_MAX_S = 3_600  # API_AssumeRole: role chaining
ROLE_MAX_S = 3_600  # API_AssumeRole: the MaxSessionDuration of a role that sets none
TOKEN_S = 43_200  # API_GetSessionToken, API_GetFederationToken: the default of users
ROOT_TOKEN_S = 3_600  # the same: default and most of the root
ASSUMED_ROOT_S = 900  # API_AssumeRoot: default and most
REDEEM_S = 300  # IAM UserGuide troubleshoot_saml.html: an assertion is good for five minutes

POLICY_MAX = 2_048  # QUOTAS: session policy and ARNs together, in characters
POLICY_ARNS_MAX = 10  # QUOTAS
TAGS_MAX = 50  # QUOTAS
PACKED_MAX = 1_024
"""What a session's policies and tags may take after packing, in bytes. AWS packs in a way of its own and gives only
percentages: this is a guess at their base (a small policy takes some 5 to 10 %)."""

TOKEN_BYTES = 330
"""Of a session token before base64: some 440 letters, as AWS's shortest have."""
TOKEN_MAX_BYTES = 4_096
"""Of a session token in base64: the greatest MinimumSessionTokenSize of the model."""
SECRET_LETTERS = 40

ROOT_TASKS = (  # API_AssumeRoot
    "IAMAuditRootUserCredentials",
    "IAMCreateRootUserPassword",
    "IAMDeleteRootUserCredentials",
    "S3UnlockBucketPolicy",
    "SQSUnlockQueuePolicy",
)
