"""The forms of identifiers: ARNs, ids that AWS mints, URLs, and the names inside them."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

# i-0123456789abcdef0, subnet-1a2b3c4d, tgw-attach-…: 8 to 17 hexadecimal digits,
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
MINTED = re.compile(r"[a-z][a-z0-9]{0,15}(?:-[a-z]{1,15}){0,2}-[0-9a-f]{8,17}")
_MINTED_IN_TEXT = re.compile(rf"(?<![\w:/-]){MINTED.pattern}(?![\w-])")
_ARN_IN_TEXT = re.compile(r"arn:aws[\w-]*:[\w-]+:[\w-]*:[\w-]*:[^\s\"'<>,\\()\[\]{}]+")
_HASH = re.compile(r"[0-9a-f]{16,}|[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
# Secrets Manager ends an ARN with a hyphen and six random characters,
# https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
_RANDOM_SUFFIX = re.compile(r"(.+)-(?=[A-Za-z]*[A-Z0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{6}$")
_NAMED_PART = re.compile(r"Name/([^:]+)$")
_CHILDREN = frozenset({"index", "stream", "backup", "export", "import", "version", "consumer"})
_NO_NAME = frozenset({"root", "assumed-role", "federated-user"})
# ARNs with neither region nor account name a bucket and a key in it, but for these resource types,
# https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
_KINDS_WITHOUT_ACCOUNT = frozenset(
    {
        "hostedzone",
        "change",
        "healthcheck",
        "delegationset",
        "trafficpolicy",
        "trafficpolicyinstance",
        "queryloggingconfig",
        "cidrcollection",
        "instance",
        "permissionSet",
        "account",
        "trustedTokenIssuer",
        "application",
    }
)


class Arn(NamedTuple):
    """An ARN taken apart: kind is its resource type in lower case without hyphens, `names` other spellings
    of it.

    Each name says whether it can only mean this resource; `parents` are what it stands in.
    """

    service: str
    account: str
    kind: str
    names: tuple[tuple[str, bool], ...]
    parents: tuple[str, ...]

    @property
    def type(self) -> str:
        """`service:kind`, or the service alone where the ARN has no resource type."""
        return f"{self.service}:{self.kind}" if self.kind else self.service


@lru_cache(maxsize=1 << 16)
def parse(arn: str) -> Arn | None:
    """An ARN taken apart; None for other texts, and for one that names many things or none."""
    parts = arn.split(":", 5)
    if len(parts) != 6 or parts[0] != "arn" or not parts[2] or not parts[5]:
        return None
    service, region, account, resource = parts[2], parts[3], parts[4], parts[5].removeprefix("/")
    if "*" in resource or resource.endswith(("/", ":")) or not resource:
        return None
    if "arn:" in resource:
        return Arn(service, account, "", (), ())  # a path that holds another ARN
    if not region and not account:
        return _bucket_like(service, resource)
    kind, separator, rest = _kind(resource)
    if not separator:
        return Arn(service, account, "", () if resource in _NO_NAME else ((resource, True),), ())
    if kind in _NO_NAME or not rest:
        return Arn(service, account, _flat(kind), (), ())
    names, parents = (_by_slash if separator == "/" else _by_colon)(arn, rest)
    return Arn(service, account, _flat(kind), names, parents)


def _flat(kind: str) -> str:
    return kind.replace("-", "").replace("_", "").lower()


def _kind(resource: str) -> tuple[str, str, str]:
    slash, colon = resource.find("/"), resource.find(":")
    separator = "/" if slash >= 0 and (colon < 0 or slash < colon) else ":"
    return resource.partition(separator)


def _bucket_like(service: str, resource: str) -> Arn:
    """ARNs without region and account name a container, or a thing in it, by the name alone."""
    head, slash, rest = resource.partition("/")
    if head in _KINDS_WITHOUT_ACCOUNT:
        return Arn(service, "", _flat(head), ((rest, True),) if rest else (), ())
    parents = (f"arn:aws:{service}:::{head}", head) if slash else ()
    return Arn(service, "", "object" if slash else "", ((resource, True),), parents)


def _by_slash(arn: str, rest: str) -> tuple[tuple[tuple[str, bool], ...], tuple[str, ...]]:
    parts = rest.split("/")
    if len(parts) == 1:
        return ((rest, True),), ()
    last = parts[-1]
    if len(parts) >= 3 and parts[1] in _CHILDREN:
        return ((rest, True),), (arn[: len(arn) - len(rest) + len(parts[0])], parts[0])
    if _HASH.fullmatch(last):
        return ((rest, True), (last, True), (parts[-2], False)), ()
    return ((rest, True), (last, False)), ()


def _by_colon(arn: str, rest: str) -> tuple[tuple[tuple[str, bool], ...], tuple[str, ...]]:
    named = _NAMED_PART.search(rest)
    if named:
        return ((named[1], True),), ()
    parts = rest.split(":")
    if len(parts) == 1:
        random = _RANDOM_SUFFIX.match(rest)
        return ((rest, True), (random[1], False)) if random else ((rest, True),), ()
    parent = arn[: len(arn) - len(rest) + len(parts[0])]
    last = parts[-1]
    named_last = ((last, False),) if len(last) > 4 and not last.isdigit() else ()
    return ((rest, True), *named_last), (parent, parts[0])


def trimmed(arn: str) -> str:
    """An ARN without the wildcard at its end that policies and log groups write (`…:*`, `…/*`) and stray
    dots."""
    arn = arn.rstrip(".;")
    if arn.endswith(":*") and arn.count(":") > 6:
        return arn[:-2]
    if arn.endswith("/*") and arn.count(":") == 5 and ":::" in arn:
        return arn[:-2]
    return arn


def arns_in(text: str) -> list[str]:
    """The ARNs inside a longer text (a policy, a message), each ready for `parse`."""
    return [trimmed(found) for found in _ARN_IN_TEXT.findall(text)]


def minted_in(text: str) -> list[str]:
    """The minted ids inside a longer text."""
    return _MINTED_IN_TEXT.findall(text)


def url_name(url: str) -> str | None:
    """The name at the end of a resource's URL (a queue's), None where there is no path."""
    head, _, last = url.rpartition("/")
    return last if last and head.count("/") >= 2 else None
