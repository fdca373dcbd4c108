"""Every successful write of the real trails is read, and written back with the same members and values."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from backtrail.names import service_of_source
from backtrail.payload import HIDDEN
from backtrail.trail import events, omission
from backtrail.trail.declare import Trail
from backtrail.trail.errors import record_code, wire_code
from backtrail.trail.forms import HttpFacts, form_of
from backtrail.trail.times import CommaTime, EpochMillis, IsoMillis, IsoMillisZ, moment_of

Record = dict[str, Any]

TRAILS = {
    "dynamodb": Trail(time=CommaTime),
    "ec2": Trail(form="ec2", time=EpochMillis),
    "iam": Trail(sealed=frozenset({"AccessKey.SecretAccessKey"})),
    "kms": Trail(
        time=CommaTime, sealed=frozenset({"Encrypt.Plaintext", "Sign.Message", "GenerateMac.Message"})
    ),
    "lambda": Trail(time=IsoMillis, sealed=frozenset({"FunctionCode.ZipFile", "UpdateFunctionCode.ZipFile"})),
    "rds": Trail(form="unwrapped"),
    "s3": Trail(form="s3", time=IsoMillisZ),
    "secretsmanager": Trail(
        time=CommaTime,
        renamed={"CreateSecretResult.ARN": "arn", "PutSecretValueResult.ARN": "arn"},
        sealed=frozenset({"CreateSecret.SecretString", "PutSecretValue.SecretString"}),
    ),
    "sqs": Trail(),
    "ssm": Trail(masked=frozenset({"PutParameter.Value", "SendCommand.Parameters", "Command.Parameters"})),
    "sts": Trail(
        time=CommaTime,
        sealed=frozenset({"Credentials.SecretAccessKey", "AssumeRoleWithWebIdentity.WebIdentityToken"}),
    ),
}

# Members that real records hold and no public model has: the ends of their paths.
UNKNOWN = (
    "internetGateway.association",
    "networkInterfaceSet.items.availabilityZone",
    "networkInterfaceSet.items.attachment.instanceId",
    "networkInterfaceSet.items.attachment.instanceOwnerId",
    "networkInterfaceSet.items.tagSet",
    ".associableWithElasticIpBySet",
    ".attachableToInstanceBySet",
    ".interfaceId",
    ".internalInterfaceId",
    ".requesterManaged",
    "metadataOptions.httpProtocolIpv4",
    ".fullyQualifiedArn",
    ".uncompressedCodeSize",
    ".interactive",
    ".clientSourceId",
    ".clientName",
    ".hasCancelCommandSignature",
    ".hasSendCommandSignature",
)


def writes(records: tuple[Record, ...], service: str) -> list[Record]:
    """The successful calls of a service that folds may meet: all but the reads."""
    return [
        record
        for record in records
        if service_of_source(record.get("eventSource", ""), record.get("apiVersion"), record["eventName"])
        == service
        and not record.get("errorCode")
        and not record["eventName"].startswith(("Get", "List", "Describe", "Head"))
    ]


def same(real: Any, ours: Any, path: str = "") -> list[str]:
    """Where our JSON differs from the record's, times of another style, markers and UNKNOWN apart."""
    if isinstance(real, dict) and isinstance(ours, dict):
        hidden = {name for name, value in real.items() if value == HIDDEN}
        missing = [
            f"{path}.{name} is missing"
            for name in real.keys() - ours.keys() - hidden
            if not f"{path}.{name}".endswith(UNKNOWN)
        ]
        old = {"requestId"}  # which EC2's records have had since 2017
        added = [f"{path}.{name} is new" for name in ours.keys() - real.keys() - old]
        return (
            missing
            + added
            + [
                line
                for name in real.keys() & ours.keys()
                for line in same(real[name], ours[name], f"{path}.{name}")
            ]
        )
    if isinstance(real, list) and isinstance(ours, list) and len(real) == len(ours):
        return [line for one, other in zip(real, ours, strict=True) for line in same(one, other, path)]
    if real == ours and type(real) is type(ours):
        return []
    return [] if _one_moment(real, ours) else [f"{path}: {real!r} became {ours!r}"]


def _one_moment(real: Any, ours: Any) -> bool:
    try:
        return moment_of(real).replace(microsecond=0) == moment_of(ours).replace(microsecond=0)
    except (ValueError, TypeError, AttributeError):
        return False


def _http(record: Record) -> HttpFacts:
    host = record["requestParameters"].get("Host", "")
    query = {name: value for name, value in record["requestParameters"].items() if name == "x-id"}
    return HttpFacts(host=host, query=query)


