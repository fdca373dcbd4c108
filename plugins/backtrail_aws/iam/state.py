"""What IAM knows of one account, and the service that keeps it.

Users, groups, roles, policies, instance profiles and server certificates are keyed by their name in small letters:
names "are not distinguished by case", https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html.
UNSET is what no record told. `implied_by` is the id of the record that implied a thing which no record made. What is
marked `Sealed` is a secret: it came from a record's sealed part, and nothing that shows a State should show it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from typing import TypeVar

import msgspec

from backtrail import UNSET, Scope, Sealed, Service, SortedMap, State, UnsetType, field
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import limits
from backtrail_aws.iam.limits import QUOTAS
from backtrail_aws.iam.trail import TRAIL

T = TypeVar("T", bound=msgspec.Struct)


class Links(msgspec.Struct):
    """A relation of many to many, looked up from both ends in sorted order."""

    rights: dict[str, list[str]] = {}
    lefts: dict[str, list[str]] = {}

    def of(self, left: str) -> list[str]:
        """What is linked to a left end, sorted."""
        return self.rights.get(left, [])

    def to(self, right: str) -> list[str]:
        """What a right end is linked to, sorted."""
        return self.lefts.get(right, [])

    def has(self, left: str, right: str) -> bool:
        """Whether the two are linked, in O(log n)."""
        found = self.rights.get(left, [])
        index = bisect_left(found, right)
        return index < len(found) and found[index] == right

    def add(self, left: str, right: str) -> None:
        """Link the two; again is once."""
        if not self.has(left, right):
            insort(self.rights.setdefault(left, []), right)
            insort(self.lefts.setdefault(right, []), left)

    def remove(self, left: str, right: str) -> None:
        """Unlink the two, if they are linked."""
        if self.has(left, right):
            _drop(self.rights, left, right)
            _drop(self.lefts, right, left)

    def drop_left(self, left: str) -> None:
        """Unlink a left end from all."""
        for right in list(self.of(left)):
            self.remove(left, right)

    def drop_right(self, right: str) -> None:
        """Unlink a right end from all."""
        for left in list(self.to(right)):
            self.remove(left, right)

    def rename_left(self, old: str, new: str) -> None:
        """Move a left end's links to another name."""
        for right in list(self.of(old)):
            self.remove(old, right)
            self.add(new, right)

    def rename_right(self, old: str, new: str) -> None:
        """Move a right end's links to another name."""
        for left in list(self.to(old)):
            self.remove(left, old)
            self.add(left, new)


class Thing(msgspec.Struct, kw_only=True):
    """What all that has an ARN and a name has."""

    name: str
    arn: str
    path: str | UnsetType = UNSET
    id: str | UnsetType = UNSET
    created: SpacedTime | UnsetType = UNSET
    tags: dict[str, str] = {}
    implied_by: str = ""


class Entity(Thing, kw_only=True):
    """A user, a group or a role: what policies can be put into."""

    inline: dict[str, str] = {}


class LoginProfile(msgspec.Struct, kw_only=True):
    """A user's console password: its hash, and those of the passwords before it, the newest first."""

    created: SpacedTime | UnsetType = UNSET
    reset_required: bool | UnsetType = UNSET
    session_s: int | UnsetType = UNSET
    changed: SpacedTime | UnsetType = UNSET
    hash: str | UnsetType = UNSET
    former: list[str] = []


class SshKey(msgspec.Struct, kw_only=True):
    """An SSH public key, as it was uploaded."""

    id: str
    body: str | UnsetType = UNSET
    fingerprint: str | UnsetType = UNSET
    status: str = "Active"
    uploaded: SpacedTime | UnsetType = UNSET


class SigningCertificate(msgspec.Struct, kw_only=True):
    """An X.509 certificate that a user signs requests with."""

    id: str
    body: str | UnsetType = UNSET
    status: str = "Active"
    uploaded: SpacedTime | UnsetType = UNSET


class ServiceCredential(msgspec.Struct, kw_only=True):
    """A user's credential for one service: a name and a password, or an alias and a secret."""

    id: str
    service: str | UnsetType = UNSET
    user_name: str | UnsetType = UNSET
    alias: str | UnsetType = UNSET
    secret: Sealed[str] | UnsetType = UNSET
    status: str = "Active"
    created: SpacedTime | UnsetType = UNSET
    expires: SpacedTime | UnsetType = UNSET


class User(Entity, kw_only=True):
    """A user, or the root of the account with the name "". `login` is None for one who has no password."""

    password_last_used: SpacedTime | UnsetType = UNSET
    login: LoginProfile | UnsetType | None = None
    keys: list[str] = []
    ssh_keys: dict[str, SshKey] = {}
    certificates: dict[str, SigningCertificate] = {}
    credentials: dict[str, ServiceCredential] = {}


class Group(Entity, kw_only=True):
    """A group; who is in it is in `Iam.members`."""


class Role(Entity, kw_only=True):
    """A role, service-linked where its path says so."""

    trust: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    session_s: int | UnsetType = UNSET
    signin_session_s: int | UnsetType = UNSET


class AccessKey(msgspec.Struct, kw_only=True):
    """An access key; deleted ones stay as tombstones, so that they never become somebody else's."""

    id: str
    account: str
    user: str
    secret: Sealed[str] | UnsetType = UNSET
    status: str = "Active"
    created: SpacedTime | UnsetType = UNSET


class Version(msgspec.Struct, kw_only=True):
    """One version of a managed policy."""

    document: str | UnsetType = UNSET
    created: SpacedTime | UnsetType = UNSET


