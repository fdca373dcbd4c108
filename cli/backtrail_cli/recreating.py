"""Inverses that take more than a table: of several calls, of parts of a setting, of what is made again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple, cast
from urllib.parse import unquote

import msgspec

from backtrail.errors import BacktrailError, Refusal
from backtrail.trail import codec
from backtrail.whatif.changing import Account, ChangeFailed


class Done(NamedTuple):
    """What somebody did, as the action's own types: parameters and answer (None where the record shows none)."""

    service: str
    action: str
    params: Any
    result: Any


class Wanted(NamedTuple):
    """A call that undoes something: its action and parameters by the record's names, whether these are from before."""

    action: str
    params: dict[str, Any]
    before: bool = True
    note: str = ""


Maker = Callable[[Done, Account], Iterator[Wanted]]


def read(account: Account, service: str, action: str, path: str, **params: Any) -> Any:
    """A value of the account as it was; None where it was not there, or nobody told."""
    try:
        found = account.call(service, action, **params)
        for part in path.split(".") if path != "." else ():
            found = cast("dict[str, Any]", found)[part] if isinstance(found, dict) else getattr(found, part)
    except (BacktrailError, AttributeError, KeyError):
        return None
    return None if found is msgspec.UNSET else found


def was_there(account: Account, service: str, action: str, **params: Any) -> bool | None:
    """Whether a read of the account as it was is answered; False where it is refused, None where nobody can tell."""
    try:
        account.call(service, action, **params)
    except ChangeFailed as failed:
        return False if isinstance(failed.__cause__, Refusal) else None
    except BacktrailError:
        return None
    return True


def plain(value: Any) -> Any:
    """A value as parameters take it: documents as texts, which IAM answers percent-encoded."""
    if isinstance(value, str):
        return unquote(value) if value.startswith("%7B") else value
    return codec.builtins(cast("Any", value)) if isinstance(value, msgspec.Struct | list) else value


def _all(value: Any) -> dict[str, Any]:
    """All members of a payload, by the record's names."""
    return cast("dict[str, Any]", codec.builtins(value))


def _policy_version(done: Done, before: Account) -> Iterator[Wanted]:
    arn = done.params.policy_arn
    version = told(done.result, "policy_version.version_id")
    was = read(before, "iam", "GetPolicy", "policy.default_version_id", policyArn=arn)
    if done.params.set_as_default is True and was is not None:
        yield Wanted("SetDefaultPolicyVersion", {"policyArn": arn, "versionId": was})
    if version is not None:
        yield Wanted("DeletePolicyVersion", {"policyArn": arn, "versionId": version}, before=False)


def told(value: Any, path: str) -> Any:
    """A member however deep; None where there is none."""
    for part in path.split("."):
        value = getattr(value, part, None)
    return None if value is msgspec.UNSET else value


def _key_status(done: Done, before: Account) -> Iterator[Wanted]:
    name, key = told(done.params, "user_name"), done.params.access_key_id
    given = {"userName": name} if name else {}
    listed: list[Any] = read(before, "iam", "ListAccessKeys", "access_key_metadata", **given) or []
    was = next((one.status for one in listed if one.access_key_id == key), None)
    if was is not None:
        yield Wanted("UpdateAccessKey", {**given, "accessKeyId": key, "status": was})


def _key_deletion(done: Done, before: Account) -> Iterator[Wanted]:
    key = {"keyId": done.params.key_id}
    yield Wanted("CancelKeyDeletion", key, before=False)
    if read(before, "kms", "DescribeKey", "key_metadata.enabled", **key) is True:
        yield Wanted("EnableKey", key)


def _trail(done: Done, before: Account) -> Iterator[Wanted]:
    name = done.params.name
    was = read(before, "cloudtrail", "GetTrail", "trail", name=name)
    if was is None:
        return
    members = (
        "name", "s3_bucket_name", "s3_key_prefix", "include_global_service_events", "is_multi_region_trail",
        "kms_key_id", "is_organization_trail", "cloud_watch_logs_log_group_arn", "cloud_watch_logs_role_arn",
    )  # fmt: skip
    given = _members(was, members)
    given |= {"enableLogFileValidation": True} if told(was, "log_file_validation_enabled") is True else {}
    yield Wanted("CreateTrail", given)
    if read(before, "cloudtrail", "GetTrailStatus", "is_logging", name=name) is True:
        yield Wanted("StartLogging", {"name": given["name"]})


