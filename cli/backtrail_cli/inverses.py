"""Which call undoes which, as data: attributes are those of the API's parameters, in small letters.

https://docs.aws.amazon.com/service-authorization/latest/reference/ lists the actions of each service.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Inverse(NamedTuple):
    """The action that undoes another of its service, and the parameters that it takes from the call or its answer."""

    action: str
    members: tuple[str, ...]
    note: str = ""


class Prior(NamedTuple):
    """A setting that is put back as it was: how it is read, where in the answer it stands (`.` is all of it), the call
    and the member that put it, and the call that takes away what was not there."""

    read: str
    members: tuple[str, ...]
    value: str
    put: str
    member: str
    take: str = ""


def _pairs(service: str, text: str, *, both: bool = False) -> dict[tuple[str, str], Inverse]:
    """A line each: the action, the one that undoes it, the parameters; `both`: each undoes the other."""
    found: dict[tuple[str, str], Inverse] = {}
    for line in text.strip().splitlines():
        action, inverse, *members = line.split()
        found[service, action] = Inverse(inverse, tuple(members))
        if both:
            found[service, inverse] = Inverse(action, tuple(members))
    return found


def _both(service: str, one: str, other: str, members: str) -> dict[tuple[str, str], Inverse]:
    """Two actions that undo each other."""
    return _pairs(service, f"{one} {other} {members}", both=True)


_INGRESS = "group_id group_name ip_permissions cidr_ip from_port ip_protocol to_port"
_CLIENT = "open_id_connect_provider_arn client_id"
INVERSE: Final[dict[tuple[str, str], Inverse]] = {
    **_pairs("iam", """
        CreateUser DeleteUser user_name
        CreateLoginProfile DeleteLoginProfile user_name
        CreateRole DeleteRole role_name
        CreateGroup DeleteGroup group_name
        CreatePolicy DeletePolicy arn
        CreateInstanceProfile DeleteInstanceProfile instance_profile_name
        CreateSAMLProvider DeleteSAMLProvider saml_provider_arn
        CreateOpenIDConnectProvider DeleteOpenIDConnectProvider open_id_connect_provider_arn
        CreateVirtualMFADevice DeleteVirtualMFADevice serial_number
        EnableMFADevice DeactivateMFADevice user_name serial_number
        CreateServiceLinkedRole DeleteServiceLinkedRole role_name
    """),
    **_pairs("iam", """
        AttachUserPolicy DetachUserPolicy user_name policy_arn
        AttachRolePolicy DetachRolePolicy role_name policy_arn
        AttachGroupPolicy DetachGroupPolicy group_name policy_arn
        AddUserToGroup RemoveUserFromGroup user_name group_name
        AddRoleToInstanceProfile RemoveRoleFromInstanceProfile instance_profile_name role_name
        CreateAccountAlias DeleteAccountAlias account_alias
    """, both=True),
    **_both("iam", "AddClientIDToOpenIDConnectProvider", "RemoveClientIDFromOpenIDConnectProvider", _CLIENT),
    **_both("ec2", "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", _INGRESS),
    **_pairs("s3", "CreateBucket DeleteBucket bucket"),
    **_pairs("cloudtrail", "CreateTrail DeleteTrail name"),
    **_pairs("cloudtrail", "StopLogging StartLogging name", both=True),
    **_pairs("ec2", """
        CreateSecurityGroup DeleteSecurityGroup group_id
        CreateKeyPair DeleteKeyPair key_name
        ImportKeyPair DeleteKeyPair key_name
        CreateRoute DeleteRoute route_table_id destination_cidr_block destination_ipv6_cidr_block
        CreateNetworkAclEntry DeleteNetworkAclEntry network_acl_id rule_number egress
        CreateSnapshot DeleteSnapshot snapshot_id
        CreateImage DeregisterImage image_id
        CreateVolume DeleteVolume volume_id
        CreateVpc DeleteVpc vpc_id
        CreateSubnet DeleteSubnet subnet_id
        AllocateAddress ReleaseAddress allocation_id
        AssociateIamInstanceProfile DisassociateIamInstanceProfile association_id
        CreateVpcPeeringConnection DeleteVpcPeeringConnection vpc_peering_connection_id
    """),
    **_pairs("ec2", """
        AuthorizeSecurityGroupEgress RevokeSecurityGroupEgress group_id ip_permissions
        StopInstances StartInstances instance_ids
        AttachInternetGateway DetachInternetGateway internet_gateway_id vpc_id
    """, both=True),
    **_pairs("kms", """
        CreateAlias DeleteAlias alias_name
        CreateGrant RevokeGrant key_id grant_id
    """),
    **_pairs("kms", """
        DisableKey EnableKey key_id
        EnableKeyRotation DisableKeyRotation key_id
    """, both=True),
    **_pairs("secretsmanager", """
        CreateSecret DeleteSecret secret_id
        DeleteSecret RestoreSecret secret_id
    """),
    **_pairs("sns", """
        Subscribe Unsubscribe subscription_arn
        CreateTopic DeleteTopic topic_arn
        AddPermission RemovePermission topic_arn label
    """),
    **_pairs("sqs", """
        CreateQueue DeleteQueue queue_url
        AddPermission RemovePermission queue_url label
    """),
    **_pairs("lambda", """
        CreateFunction DeleteFunction function_name
        CreateFunctionUrlConfig DeleteFunctionUrlConfig function_name qualifier
        AddPermission RemovePermission function_name statement_id qualifier
        AddLayerVersionPermission RemoveLayerVersionPermission layer_name version_number statement_id
        CreateAlias DeleteAlias function_name name
        CreateEventSourceMapping DeleteEventSourceMapping uuid
    """),
    **_pairs("logs", """
        CreateLogGroup DeleteLogGroup log_group_name
        PutSubscriptionFilter DeleteSubscriptionFilter log_group_name filter_name
    """),
    **_pairs("ecr", "CreateRepository DeleteRepository repository_name"),
    **_pairs("rds", """
        CreateDBSnapshot DeleteDBSnapshot db_snapshot_identifier
        CopyDBSnapshot DeleteDBSnapshot db_snapshot_identifier
    """),
    **_pairs("rds", "StopDBInstance StartDBInstance db_instance_identifier", both=True),
}  # fmt: skip

NOTES: Final[dict[tuple[str, str], str]] = {
    ("secretsmanager", "DeleteSecret"): "only while its recovery window lasts",
    ("secretsmanager", "CreateSecret"): "it can be restored for 30 days",
}
"""What to know of an inverse."""


def _setting(
    service: str, name: str, members: str, value: str, member: str, *, of: str = "", take: bool = True,
    setter: str = "Put",
) -> dict[tuple[str, str], Prior]:  # fmt: skip
    """A setting: `Get…` reads it, `Put…` (or another setter) puts it, `Delete…` takes it away, where that is there.
    `of` is the read's name, where it is another."""
    put, gone = f"{setter}{name}", f"Delete{name}" if take else ""
    prior = Prior(f"Get{of or name}", tuple(members.split()), value, put, member, gone)
    return {(service, action): prior for action in (put, gone) if action}


