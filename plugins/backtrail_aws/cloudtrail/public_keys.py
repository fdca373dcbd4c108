"""The public keys that digests are checked with.

https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_ListPublicKeys.html
"""

from __future__ import annotations

from backtrail import Call, told
from backtrail.trail.times import CommaTime
from backtrail_aws.cloudtrail import errors
from backtrail_aws.cloudtrail.api import ListPublicKeys, ListPublicKeysResult, PublicKey
from backtrail_aws.cloudtrail.moments import micros, moment
from backtrail_aws.cloudtrail.state import CloudTrail, KeyPair, service


@service.read
def list_public_keys(state: CloudTrail, call: Call[ListPublicKeys]) -> ListPublicKeysResult:
    """The region's keys that were valid at any time of a range; of now, where no range is given."""
    params = call.params
    start, end = told(params.start_time, call.time), told(params.end_time, call.time)
    if start > end:
        # evidence: model; words: guess
        raise errors.bad_range("The start time must not be later than the end time.")
    found = [
        key
        for key in state.keys.values()
        if key.region == call.region and key.from_us <= micros(end) and micros(start) <= key.to_us
    ]
    return ListPublicKeysResult(public_key_list=[_shown(key) for key in found])


def _shown(key: KeyPair) -> PublicKey:
    return PublicKey(
        value=key.public, fingerprint=key.fingerprint, validity_start_time=CommaTime.of(moment(key.from_us)),
        validity_end_time=CommaTime.of(moment(key.to_us)),
    )  # fmt: skip
