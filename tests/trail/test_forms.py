"""The plain form and that of RDS's family."""

from __future__ import annotations

import pytest

from backtrail.payload import UNSET, Params, UnsetType, field
from backtrail.trail.declare import Trail
from backtrail.trail.ec2 import Ec2Form
from backtrail.trail.forms import Form, PlainForm, UnwrappedForm, form_of
from backtrail.trail.s3 import S3Form


class Instance(Params):
    name: str | UnsetType = field(name="dBInstanceIdentifier", default=UNSET)
    size: int | UnsetType = UNSET


class CreateInstance(Params):
    name: str = field(name="dBInstanceIdentifier")


class CreateInstanceResult(Params):
    instance: Instance | UnsetType = field(name="dBInstance", default=UNSET)


class ListInstancesResult(Params):
    instances: list[Instance] | UnsetType = UNSET
    marker: str | UnsetType = UNSET


@pytest.mark.parametrize(
    ("name", "kind"), [("plain", PlainForm), ("unwrapped", UnwrappedForm), ("ec2", Ec2Form), ("s3", S3Form)]
)
def test_declaration_names_the_form(name: str, kind: type[Form]) -> None:
    """A plugin's declaration names its form; none means plain."""
    assert type(form_of("rds", Trail(form=name))) is kind
    assert type(form_of("sqs", None)) is PlainForm


def test_plain_form_writes_what_is_set() -> None:
    """Members that were left out stay out, and an empty payload is null as in every real record."""
    form = PlainForm()
    assert form.params_out("CreateInstance", CreateInstance(name="a")) == b'{"dBInstanceIdentifier":"a"}'
    assert form.result_out("ListInstances", ListInstancesResult()) == b"null"
    assert form.params_out("ListInstances", None) == b"null"
    assert form.result_out("ListInstances", None) == b"null"


def test_plain_form_reads_null_as_nothing() -> None:
    """An action whose parameters are all optional may have null in its record."""
    assert PlainForm().result_in("ListInstances", b"null", ListInstancesResult) == ListInstancesResult()


def test_unwrapped_form_shows_the_content() -> None:
    """The result's only structure is not named in the record, and is put back where it belongs."""
    form = UnwrappedForm()
    result = CreateInstanceResult(instance=Instance(name="a", size=5))
    raw = form.result_out("CreateInstance", result)
    assert raw == b'{"dBInstanceIdentifier":"a","size":5}'
    assert form.result_in("CreateInstance", raw, CreateInstanceResult) == result
    assert form.direct("CreateInstance") is False


def test_unwrapped_form_leaves_other_results_alone() -> None:
    """A result with several members, or one that kept its member, is read as it is."""
    form = UnwrappedForm()
    several = ListInstancesResult(instances=[Instance(name="a")], marker="m")
    raw = form.result_out("ListInstances", several)
    assert form.result_in("ListInstances", raw, ListInstancesResult) == several
    kept = b'{"dBInstance":{"dBInstanceIdentifier":"a"}}'
    assert form.result_in("CreateInstance", kept, CreateInstanceResult).instance == Instance(name="a")
    assert form.result_out("CreateInstance", CreateInstanceResult()) == b"null"
