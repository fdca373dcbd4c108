"""S3: buckets, objects and their versions, multipart uploads.

Covered on the side of objects: PutObject, browser POST, GetObject, HeadObject, deletes one by one and in
batches, copies of objects and parts, multipart uploads, all lists with their paging, versions and delete
markers, conditions, ranges, checksums, encryption as far as answers show it, tags, ACLs, object lock,
restores, attributes.

And on the side of buckets: their life, names and regions; policies (structure and whether they are public), ACLs,
ownership, blocks of public access; cross-origin rules with preflights; websites; versioning, object lock, tags,
encryption, logging, requester pays, acceleration, attribute-based access; lifecycle rules, which act at midnight UTC;
notifications to queues, topics, functions and EventBridge; and, kept and checked but without effect as yet:
replication, inventories, analytics, metrics and archive tiers.

Deviations, all on purpose:

- A bucket has the defaults of the day it was made: private since April 2023, no customers' keys since April 2026.
- While IAM is off, access is the owner's account's, and what policies without conditions and ACLs say (`access`).
- A notification's destination is asked whether it exists and lets S3 tell it, where its service is served here;
  else it is taken as it is.
- What a lifecycle rule does to an object is a record of its own, which AWS's CloudTrail lacks; a rule that is put
  acts at the next midnight.
- Encryption is what answers tell. Bodies are encrypted by the log's blob store, under the log's own key.
- Requests never overlap here, so `ConditionalRequestConflict` (409) does not occur.
- A KMS key that cannot be used, or that the caller may not use, refuses objects to be written or read; its use is no
  record of its own. One that KMS does not know is taken to be good.
- A restore takes the longest time of AWS's range for its tier, engine time.
- MFA delete asks for a token and cannot tell whether it is right.
- Of a bucket that the log did not see being made, lists give what is known; a read of an unknown key, or of content
  that no record holds, is `NotInTrail`. After a foreign DeleteObjects, whose keys stand in no record, so is a list.
- Select reads CSV and JSON; beside a number, CSV text that is one counts as a number.
- Absent: directory buckets, Select's Parquet, torrents, object annotations, metadata tables, event holds, and the
  checksum algorithms of 2026 (MD5, SHA512, XXHASH*).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from backtrail import Service, hookimpl
from backtrail_aws.s3 import baseline as baseline
from backtrail_aws.s3 import bucket_acl as bucket_acl
from backtrail_aws.s3 import bucket_analytics as bucket_analytics
from backtrail_aws.s3 import bucket_billing as bucket_billing
from backtrail_aws.s3 import bucket_cors as bucket_cors
from backtrail_aws.s3 import bucket_encryption as bucket_encryption
from backtrail_aws.s3 import bucket_inventory as bucket_inventory
from backtrail_aws.s3 import bucket_lifecycle as bucket_lifecycle
from backtrail_aws.s3 import bucket_logging as bucket_logging
from backtrail_aws.s3 import bucket_metrics as bucket_metrics
from backtrail_aws.s3 import bucket_notification as bucket_notification
from backtrail_aws.s3 import bucket_object_lock as bucket_object_lock
from backtrail_aws.s3 import bucket_ownership as bucket_ownership
from backtrail_aws.s3 import bucket_policy as bucket_policy
from backtrail_aws.s3 import bucket_public_access as bucket_public_access
from backtrail_aws.s3 import bucket_replication as bucket_replication
from backtrail_aws.s3 import bucket_tagging as bucket_tagging
from backtrail_aws.s3 import bucket_tiering as bucket_tiering
from backtrail_aws.s3 import bucket_versioning as bucket_versioning
from backtrail_aws.s3 import bucket_website as bucket_website
from backtrail_aws.s3 import buckets as buckets
from backtrail_aws.s3 import buckets_list as buckets_list
from backtrail_aws.s3 import copies as copies
from backtrail_aws.s3 import copies_parts as copies_parts
from backtrail_aws.s3 import effects as effects
from backtrail_aws.s3 import evidence as evidence
from backtrail_aws.s3 import exposure as exposure
from backtrail_aws.s3 import lifecycle as lifecycle
from backtrail_aws.s3 import listing as listing
from backtrail_aws.s3 import listing_versions as listing_versions
from backtrail_aws.s3 import multipart as multipart
from backtrail_aws.s3 import multipart_complete as multipart_complete
from backtrail_aws.s3 import multipart_lists as multipart_lists
from backtrail_aws.s3 import notifications as notifications
from backtrail_aws.s3 import object_acl as object_acl
from backtrail_aws.s3 import object_attributes as object_attributes
from backtrail_aws.s3 import object_encryption as object_encryption
from backtrail_aws.s3 import object_restore as object_restore
from backtrail_aws.s3 import object_tagging as object_tagging
from backtrail_aws.s3 import objects_delete as objects_delete
from backtrail_aws.s3 import objects_get as objects_get
from backtrail_aws.s3 import objects_put as objects_put
from backtrail_aws.s3 import retention as retention
from backtrail_aws.s3 import select as select
from backtrail_aws.s3.state import service

if TYPE_CHECKING:
    from backtrail.wire import HttpAnswer, HttpRequest
    from backtrail.wire.addressing import Address
    from backtrail_aws.s3.post import Host


@hookimpl
def register_services() -> list[Service[Any]]:
    """S3."""
    return [service]


@hookimpl
def answer_http(engine: Host, request: HttpRequest, address: Address, client: str) -> Any:
    """Browsers' forms and preflights, and websites."""
    from backtrail_aws.s3 import http, post  # they read the wire, which those who only fold need not load

    if post.is_form(request):
        return post.answer_form(engine, request, address, client)
    return http.answer(engine, request, address, client)


@hookimpl
def answered_http(engine: Host, request: HttpRequest, answer: HttpAnswer) -> None:
    """What a bucket's cross-origin rules let a browser see."""
    from backtrail_aws.s3 import http

    http.allow_origin(engine, request, answer)
