"""Payload types made from the models."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from backtrail import model
from backtrail.generate import (
    LARGE,
    UnknownAction,
    UnknownMember,
    declared,
    files,
    generate,
    stale,
    unsealed,
    update,
)
from backtrail.grouping import grouped, noun
from backtrail.model import UnknownService
from backtrail.payload import HIDDEN, UNSET
from backtrail.trail import codec, parts
from backtrail.trail.declare import Trail
from backtrail.trail.times import CommaTime, SpacedTime

SERVICES = ("dynamodb", "ec2", "elbv2", "iam", "lambda", "rds", "s3", "sqs", "sts", "wafv2")


@pytest.mark.parametrize("service", SERVICES)
def test_all_actions_of_a_service_make_sound_types(service: str, made: Callable[..., ModuleType]) -> None:
    """Every class of a whole service can be decoded into, shapes that hold themselves included."""
    api = made(service, Trail(form="s3") if service == "s3" else None)
    for name in model.load(service).operations:
        kind = getattr(api, name)
        codec.decoder(kind)
        parts.compiled(kind)
        if hasattr(api, f"{name}Result"):
            codec.decoder(getattr(api, f"{name}Result"))


def test_same_input_gives_the_same_text() -> None:
    """The text depends on the set of actions alone, not on their order or number of mentions."""
    first = generate("sqs", ["SendMessage", "CreateQueue"], Trail())
    assert generate("sqs", ["CreateQueue", "SendMessage", "CreateQueue"], Trail()) == first


def test_only_what_is_named_is_written() -> None:
    """A file holds the named actions and the shapes that these reach."""
    text = generate("iam", ["CreateRole"], Trail())
    assert "class CreateRole(Params):" in text
    assert "class CreateRoleResult(Params):" in text
    assert "class Role(Params):" in text
    assert "class AccessKey(Params):" not in text


def test_names_are_cloudtrails(made: Callable[..., ModuleType]) -> None:
    """The first letter is lowered and nothing else; optional members are UNSET; times are the service's."""
    api: Any = made("rds", Trail(), ["CreateDBInstance"])
    params = api.CreateDBInstance(
        db_instance_identifier="a", db_instance_class="c", engine="mysql", vpc_security_group_ids=["v"]
    )
    assert codec.encode(params) == (
        b'{"dBInstanceIdentifier":"a","dBInstanceClass":"c","engine":"mysql","vpcSecurityGroupIds":["v"]}'
    )
    fields = {field.name: field for field in msgspec.structs.fields(api.DBInstance)}
    assert fields["dbi_resource_id"].encode_name == "dbiResourceId"
    assert "instance_create_time: SpacedTime | UnsetType" in generate("rds", ["CreateDBInstance"], Trail())


def test_declaration_shapes_the_types(made: Callable[..., ModuleType]) -> None:
    """Sealed, masked, renamed, typed, added and optional members are as declared."""
    trail = Trail(
        time=CommaTime,
        sealed=frozenset({"AccessKey.SecretAccessKey"}),
        masked=frozenset({"CreateLoginProfile.Password"}),
        renamed={"AccessKey.UserName": "user"},
        typed={"AccessKey.Status": "bytes"},
        added={"CreateAccessKey.ConsoleOnly": "bool"},
        optional=frozenset({"AccessKey.*", "CreateAccessKeyResult.AccessKey"}),
    )
    api: Any = made("iam", trail, ["CreateAccessKey", "CreateLoginProfile"])
    key = api.AccessKey(user_name="u", secret_access_key="s", status=b"x", create_date=CommaTime.read(0))
    public, sealed, _ = parts.split(api.CreateAccessKeyResult(access_key=key))
    assert codec.encode(public) == (
        b'{"accessKey":{"user":"u","status":"eA==","createDate":"Jan 1, 1970, 12:00:00 AM"}}'
    )
    assert sealed == {"accessKey": {"secretAccessKey": "s"}}
    assert codec.encode(api.CreateAccessKey(console_only=True)) == b'{"consoleOnly":true}'
    profile = api.CreateLoginProfile(user_name="u", password="p")
    assert parts.split(profile)[0].password == HIDDEN
    assert api.CreateLoginProfile(user_name="u").password is UNSET  # the model requires it; a record hides it


def test_s3_types_carry_the_records_names(made: Callable[..., ModuleType]) -> None:
    """An object call's record decodes straight into its type; bodies and other headers are beside it."""
    api: Any = made("s3", Trail(form="s3"), ["PutObject"])
    read = codec.decoder(api.PutObject).decode(
        b'{"bucketName":"b","key":"k","x-amz-acl":"private","Host":"h"}'
    )
    assert read == api.PutObject(bucket="b", key="k", acl="private")
    text = generate("s3", ["PutObject"], Trail(form="s3"))
    assert "body: Sealed[Blob] | UnsetType" in text
    assert "content_type: Noted[str] | UnsetType" in text
    assert "sse_customer_key: Sealed[str] | UnsetType" in text


