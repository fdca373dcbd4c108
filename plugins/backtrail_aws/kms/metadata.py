"""A key as KMS describes it: https://docs.aws.amazon.com/kms/latest/APIReference/API_KeyMetadata.html"""

from __future__ import annotations

from datetime import datetime

from backtrail import UNSET, UnsetType
from backtrail.trail.times import CommaTime
from backtrail_aws.kms import api, specs
from backtrail_aws.kms.state import EXTERNAL, SYMMETRIC, Key


def of(key: Key) -> api.KeyMetadata:
    """A key's description."""
    usage = key.usage if isinstance(key.usage, str) else ""
    spec = key.spec if isinstance(key.spec, str) else ""
    material, state = key.material, key.state
    waits = state == "PendingReplicaDeletion"
    imported = key.origin == EXTERNAL and material is not None
    expires = material.expires if imported and material is not None else UNSET
    symmetric = spec == SYMMETRIC and key.origin in ("AWS_KMS", EXTERNAL)
    return api.KeyMetadata(
        aws_account_id=key.account, key_id=key.id, arn=key.arn, creation_date=at(key.made),
        enabled=state == "Enabled", description=key.description, key_usage=key.usage, key_state=state,
        deletion_date=at(key.gone_at), valid_to=at(expires), origin=key.origin,
        custom_key_store_id=key.store, cloud_hsm_cluster_id=key.cluster,
        expiration_model=UNSET if not imported else
        "KEY_MATERIAL_DOES_NOT_EXPIRE" if isinstance(expires, UnsetType) else "KEY_MATERIAL_EXPIRES",
        key_manager=key.manager, customer_master_key_spec=key.spec, key_spec=key.spec,
        encryption_algorithms=specs.encryption(spec, usage) or UNSET,
        signing_algorithms=specs.signing(spec, usage) or UNSET,
        key_agreement_algorithms=specs.agreement(spec, usage) or UNSET, mac_algorithms=specs.macs(spec, usage) or UNSET,
        multi_region=key.multi_region, multi_region_configuration=_regions(key),
        pending_deletion_window_in_days=key.window if waits else UNSET,
        xks_key_configuration=UNSET if isinstance(key.outer_id, UnsetType) else
        api.XksKeyConfigurationType(id=key.outer_id),
        current_key_material_id=material.id if symmetric and material is not None else UNSET,
    )  # fmt: skip


def _regions(key: Key) -> api.MultiRegionConfiguration | UnsetType:
    if not key.multi_region or not key.primary:
        return UNSET
    mine = key.region == key.primary

    def one(region: str) -> api.MultiRegionKey:
        return api.MultiRegionKey(arn=arn_in(key, region), region=region)

    return api.MultiRegionConfiguration(
        multi_region_key_type="PRIMARY" if mine else "REPLICA",
        primary_key=one(key.primary),
        replica_keys=[one(region) for region in key.replicas],
    )


def arn_in(key: Key, region: str) -> str:
    """The ARN of a multi-region key in another region."""
    parts = key.arn.split(":")
    parts[3] = region
    return ":".join(parts)


def at(time: datetime | UnsetType) -> CommaTime | UnsetType:
    """A time as the API has it."""
    return UNSET if isinstance(time, UnsetType) else CommaTime.of(time)
