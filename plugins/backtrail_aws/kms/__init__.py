"""KMS: keys and their cryptography, aliases, grants, policies, rotation, deletion, imported material, replicas.

What KMS makes derives from the log's key and stands nowhere; what has two halves, or was imported, is sealed. So a key
that a foreign trail made encrypts, too, but what AWS encrypted cannot be decrypted.

Not covered: SM2 and ML-KEM keys, ED25519_PH_SHA_512, custom key stores (kept as records tell of them; none can be made
here), Nitro enclaves, rotation of imported material, GetKeyLastUsage. AWS's own keys are there when they are asked for
(`alias/aws/s3`), and in no list.
"""

from __future__ import annotations

from backtrail import Service, hookimpl
from backtrail_aws.kms import (
    access,
    aliases,
    data_keys,
    deletion,
    effects,
    encryption,
    grants,
    importing,
    keys,
    policies,
    replicas,
    rotation,
    signatures,
    stores,
    tags,
)
from backtrail_aws.kms import baseline as baseline
from backtrail_aws.kms import diagnosis as diagnosis
from backtrail_aws.kms import exposure as exposure
from backtrail_aws.kms.state import Kms, service

__all__ = [
    "access", "aliases", "data_keys", "deletion", "effects", "encryption", "grants", "importing", "keys", "policies",
    "register_services", "replicas", "rotation", "service", "signatures", "stores", "tags",
]  # fmt: skip


@hookimpl
def register_services() -> list[Service[Kms]]:
    """KMS."""
    return [service]