@pytest.mark.parametrize("service", TRAILS)
def test_successful_writes_are_read_and_written_alike(
    service: str, real_records: tuple[Record, ...], made: Callable[..., ModuleType]
) -> None:
    """Given a real record, when it is read and written again, then members and values are the same."""
    api = made(service, TRAILS[service])
    form = form_of(service, TRAILS[service])
    differences: list[str] = []
    for record in writes(real_records, service):
        action = events.action_of(service, record["eventName"])
        if (params := record.get("requestParameters")) and hasattr(api, action):
            read = form.params_in(action, json.dumps(params).encode(), getattr(api, action))
            http = _http(record) if service == "s3" else None
            ours = json.loads(form.params_out(action, read, http))
            differences += [f"{record['eventID']} {action}{line}" for line in same(params, ours)]
        kind = getattr(api, f"{action}Result", None)
        if (result := record.get("responseElements")) and kind is not None:
            answered = form.result_in(action, json.dumps(result).encode(), kind)
            inner = result.get(f"{action}Response", result)
            ours = json.loads(form.result_out(action, answered, inner.get("requestId", ""))) or {}
            differences += [f"{record['eventID']} {action}Result{line}" for line in same(result, ours)]
    assert differences == []


def test_every_s3_call_is_written_alike(
    real_records: tuple[Record, ...], made: Callable[..., ModuleType]
) -> None:
    """S3's reads are as odd as its writes: all of them, accepted or refused, come out as they went in."""
    api = made("s3", TRAILS["s3"])
    form = form_of("s3", TRAILS["s3"])
    counts: Counter[str] = Counter()
    for record in real_records:
        action = events.action_of("s3", record["eventName"])
        params = record.get("requestParameters")
        if record.get("eventSource") != "s3.amazonaws.com" or not params or not hasattr(api, action):
            continue
        read = form.params_in(action, json.dumps(params).encode(), getattr(api, action))
        assert same(params, json.loads(form.params_out(action, read, _http(record)))) == []
        counts[action] += 1
    assert counts.total() > 800
    assert len(counts) > 20


def test_every_ec2_request_is_read(real_records: tuple[Record, ...], made: Callable[..., ModuleType]) -> None:
    """EC2's requests, whatever their form, refused or not, are read and say what they were about."""
    api = made("ec2", TRAILS["ec2"])
    form = form_of("ec2", TRAILS["ec2"])
    seen = 0
    for record in real_records:
        params, action = record.get("requestParameters"), record["eventName"]
        if record.get("eventSource") != "ec2.amazonaws.com" or not params or action == "DescribeVpcAttribute":
            continue  # whose record has no attribute, although the API requires one
        read = form.params_in(action, json.dumps(params).encode(), getattr(api, action))
        ours = form.params_out(action, read)
        for word in {
            text
            for text in json.dumps(params).split('"')
            if text.startswith(("i-", "vpc-", "sg-", "subnet-"))
        }:
            assert word in ours.decode(), record["eventID"]
        seen += 1
    assert seen > 500


def test_read_only_and_category_are_as_recorded(real_records: tuple[Record, ...]) -> None:
    """What we would write of an action's kind is what AWS wrote."""
    wrong: Counter[str] = Counter()
    for record in real_records:
        source, name = record.get("eventSource", ""), record.get("eventName", "")
        service = service_of_source(source, record.get("apiVersion"), name)
        if service is None or record.get("eventType") != "AwsApiCall":
            continue
        if record.get("readOnly") not in (
            None,
            events.is_read_only(service, events.action_of(service, name)),
        ):
            wrong[f"readOnly {service} {name}"] += 1
        category = events.category(service, events.action_of(service, name))
        if record.get("eventCategory", category) != category:
            wrong[f"eventCategory {service} {name}"] += 1
    assert not wrong


def test_api_version_is_as_recorded(real_records: tuple[Record, ...]) -> None:
    """Where AWS writes an apiVersion we write the same."""
    for record in real_records:
        version, name = record.get("apiVersion"), record.get("eventName", "")
        service = service_of_source(record.get("eventSource", ""), version, name)
        if service is not None and version is not None:
            assert events.api_version(service, events.action_of(service, name)) == version


def test_refusals_null_what_real_ones_null(real_records: tuple[Record, ...]) -> None:
    """A denied or throttled call's parameters are null exactly where they are in real records."""
    wrong: Counter[str] = Counter()
    for record in real_records:
        service = service_of_source(
            record.get("eventSource", ""), record.get("apiVersion"), record["eventName"]
        )
        code = record.get("errorCode")
        if not code or service is None or record["eventName"] == "DescribeClusters" or service == "ecs":
            continue  # one record of ECS, whose ClientException had no parameters either
        nulled = omission.nulls_parameters(service, wire_code(service, code))
        if nulled and record.get("requestParameters") is not None:
            wrong[f"{service} {code}"] += 1
    assert wrong.total() <= 1, wrong  # one GetSessionToken


def test_error_codes_come_back(real_records: tuple[Record, ...]) -> None:
    """Each real errorCode is what we would write for the wire's code that it stands for."""
    for record in real_records:
        service = service_of_source(
            record.get("eventSource", ""), record.get("apiVersion"), record["eventName"]
        )
        if (code := record.get("errorCode")) and service is not None:
            assert record_code(service, wire_code(service, code)) == code
