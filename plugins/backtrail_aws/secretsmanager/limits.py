"""Secrets Manager's numbers, each with its page.

QUOTAS: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
"""

from __future__ import annotations

SECRETS_MAX = 500_000  # QUOTAS: secrets per region
VALUE_MAX_BYTES = 65_536  # QUOTAS: size of an encrypted secret value
VERSIONS_MAX = 100  # QUOTAS: versions of a secret; those without a label are removed
LABELS_MAX = 20  # QUOTAS: staging labels attached across all versions
POLICY_MAX_CHARACTERS = 20_480  # QUOTAS: resource-based policy

RECOVERY_DAYS, RECOVERY_DEFAULT = (7, 30), 30  # API_DeleteSecret
PAGE = (1, 100)  # API_ListSecrets, API_ListSecretVersionIds
BATCH_PAGE, BATCH_MAX = (1, 20), 20  # API_BatchGetSecretValue
PASSWORD_LENGTH, PASSWORD_DEFAULT = (1, 4096), 32  # API_GetRandomPassword
ROTATION_DAYS = (1, 1000)  # API_RotationRulesType
TAGS_MAX, TAG_KEY_MAX, TAG_VALUE_MAX = 50, 128, 256  # API_TagResource, API_Tag
