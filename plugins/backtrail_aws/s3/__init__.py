"""S3: buckets, objects and their versions, multipart uploads.

Covered on the side of objects: PutObject, browser POST, GetObject, HeadObject, deletes one by one and in
batches, copies of objects and parts, multipart uploads, all lists with their paging, versions and delete
markers, conditions, ranges, checksums, encryption as far as answers show it, tags, ACLs, object lock,
restores, attributes.

Deviations, all on purpose:

- Encryption is what answers tell. Bodies are encrypted by the log's blob store, under the log's own key.
- Requests never overlap here, so `ConditionalRequestConflict` (409) does not occur.
- The `aws/s3` KMS key has an id that derives from account and region, as long as no KMS says better.
- A restore takes the longest time of AWS's range for its tier, engine time.
- MFA delete asks for a token and cannot tell whether it is right.
- Of a bucket that the log did not see being made, lists give what is known; a read of an unknown key, or of content
  that no record holds, is `NotInTrail`. After a foreign DeleteObjects, whose keys stand in no record, so is a list.
- Absent: directory buckets, S3 Select, torrents, object annotations, metadata tables, event holds, and the checksum
  algorithms of 2026 (MD5, SHA512, XXHASH*).
"""

from __future__ import annotations

from typing import Any

from backtrail import Service, hookimpl
from backtrail_aws.s3 import buckets as buckets
from backtrail_aws.s3 import copies as copies
from backtrail_aws.s3 import copies_parts as copies_parts
from backtrail_aws.s3 import effects as effects
from backtrail_aws.s3 import listing as listing
from backtrail_aws.s3 import listing_versions as listing_versions
from backtrail_aws.s3 import multipart as multipart
from backtrail_aws.s3 import multipart_complete as multipart_complete
from backtrail_aws.s3 import multipart_lists as multipart_lists
from backtrail_aws.s3 import object_acl as object_acl
from backtrail_aws.s3 import object_attributes as object_attributes
from backtrail_aws.s3 import object_encryption as object_encryption
from backtrail_aws.s3 import object_restore as object_restore
from backtrail_aws.s3 import object_tagging as object_tagging
from backtrail_aws.s3 import objects_delete as objects_delete
from backtrail_aws.s3 import objects_get as objects_get
from backtrail_aws.s3 import objects_put as objects_put
from backtrail_aws.s3 import retention as retention
from backtrail_aws.s3.state import service


@hookimpl
def register_services() -> list[Service[Any]]:
    """S3."""
    return [service]