def test_shapes_with_names_that_are_taken_are_renamed(made: Callable[..., ModuleType]) -> None:
    """A shape called as an action, a Python word or an import of the file has `Shape` behind its name."""
    gateway: Any = made("apigatewayv2")
    assert gateway.NoneShape.__name__ == "NoneShape"
    text = generate("elbv2", ["CreateRule"], Trail())
    assert "import field as _field" in text  # a member called `field` hides the function


def test_unknown_names_are_told() -> None:
    """A mistyped service, action or member is an error that names it, or a secret would stand open."""
    with pytest.raises(UnknownService):
        generate("nosuchservice", [], Trail())
    with pytest.raises(UnknownAction, match="CreateRoll"):
        generate("iam", ["CreateRoll"], Trail())
    with pytest.raises(UnknownMember, match=r"AccessKey\.SecretKey"):
        generate("iam", ["CreateAccessKey"], Trail(sealed=frozenset({"AccessKey.SecretKey"})))


def test_sensitive_members_are_reported() -> None:
    """What the model calls sensitive and nobody seals is listed, until it is sealed or declared open."""
    assert unsealed("iam", ["CreateAccessKey"], Trail()) == ["AccessKey.SecretAccessKey"]
    assert unsealed("iam", ["CreateAccessKey"], Trail(sealed=frozenset({"AccessKey.SecretAccessKey"}))) == []
    assert unsealed("iam", ["CreateAccessKey"], Trail(open=frozenset({"AccessKey.SecretAccessKey"}))) == []


@pytest.fixture
def plugin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], str]:
    """Writes a plugin's package of a fresh name and gives that name."""
    monkeypatch.syspath_prepend(str(tmp_path))

    def write(api: str, trail: str) -> str:
        name = f"plug{len(list(tmp_path.iterdir()))}_{tmp_path.name.replace('-', '_')}"
        folder = tmp_path / name / "sqs"
        folder.mkdir(parents=True)
        (tmp_path / name / "__init__.py").write_text("")
        (folder / "__init__.py").write_text("")
        if api:
            (folder / "api.py").write_text(api)
        if trail:
            (folder / "trail.py").write_text(trail)
        return f"{name}.sqs"

    return write


def test_stale_files_are_told(plugin: Callable[[str, str], str]) -> None:
    """A file that model and declaration do not give is stale; each difference is told."""
    text = generate("sqs", ["CreateQueue"], Trail())
    declares = (
        "from backtrail.trail.declare import Trail\nTRAIL = Trail(sealed=frozenset({'CreateQueue.Some'}))"
    )
    sealing, wrong = declares.replace("Some", "QueueName"), declares.replace("Some", "Nobody")
    assert stale(plugin(text, "")) == []
    assert stale(plugin("", "")) == []
    edited = stale(plugin(text.replace("queue_name", "the_name"), ""))
    assert any("the_name" in line for line in edited)
    assert any("Sealed[str]" in line for line in stale(plugin(text, sealing)))
    assert "CreateQueue.Nobody" in stale(plugin(text, wrong))[0]


def test_package_is_updated_with_more_actions(plugin: Callable[[str, str], str]) -> None:
    """The actions that a file has stay and more are added; a new package is its folder's service."""
    package = plugin(generate("sqs", ["CreateQueue"], Trail()), "")
    assert declared(package)[:2] == ("sqs", ("CreateQueue",))
    both = generate("sqs", ["CreateQueue", "DeleteQueue"], Trail())
    assert update(package, ["DeleteQueue"]) == {"api.py": both}
    assert declared(plugin("", "")) == ("sqs", (), Trail())


def test_a_type_stands_with_the_noun_of_its_actions() -> None:
    """What one noun's actions reach is that noun's; what two reach is shared, and so is all that it reaches."""
    roots = {"CreateVpc": ["CreateVpc"], "DescribeVpcs": ["DescribeVpcs"], "RunInstances": ["RunInstances"]}
    references = {
        "CreateVpc": ["Tag"], "DescribeVpcs": ["Vpc"], "RunInstances": ["Tag", "Placement"],
        "Tag": ["Inner"], "Vpc": [], "Placement": ["Placement"], "Inner": [],
    }  # fmt: skip
    assert grouped(roots, references) == {
        "instance": ["RunInstances", "Placement"],
        "shared": ["Tag", "Inner"],
        "vpc": ["CreateVpc", "DescribeVpcs", "Vpc"],
    }


