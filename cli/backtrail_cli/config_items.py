"""AWS Config's items as answers of the reads that show the same: each a fact of the moment when it was captured.

Snapshots and histories (`ConfigSnapshot…json.gz`, `get-resource-config-history`) have `configurationItems`;
`select-resource-config` has `Results`, each an item as a text.
https://docs.aws.amazon.com/config/latest/developerguide/config-item-table.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple, cast

import msgspec

Json = dict[str, Any]


class Item(NamedTuple):
    """One resource as Config captured it: an answer that shows it, or why there is none; when, whose and where."""

    kind: str
    id: str
    answer: Json | None
    why: str
    time: datetime | None
    account: str | None
    region: str | None


def items(given: Json) -> list[Json] | None:
    """The items of a file; None where it is none of Config's."""
    for name in ("configurationItems", "baseConfigurationItems"):
        if isinstance(given.get(name), list):
            return [cast("Json", one) for one in cast("list[Any]", given[name]) if isinstance(one, dict)]
    results = given.get("Results")
    if isinstance(results, list) and (
        "QueryInfo" in given or all(isinstance(one, str) for one in cast("list[Any]", results))
    ):
        return list(_selected(cast("list[Any]", results)))
    return None


def _selected(results: list[Any]) -> Iterator[Json]:
    for one in results:
        try:
            found = msgspec.json.decode(one) if isinstance(one, str) else one
        except msgspec.DecodeError:
            found = {}
        yield cast("Json", found) if isinstance(found, dict) else {}


def read(item: Json) -> Item:
    """What an item tells."""
    kind, identifier = (
        str(item.get("resourceType") or ""),
        str(item.get("resourceId") or item.get("resourceName") or ""),
    )
    status = str(item.get("configurationItemStatus") or "")
    answer: Json | None = None
    why = ""
    if status.startswith("ResourceDeleted"):
        why = "it was deleted: what is gone tells of nothing that there is"
    elif kind not in _ANSWERS:
        why = "no plugin learns from items of this type"
    else:
        answer = _ANSWERS[kind](item, _configuration(item))
        why = "" if answer is not None else "it has no configuration"
    return Item(
        kind, identifier, answer, why, _time(item), _text(item, "awsAccountId", "accountId"),
        None if (region := _text(item, "awsRegion")) == "global" else region,
    )  # fmt: skip


def _text(item: Json, *names: str) -> str | None:
    return next((value for name in names if isinstance(value := item.get(name), str) and value), None)


def _time(item: Json) -> datetime | None:
    text = _text(item, "configurationItemCaptureTime")
    try:
        found = datetime.fromisoformat(text) if text is not None else None
    except ValueError:
        return None
    return found if found is None or found.tzinfo else found.replace(tzinfo=UTC)


def _configuration(item: Json) -> Json:
    """The configuration: an object, or a text that holds one."""
    return _object(item.get("configuration"))


def _object(value: Any) -> Json:
    if isinstance(value, str):
        try:
            value = msgspec.json.decode(value)
        except msgspec.DecodeError:
            return {}
    return cast("Json", value) if isinstance(value, dict) else {}


def _listed(name: str) -> Callable[[Json, Json], Json | None]:
    """A list of one."""
    return lambda item, shown: {name: [shown]} if shown else None


def _one(name: str) -> Callable[[Json, Json], Json | None]:
    """An answer about one."""
    return lambda item, shown: {name: shown} if shown else None


def _entity(name: str) -> Callable[[Json, Json], Json | None]:
    """One of what `get-account-authorization-details` lists; it says nothing of who else is there."""
    empty = {one: list[Any]() for one in ("UserDetailList", "GroupDetailList", "RoleDetailList", "Policies")}

    def answer(item: Json, shown: Json) -> Json | None:
        return {**empty, name: [shown], "IsTruncated": True} if shown else None

    return answer


def _bucket(item: Json, shown: Json) -> Json | None:
    name = shown.get("name") or item.get("resourceName") or item.get("resourceId")
    if not name:
        return None
    made = shown.get("creationDate") or item.get("resourceCreationTime")
    return {"Buckets": [{"Name": name, "CreationDate": made, "BucketRegion": item.get("awsRegion")}]}


def _attributes(name: str) -> Callable[[Json, Json], Json | None]:
    """Attributes by name; what holds its resource's ARN is the first that matters."""

    def answer(item: Json, shown: Json) -> Json | None:
        texts = {
            key: one if isinstance(one, str) else msgspec.json.encode(one).decode()
            for key, one in shown.items()
        }
        arn = texts.get(name) or item.get("ARN") or item.get("arn")
        return {"Attributes": {**texts, name: arn}} if arn else None

    return answer


_ANSWERS: Final[Mapping[str, Callable[[Json, Json], Json | None]]] = {
    "AWS::CloudTrail::Trail": _listed("trailList"),
    "AWS::EC2::EIP": _listed("Addresses"),
    "AWS::EC2::Instance": lambda item, shown: {"Reservations": [{"Instances": [shown]}]} if shown else None,
    "AWS::EC2::InternetGateway": _listed("InternetGateways"),
    "AWS::EC2::RouteTable": _listed("RouteTables"),
    "AWS::EC2::SecurityGroup": _listed("SecurityGroups"),
    "AWS::EC2::Subnet": _listed("Subnets"),
    "AWS::EC2::VPC": _listed("Vpcs"),
    "AWS::EC2::Volume": _listed("Volumes"),
    "AWS::ECR::Repository": _listed("repositories"),
    "AWS::ECS::Cluster": _listed("clusters"),
    "AWS::EKS::Cluster": _one("cluster"),
    "AWS::IAM::Group": _entity("GroupDetailList"),
    "AWS::IAM::Policy": _entity("Policies"),
    "AWS::IAM::Role": _entity("RoleDetailList"),
    "AWS::IAM::User": _entity("UserDetailList"),
    "AWS::KMS::Key": _one("KeyMetadata"),
    "AWS::Lambda::Function": _listed("Functions"),
    "AWS::RDS::DBCluster": _listed("DBClusters"),
    "AWS::RDS::DBInstance": _listed("DBInstances"),
    "AWS::RDS::DBSnapshot": _listed("DBSnapshots"),
    "AWS::S3::Bucket": _bucket,
    "AWS::SNS::Topic": _attributes("TopicArn"),
    "AWS::SQS::Queue": _attributes("QueueArn"),
    "AWS::SecretsManager::Secret": _listed("SecretList"),
}
"""The answer that shows a resource of a type as Config does."""