def _documents() -> dict[tuple[str, str], Prior]:
    """Inline policies and boundaries of users, roles and groups."""
    found: dict[tuple[str, str], Prior] = {}
    for kind in ("user", "role", "group"):
        name = kind.capitalize()
        found |= _setting(
            "iam", f"{name}Policy", f"{kind}_name policy_name", "policy_document", "policy_document"
        )
        if kind != "group":
            value = f"{kind}.permissions_boundary.permissions_boundary_arn"
            found |= _setting(
                "iam", f"{name}PermissionsBoundary", f"{kind}_name", value, "permissions_boundary", of=name
            )
    return found


def _lifecycle() -> dict[tuple[str, str], Prior]:
    """S3's one setting whose taking away has another name."""
    name = "BucketLifecycleConfiguration"
    prior = Prior(
        f"Get{name}", ("bucket",), ".", f"Put{name}", "lifecycle_configuration", "DeleteBucketLifecycle"
    )
    return {("s3", prior.put): prior, ("s3", prior.take): prior}


_ENCRYPTION, _BLOCK = "server_side_encryption_configuration", "public_access_block_configuration"
PRIOR: Final[dict[tuple[str, str], Prior]] = {
    **_documents(),
    **_setting(
        "iam", "AssumeRolePolicy", "role_name", "role.assume_role_policy_document", "policy_document", of="Role",
        take=False, setter="Update",
    ),
    **_setting(
        "iam", "DefaultPolicyVersion", "policy_arn", "policy.default_version_id", "version_id", of="Policy", take=False,
        setter="Set",
    ),
    **_setting("s3", "BucketPolicy", "bucket", "policy", "policy"),
    **_setting("s3", "BucketVersioning", "bucket", ".", "versioning_configuration", take=False),
    **_setting("s3", "PublicAccessBlock", "bucket", _BLOCK, _BLOCK),
    **_setting("s3", "BucketAcl", "bucket", ".", "access_control_policy", take=False),
    **_setting("s3", "BucketEncryption", "bucket", _ENCRYPTION, _ENCRYPTION),
    **_setting("s3", "BucketLogging", "bucket", ".", "bucket_logging_status", take=False),
    **_setting("s3", "BucketReplication", "bucket", "replication_configuration", "replication_configuration"),
    **_setting("s3", "BucketNotificationConfiguration", "bucket", ".", "notification_configuration", take=False),
    **_setting("s3", "BucketCors", "bucket", ".", "cors_configuration"),
    **_setting("s3", "BucketWebsite", "bucket", ".", "website_configuration"),
    **_setting("s3", "BucketTagging", "bucket", ".", "tagging"),
    **_setting("s3", "BucketOwnershipControls", "bucket", "ownership_controls", "ownership_controls"),
    **_lifecycle(),
    **_setting("kms", "KeyPolicy", "key_id", "policy", "policy", take=False),
    **_setting("secretsmanager", "ResourcePolicy", "secret_id", "resource_policy", "resource_policy"),
    **_setting("ecr", "RepositoryPolicy", "repository_name", "policy_text", "policy_text", setter="Set"),
    **_setting("lambda", "FunctionUrlConfig", "function_name", "auth_type", "auth_type", take=False, setter="Update"),
}  # fmt: skip

