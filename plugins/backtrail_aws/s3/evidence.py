"""What failures of foreign calls prove: an object that was read and not there is gone.

Our own failures pass here too, and prove what the state already says.
"""

from __future__ import annotations

from typing import TypeVar

from backtrail import UNSET, Event
from backtrail_aws.s3 import api, versions
from backtrail_aws.s3.state import NULL, S3, ObjectVersion, service

G = TypeVar("G", api.GetObject, api.HeadObject)


@service.evidence
def object_not_found(state: S3, event: Event[api.GetObject, None]) -> None:
    """NoSuchKey: the key has no current object; NoSuchVersion: the version is gone."""
    _gone(state, event)


@service.evidence
def object_not_headed(state: S3, event: Event[api.HeadObject, None]) -> None:
    """The same of HEAD."""
    _gone(state, event)


def _gone(state: S3, event: Event[G, None]) -> None:
    params = event.params
    bucket = state.buckets.get(params.bucket)
    if bucket is None:
        return
    if event.error == "NoSuchVersion" and params.version_id is not UNSET:
        versions.remove(state, bucket, params.key, params.version_id, event.time)
    if event.error != "NoSuchKey" or params.key not in bucket.objects:
        return
    told = versions.recorded_id(bucket, event, UNSET, "marker")
    if told == NULL:
        versions.remove(state, bucket, params.key, NULL, event.time)
    else:
        marker = ObjectVersion(
            version_id=told, modified=versions.second(event.time), owner=bucket.account, delete_marker=True
        )
        versions.put(state, bucket, params.key, marker, event.time)