@pytest.mark.parametrize(
    ("action", "module"),
    [
        ("DescribeVpcs", "vpc"), ("ModifyVpcAttribute", "vpc"), ("ReleaseAddress", "address"),
        ("DescribeAddresses", "address"), ("ListPolicies", "policy"), ("DescribeInstanceStatus", "instance"),
        ("EnableEbsEncryptionByDefault", "ebs"), ("Invoke", "invoke"), ("ImportKeyPair", "key"),
        ("CreateGlobalTable", "global_"), ("DeleteSharedThing", "shared_"), ("CreateDBInstance", "db"),
    ],
)  # fmt: skip
def test_an_actions_noun_is_its_first_word_after_the_verb(action: str, module: str) -> None:
    """In the singular, and never a word that Python or the package needs."""
    assert noun(action) == module


@pytest.fixture
def packaged(plugin: Callable[[str, str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A plugin whose types stand in a package: SQS, for which one file is said to be too small."""
    monkeypatch.setattr("backtrail.generate.LARGE", 3)
    name = plugin("", "")
    folder = tmp_path / name.replace(".", "/")
    (folder / "api").mkdir()
    for path, text in files("sqs", model.load("sqs").operations, Trail()).items():
        (folder / path).write_text(text)
    return name


def test_many_types_are_loaded_with_their_noun(packaged: str) -> None:
    """The package has every name of the one file; a module is loaded when one of its names is asked for."""
    assert stale(packaged) == []
    api = sys.modules[f"{packaged}.api"]
    loaded = [name for name in sys.modules if name.startswith(f"{packaged}.api.")]
    assert loaded == []
    codec.decoder(api.CreateQueue)
    assert f"{packaged}.api.queue" in sys.modules
    assert f"{packaged}.api.message" not in sys.modules
    for name in model.load("sqs").operations:
        codec.decoder(getattr(api, name))
        parts.compiled(getattr(api, name))
    with pytest.raises(AttributeError, match="CreateQueues"):
        api.CreateQueues  # noqa: B018


def test_stale_packages_are_told(packaged: str, tmp_path: Path) -> None:
    """A module that differs, one that is not there and one that is too many: each is a line."""
    folder = tmp_path / packaged.replace(".", "/") / "api"
    queue = (folder / "queue.py").read_text()
    (folder / "queue.py").write_text(queue.replace("queue_name", "the_name"))
    (folder / "more.py").write_text("MORE = 1\n")
    (folder / "message.py").unlink()
    told = stale(packaged)
    assert any("api/queue.py" in line and "the_name" in line for line in told)
    assert any("api/more.py" in line for line in told)
    assert any("api/message.py" in line for line in told)


def test_one_file_holds_few_types_and_a_package_many() -> None:
    """EC2's actions need a package; SQS's do not."""
    service, actions, trail = declared("backtrail_aws.ec2")
    made = files(service, actions, trail)
    assert "api.py" not in made and "api/__init__.py" in made
    assert (
        generate(service, actions, trail).count("\nclass ")
        == sum(text.count("\nclass ") for text in made.values())
        > LARGE
    )
    assert list(files("sqs", ["CreateQueue"], Trail())) == ["api.py"]


def test_types_are_clean_for_type_checkers(tmp_path: Path) -> None:
    """mypy's strict mode has nothing to say of generated files, and knows what is required."""
    for service in ("elbv2", "s3", "sqs"):
        trail = Trail(form="s3") if service == "s3" else Trail()
        (tmp_path / f"{service}_api.py").write_text(generate(service, model.load(service).operations, trail))
    (tmp_path / "uses.py").write_text(
        "from sqs_api import CreateQueue\nCreateQueue(queue_name='q').queue_name\n"
    )
    (tmp_path / "errs.py").write_text("from sqs_api import CreateQueue\nCreateQueue()\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", str(tmp_path / "cache")]
    good = subprocess.run(
        [*command, *(f"{s}_api.py" for s in ("elbv2", "s3", "sqs")), "uses.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert good.returncode == 0, good.stdout
    bad = subprocess.run([*command, "errs.py"], cwd=tmp_path, capture_output=True, text=True)
    assert "Missing named argument" in bad.stdout


def test_default_time_is_the_declared_one() -> None:
    """`typed` may give one member another style than the service has."""
    text = generate(
        "sts", ["AssumeRole"], Trail(time=CommaTime, typed={"Credentials.Expiration": "SpacedTime"})
    )
    assert "expiration: SpacedTime" in text
    assert SpacedTime.__name__ in text.split("SERVICE")[0]
