"""The words that the generic rules know: verbs of actions, tails of keys, values that name nothing.

All of it is AWS's general way of naming things; nothing here names a service.
"""

from __future__ import annotations

import re
from enum import IntEnum


class Act(IntEnum):
    """What an action does to the thing that its noun names."""

    READ = 0
    TOUCH = 1
    PUT = 2  # makes or overwrites
    CREATE = 3
    COPY = 4  # makes one out of another
    START = 5  # makes one only if the answer brings an identifier that the request did not have
    ATTACH = 6
    DETACH = 7
    DELETE = 8
    SCHEDULE = 9  # will delete, may still be called off


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _table(**words: str) -> dict[str, Act]:
    return {word: Act[name.upper()] for name, text in words.items() for word in text.split()}


VERBS = _table(
    create="Create Run Allocate Register Import Upload Launch Provision Issue Subscribe",
    copy="Copy Clone Restore",
    put="Put",
    start="Start Send Submit Initiate Begin Open Execute Publish Request Purchase Invoke Export",
    delete="Delete Terminate Release Deregister Destroy Drop Unsubscribe Revoke Retire Abort Deprovision Expire",
    attach="Attach Associate Add Assign Join",
    detach="Detach Disassociate Remove Unassign Untag Leave",
    read=(
        "Get Describe List Lookup Search Query Scan Head Check Test Validate Preview Simulate "
        "Estimate Verify Select View Decode Decrypt Encrypt Poll Receive Is Can Download Discover "
        "Filter Count Detect Assume "
    ),
    touch=(
        "Modify Update Set Change Enable Disable Tag Authorize Accept Reject Stop Reboot Reset "
        "Replace Cancel Purge Rotate End Close Complete Configure Apply Activate Deactivate Confirm "
        "Move Merge Split Switch Generate Grant Increase Decrease Invite Resume Suspend Lock Unlock "
        "Synchronize Refresh Failover Promote Transfer Connect Disconnect Admin Re Notify Acknowledge "
        "Extend Renew Resend Resize Migrate Share Unshare "
    ),
)
"""Purge empties a container and leaves it standing, so it only touches the one it names."""

TRAILING = _table(create="Created", delete="Deleted Terminated Deletion", touch="Initiated Updated Changed")
"""Service events put the verb last (`JobCreated`)."""

MODIFIERS = frozenset({"Batch", "Admin", "Bulk", "Force", "Internal", "Async"})
PREPOSITIONS = frozenset({"From", "To", "With", "Without", "For", "By", "On", "In"})

RESULT_NOUNS = {
    "Allocate": ("allocation",),
    "Release": ("allocation",),
    "Associate": ("association",),
    "Disassociate": ("association",),
    "Attach": ("attachment",),
    "Detach": ("attachment",),
    "Subscribe": ("subscription",),
    "Unsubscribe": ("subscription",),
}
"""The verb's own product: AllocateAddress answers an `allocationId`, ReleaseAddress takes one."""

SYNONYMS = {"address": ("publicip", "carrierip", "ipaddress"), "keypair": ("key",)}
"""Other words by which the answer calls what the action's noun names."""

PARTS = {"object": ("key", "bucket")}
"""Nouns named by a bare key inside a parent: the identifier is `parent/key`."""

GENERIC = frozenset({"name", "arn", "id", "identifier", "names", "arns", "ids", "identifiers"})
WRAPPERS = frozenset({"items", "item", "member", "content", "result", "response", "request", "data"})
CONTAINER_TAILS = _words(
    "set list details detail metadata description descriptions info summary summaries data status result "
    "input config definition spec "
)
FAILURES = re.compile(
    r"(?:unsuccessful|failed|failures?|errors?|unprocessed|notfound|invalid)(?:\w*?(?:s|set|list))?"
)
"""Keys of an answer under which stand the parts of a batch that were not carried out."""

SKIPPED = _words(
    "tags tagset tagspecificationset tagspecification tagging taglist filterset filters environment xmlns "
    "host encryptioncontext dimensions credentials sessiontoken requestid clienttoken policydocumenthash "
)
"""Subtrees that hold data of the caller's: only what is certainly an identifier by its form is read there."""

NOT_RESOURCES = _words(
    "request clientrequest client account awsaccount owner instanceowner groupowner vpcowner eventowner "
    "requester principal attribute metric device rootdevice virtual host dns privatedns publicdns display "
    "region zone availabilityzone platform computer agent type file logfile field header engine feature "
    "awsservice service vendor country full first last rolesession external creatorrequest revision "
    "version defaultversion currentversion canonicalhostedzone event jobevent check tab policytype "
    "preference assumedrole db schema column index operation action status state method class product tag "
    "property login output server parameter registry serviceaccount customer data metering meteringrecord "
    "uniquerequest given family middle domain cipher algorithm license capability clientsource team "
    "channel awsact user_agent secretversion zones variable hostheader "
)
"""Stems of `…Id` and `…Name` keys whose values are no resources."""

ATTRIBUTES = (
    "visibility",
    "status",
    "state",
    "type",
    "configuration",
    "attribute",
    "settings",
    "description",
)
"""Ends of nouns that are a property of a thing, so that the bare noun's value is no name."""

EMPTY_VALUES = frozenset(
    {"", "*", "-", "none", "null", "true", "false", "****", "***", "hidden_due_to_security_reasons"}
)
COMMON_VALUES = frozenset(
    {"default", "all", "any", "self", "local", "root", "admin", "latest", "unknown", "n/a"}
)
"""Values that name something only where they name the action's own resource."""