class Policy(Thing, kw_only=True):
    """A customer's managed policy. `last` is the highest version number ever given."""

    description: str | UnsetType = UNSET
    updated: SpacedTime | UnsetType = UNSET
    default: str | UnsetType = UNSET
    last: int = 0
    versions: dict[str, Version] = {}


class InstanceProfile(Thing, kw_only=True):
    """An instance profile; its role is in `Iam.profile_roles`."""


class ServerCertificate(Thing, kw_only=True):
    """A server certificate with its private key."""

    body: str | UnsetType = UNSET
    chain: str | UnsetType = UNSET
    private_key: Sealed[str] | UnsetType = UNSET
    expires: SpacedTime | UnsetType = UNSET


class MfaDevice(Thing, kw_only=True):
    """An MFA device under its serial number (which is a virtual device's ARN). `user` is "" for the root's."""

    virtual: bool = True
    seed: Sealed[str] | UnsetType = UNSET
    user: str | None = None
    enabled: SpacedTime | UnsetType = UNSET
    drift_steps: int = 0


class ContextProvider(msgspec.Struct, kw_only=True):
    """How tokens of an identity provider name their subject (trusted identity propagation)."""

    subject_source_key: str
    subject_type_value: str | UnsetType = UNSET
    subject_type_source_key: str | UnsetType = UNSET
    keys: list[tuple[str, str | None]] | UnsetType = UNSET


class Provider(Thing, kw_only=True):
    """What both kinds of identity providers have."""

    context: ContextProvider | UnsetType = UNSET
    identity_center: str | UnsetType = UNSET


class OidcProvider(Provider, kw_only=True):
    """An OpenID Connect provider; its name is its URL without the scheme."""

    clients: list[str] = []
    thumbprints: list[str] = []


class SamlProvider(Provider, kw_only=True):
    """A SAML provider. `private_keys` is by id: when it was added, and the key."""

    metadata: str | UnsetType = UNSET
    expires: SpacedTime | UnsetType = UNSET
    encryption: str | UnsetType = UNSET
    private_keys: dict[str, tuple[SpacedTime, str | None]] = {}


class PasswordPolicy(msgspec.Struct, kw_only=True):
    """An account's own password policy."""

    minimum_length: int
    symbols: bool
    numbers: bool
    uppercase: bool
    lowercase: bool
    change: bool
    max_age_days: int | UnsetType = UNSET
    remembered: int | UnsetType = UNSET
    hard_expiry: bool | UnsetType = UNSET


class Deletion(msgspec.Struct, kw_only=True):
    """The deletion of a service-linked role: what was holding it, where it failed."""

    role: str
    holders: list[str] = []


class Job(msgspec.Struct, kw_only=True):
    """A report on the use of permissions: about whom (an ARN, or a path of an organization), in which detail."""

    about: str
    level: str
    begun: SpacedTime


class Report(msgspec.Struct, kw_only=True):
    """A credential report as it was generated."""

    generated: SpacedTime
    content: str


def _root() -> User:
    return User(name="", arn="")


class Iam(State):
    """All of one account's IAM."""

    users: SortedMap[str, User] = field(default_factory=SortedMap[str, User])
    groups: SortedMap[str, Group] = field(default_factory=SortedMap[str, Group])
    roles: SortedMap[str, Role] = field(default_factory=SortedMap[str, Role])
    policies: SortedMap[str, Policy] = field(default_factory=SortedMap[str, Policy])
    instance_profiles: SortedMap[str, InstanceProfile] = field(
        default_factory=SortedMap[str, InstanceProfile]
    )
    server_certificates: SortedMap[str, ServerCertificate] = field(
        default_factory=SortedMap[str, ServerCertificate]
    )
    mfa_devices: SortedMap[str, MfaDevice] = field(default_factory=SortedMap[str, MfaDevice])
    oidc_providers: SortedMap[str, OidcProvider] = field(default_factory=SortedMap[str, OidcProvider])
    saml_providers: SortedMap[str, SamlProvider] = field(default_factory=SortedMap[str, SamlProvider])
    keys: dict[str, AccessKey] = {}
    root: User = field(default_factory=_root)
    members: Links = field(default_factory=Links)
    attachments: Links = field(default_factory=Links)
    boundaries: Links = field(default_factory=Links)
    profile_roles: Links = field(default_factory=Links)
    devices: Links = field(default_factory=Links)
    aws_policies: dict[str, Policy] = {}
    alias: str | None = None
    password_policy: PasswordPolicy | None = None
    token_version: str = "v1Token"
    deletions: dict[str, Deletion] = {}
    gone: dict[str, bool] = {}
    report: Report | None = None
    jobs: dict[str, Job] = {}
    root_features: list[str] = []


_COMMON = "https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html"

service: Service[Iam] = Service(
    "iam",
    Iam,
    scope=Scope.ACCOUNT,
    trail=TRAIL,
    validate=True,
    quotas=QUOTAS,
    errors={"AccessDenied": _COMMON, "InvalidClientTokenId": _COMMON, "ValidationError": _COMMON},
)
limits.declare(service)


def key_of(name: str) -> str:
    """The key under which a name is kept."""
    return name.lower()


def fill(old: T, made: T) -> T:
    """An inferred thing takes all that the record of its making tells; what was learnt of it before stays."""
    for name in made.__struct_fields__:
        value = getattr(made, name)
        if value is not UNSET and value is not None and value != {} and value != []:
            setattr(old, name, value)
    return old


def _drop(table: dict[str, list[str]], key: str, value: str) -> None:
    found = table[key]
    del found[bisect_left(found, value)]
    if not found:
        del table[key]