FIXED: Final[dict[tuple[str, str], dict[str, object]]] = {
    ("kms", "PutKeyPolicy"): {"policyName": "default"},
}
"""What a call takes besides, by the record's names."""

NEVER: Final = {
    "DeleteObject": "the object is gone, unless the bucket kept versions: restore it from a backup",
    "DeleteObjects": "the objects are gone, unless the bucket kept versions: restore them from a backup",
    "PurgeQueue": "the messages are gone", "DeleteLogGroup": "the log events are gone",
    "DeleteBucket": "make it again under its name while nobody else has it; what was in it is gone",
    "SendMessage": "the message may have been received", "Publish": "the message was delivered",
    "Invoke": "the function ran", "SendCommand": "the command ran",
    "UpdateLoginProfile": "the old password is nowhere: set a new one, or take the console away",
    "DeleteLoginProfile": "the password is gone: set a new one",
    "DeleteAccessKey": "the secret is gone: make a new key",
    "ChangePassword": "the old password is nowhere: set a new one",
    "DeactivateMFADevice": "the device has to be enabled again by who holds it, with two of its codes",
    "UpdateFunctionCode": "no record holds code: publish what was there before from its source",
    "TerminateInstances": "the machine is gone, and the disks that went with it", "DeleteVolume": "the disk is gone",
    "DeleteSnapshot": "the snapshot is gone, unless the recycle bin kept it",
    "DeleteTopic": "make it again; its subscriptions are gone", "DeleteQueue": "make it again; its messages are gone",
    "DeleteDBInstance": "restore it from a snapshot", "DeleteKey": "the key is gone, and all that it encrypted",
    "DeleteParameter": "its value is encrypted in the log: put it again from where it came from",
    "RemovePermission": "the record does not tell what the statement said: see `backtrail history`",
}  # fmt: skip
"""What nothing undoes, and what to do instead."""