def _members(value: Any, names: tuple[str, ...], renamed: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Some members of a value, by the record's names."""
    found: dict[str, Any] = {}
    for field in msgspec.structs.fields(value):
        held = getattr(value, field.name)
        if field.name in names and held is not msgspec.UNSET:
            found[(renamed or {}).get(field.name, field.encode_name)] = plain(held)
    return found


def _delete_marker(done: Done, before: Account) -> Iterator[Wanted]:
    marker = told(done.result, "version_id")
    if told(done.result, "delete_marker") in (True, "true") and marker is not None:
        given = {"bucketName": done.params.bucket, "key": done.params.key, "versionId": marker}
        yield Wanted(
            "DeleteObject", given, before=False, note="removes the marker: the version before is there again"
        )


def _topic_attribute(done: Done, before: Account) -> Iterator[Wanted]:
    topic, name = done.params.topic_arn, done.params.attribute_name
    was = read(before, "sns", "GetTopicAttributes", f"attributes.{name}", topicArn=topic)
    if was is not None:
        yield Wanted("SetTopicAttributes", {"topicArn": topic, "attributeName": name, "attributeValue": was})


def _queue_attributes(done: Done, before: Account) -> Iterator[Wanted]:
    url, names = done.params.queue_url, [str(one) for one in done.params.attributes]
    was = read(before, "sqs", "GetQueueAttributes", "attributes", queueUrl=url, attributeNames=["All"])
    if was is not None:
        given = {name: was.get(name, "") for name in names}
        yield Wanted("SetQueueAttributes", {"queueUrl": url, "attributes": given})


def _sharing(done: Done, before: Account) -> Iterator[Wanted]:
    """EC2's way of sharing: what was added is removed, and the other way round."""
    own = "createVolumePermission" if done.action == "ModifySnapshotAttribute" else "launchPermission"
    given = _all(done.params)
    given.pop("dryRun", None)
    if given.get("operationType") in ("add", "remove"):
        turned = given | {"operationType": "remove" if given["operationType"] == "add" else "add"}
        yield Wanted(done.action, turned, before=False)
    permission: dict[str, Any] | None = given.get(own)
    if permission is not None:
        turned = {"add": permission.get("remove"), "remove": permission.get("add")}
        there = {name: one for name, one in turned.items() if one}
        yield Wanted(done.action, {**given, own: there}, before=False)


def _database_sharing(done: Done, before: Account) -> Iterator[Wanted]:
    given = _all(done.params)
    added, removed = given.pop("valuesToAdd", None), given.pop("valuesToRemove", None)
    turned = {"valuesToAdd": removed, "valuesToRemove": added}
    yield Wanted(done.action, given | {name: one for name, one in turned.items() if one}, before=False)


def _again(read_: str, path: str, create: str, members: tuple[str, ...]) -> Maker:
    """What was deleted is made again, as it was; its unique id is another one, which policies may name."""

    def make(done: Done, before: Account) -> Iterator[Wanted]:
        named = _members(done.params, members[:1])
        was = read(before, "iam", read_, path, **named)
        if was is not None:
            given = _members(was, members, {"max_session_duration": "maxSessionDuration"})
            yield Wanted(create, given, note="its unique id is a new one")

    return make


def _selectors(done: Done, before: Account) -> Iterator[Wanted]:
    name = done.params.trail_name
    was = read(before, "cloudtrail", "GetEventSelectors", ".", trailName=name)
    if was is not None:
        given = _members(was, ("event_selectors", "advanced_event_selectors"))
        if given:
            yield Wanted("PutEventSelectors", {"trailName": name, **given})


def _retention(done: Done, before: Account) -> Iterator[Wanted]:
    name = done.params.log_group_name
    listed: list[Any] = read(before, "logs", "DescribeLogGroups", "log_groups", logGroupNamePrefix=name) or []
    was = next((told(one, "retention_in_days") for one in listed if one.log_group_name == name), None)
    if was is not None:
        yield Wanted("PutRetentionPolicy", {"logGroupName": name, "retentionInDays": was})
    elif done.action == "PutRetentionPolicy":
        yield Wanted("DeleteRetentionPolicy", {"logGroupName": name}, before=False)


def _launched(done: Done, before: Account) -> Iterator[Wanted]:
    listed: list[Any] = told(done.result, "instances") or []
    made = [one.instance_id for one in listed]
    if made:
        yield Wanted("TerminateInstances", {"instanceIds": made}, before=False)


def _parameter(done: Done, before: Account) -> Iterator[Wanted]:
    """A new one is deleted; what an old one held before is encrypted in the log."""
    named = {"name": done.params.name}
    if was_there(before, "ssm", "GetParameter", **named) is False:
        yield Wanted("DeleteParameter", named, before=False)


SPECIAL: Final[dict[tuple[str, str], Maker]] = {
    ("iam", "CreatePolicyVersion"): _policy_version,
    ("iam", "UpdateAccessKey"): _key_status,
    ("iam", "DeleteRole"): _again(
        "GetRole", "role", "CreateRole",
        ("role_name", "path", "assume_role_policy_document", "description", "max_session_duration"),
    ),
    ("iam", "DeleteUser"): _again("GetUser", "user", "CreateUser", ("user_name", "path")),
    ("iam", "DeleteGroup"): _again("GetGroup", "group", "CreateGroup", ("group_name", "path")),
    ("iam", "DeleteInstanceProfile"): _again(
        "GetInstanceProfile", "instance_profile", "CreateInstanceProfile", ("instance_profile_name", "path")
    ),
    ("kms", "ScheduleKeyDeletion"): _key_deletion,
    ("cloudtrail", "DeleteTrail"): _trail,
    ("cloudtrail", "PutEventSelectors"): _selectors,
    ("s3", "DeleteObject"): _delete_marker,
    ("sns", "SetTopicAttributes"): _topic_attribute,
    ("sqs", "SetQueueAttributes"): _queue_attributes,
    ("ec2", "ModifySnapshotAttribute"): _sharing,
    ("ec2", "ModifyImageAttribute"): _sharing,
    ("ec2", "RunInstances"): _launched,
    ("rds", "ModifyDBSnapshotAttribute"): _database_sharing,
    ("rds", "ModifyDBClusterSnapshotAttribute"): _database_sharing,
    ("ssm", "PutParameter"): _parameter,
    ("logs", "PutRetentionPolicy"): _retention,
    ("logs", "DeleteRetentionPolicy"): _retention,
}  # fmt: skip
