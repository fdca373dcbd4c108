"""KMS's numbers, each with its page.

QUOTAS: https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
"""

from __future__ import annotations

KEYS_MAX = 100_000  # QUOTAS: KMS keys in each account and region, in whatever state
ALIASES_MAX = 50  # QUOTAS: aliases per KMS key
GRANTS_MAX = 50_000  # QUOTAS: grants per KMS key
POLICY_MAX_BYTES = 32_768  # QUOTAS: key policy document size
ROTATIONS_ON_DEMAND_MAX = 25  # QUOTAS: on-demand rotations per KMS key

WINDOW_DAYS, WINDOW_DEFAULT = (7, 30), 30  # API_ScheduleKeyDeletion
ROTATION_DEFAULT_DAYS = 365  # API_EnableKeyRotation
TAGS_MAX = 50  # API_TagResource
KEYS_PAGE, KEYS_PAGE_DEFAULT = 1000, 100  # API_ListKeys
ALIASES_PAGE_DEFAULT, TAGS_PAGE_DEFAULT = 50, 50  # API_ListAliases, API_ListResourceTags
GRANTS_PAGE_DEFAULT = 50  # API_ListGrants
ROTATIONS_PAGE_DEFAULT = 100  # API_ListKeyRotations
STORES_PAGE_DEFAULT = 1000  # API_DescribeCustomKeyStores
IMPORT_HOURS = 24  # API_GetParametersForImport
IMPORT_DAYS_MAX = 365  # API_ImportKeyMaterial: ValidTo
CONTEXT_MAX_CHARACTERS = 8192  # developerguide/encrypt_context.html
