"""Documents: their versions, how they are read and listed, and with whom they are shared."""

from __future__ import annotations

import json
from typing import Any, cast

import pytest

from backtrail_aws.ssm import api

from .ssm_scenario import ACCOUNT, REGION, Ssm


def content(text: str = "x", schema: str = "2.2") -> str:
    """A document that runs a script."""
    step = {"action": "aws:runShellScript", "name": "run", "inputs": {"runCommand": [text]}}
    return json.dumps(
        {
            "schemaVersion": schema, "description": "runs", "mainSteps": [step],
            "parameters": {"p": {"type": "String", "default": "d"}},
        }
    )  # fmt: skip


def test_documents_have_versions() -> None:
    """Given a document, when it is updated, then the new version is read by number until it is the default."""
    aws = Ssm()
    made = aws.did(api.CreateDocument(name="doc", content=content())).document_description
    assert (made.status, made.document_version, made.hash_type, made.owner) == (
        "Creating",
        "1",
        "Sha256",
        ACCOUNT,
    )
    assert (made.platform_types, made.schema_version) == (["Linux", "MacOS"], "2.2")
    assert made.parameters == [api.DocumentParameter(name="p", type="String", default_value="d")]
    aws.when(api.CreateDocument(name="doc", content=content())).refused("DocumentAlreadyExists")
    update = api.UpdateDocument(
        name="doc", content=content("y"), document_version="$LATEST", version_name="two"
    )
    assert aws.did(update).document_description.document_version == "2"
    aws.when(update).refused("DuplicateDocumentContent")
    again = api.UpdateDocument(name="doc", content=content("z"), version_name="two")
    aws.when(again).refused("DuplicateDocumentVersionName")
    stale = api.UpdateDocument(name="doc", content=content("z"), document_version="1")
    aws.when(stale).refused("InvalidDocumentVersion")
    assert aws.did(api.GetDocument(name="doc")).content == content()
    for named in (
        api.GetDocument(name="doc", document_version="2"),
        api.GetDocument(name="doc", document_version="$LATEST"),
        api.GetDocument(name="doc", version_name="two"),
    ):
        assert aws.did(named).content == content("y")
    aws.when(api.GetDocument(name="doc", document_version="9")).refused("InvalidDocumentVersion")
    aws.when(api.GetDocument(name="none")).refused("InvalidDocument")
    aws.given(api.UpdateDocumentDefaultVersion(name="doc", document_version="2"))
    found = aws.did(api.DescribeDocument(name="doc")).document
    assert (found.default_version, found.latest_version, found.status) == ("2", "2", "Active")
    assert [
        one.document_version for one in aws.did(api.ListDocumentVersions(name="doc")).document_versions
    ] == ["2", "1"]
    aws.when(api.DeleteDocument(name="doc", document_version="2")).refused("InvalidDocumentOperation")
    aws.given(api.DeleteDocument(name="doc", document_version="1"))
    aws.when(api.GetDocument(name="doc", document_version="1")).refused("InvalidDocumentVersion")
    aws.given(api.DeleteDocument(name="doc"))
    aws.when(api.DeleteDocument(name="doc")).refused("InvalidDocument")
    aws.replays()


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"content": "{"}, "InvalidDocumentContent"),
        ({"content": "{}"}, "InvalidDocumentContent"),
        ({"content": content(), "document_type": "Session"}, "InvalidDocumentSchemaVersion"),
        ({"content": content("x" * 70_000)}, "MaxDocumentSizeExceeded"),
        ({"content": content(), "name": "AWS-mine"}, "ValidationException"),
        ({"content": content(), "document_format": "XML"}, "ValidationException"),
    ],
)
def test_what_is_no_document_is_refused(params: dict[str, Any], code: str) -> None:
    """Given a content or a name that no document can have, then it is not made."""
    Ssm().when(api.CreateDocument(**cast("dict[str, Any]", {"name": "doc", **params}))).refused(code)


def test_yaml_documents_keep_their_text() -> None:
    """Given a document in YAML, then its schema and description are read, and its text comes back."""
    aws = Ssm()
    text = "schemaVersion: '2.2'\ndescription: runs\nmainSteps: []\n"
    made = aws.did(api.CreateDocument(name="doc", content=text, document_format="YAML")).document_description
    assert (made.schema_version, made.description, made.document_format) == ("2.2", "runs", "YAML")
    assert aws.did(api.GetDocument(name="doc")).content == text
    aws.replays()


def test_documents_are_listed_by_filters() -> None:
    """Given documents of the account and Amazon's, when they are listed, then filters choose."""
    aws = Ssm()
    aws.given(api.CreateDocument(name="mine", content=content(), tags=[api.Tag(key="a", value="b")]))
    aws.given(api.CreateDocument(name="auto", content=content(schema="0.3"), document_type="Automation"))

    def listed(**filters: list[str]) -> list[str]:
        given = [
            api.DocumentKeyValuesFilter(key=key.replace("_", ":"), values=values)
            for key, values in filters.items()
        ]
        return [one.name for one in aws.did(api.ListDocuments(filters=given)).document_identifiers]

    assert listed(Owner=["Self"]) == ["auto", "mine"] and listed(tag_a=["b"]) == ["mine"]
    assert listed(Owner=["Self"], DocumentType=["Automation"]) == ["auto"]
    assert "AWS-RunShellScript" in listed(Owner=["Amazon"]) and listed(Name=["mi"]) == ["mine"]
    assert listed(PlatformTypes=["Linux"], Owner=["Private"]) == ["auto", "mine"]
    aws.when(api.ListDocuments(document_filter_list=[api.DocumentFilter(key="x", value="y")])).refused(
        "InvalidFilterKey"
    )
    shell = aws.did(api.DescribeDocument(name="AWS-RunShellScript")).document
    assert (shell.owner, shell.platform_types) == ("Amazon", ["Linux", "MacOS"])
    aws.replays()


def test_documents_are_shared() -> None:
    """Given a document that is shared, then the other account reads it by its ARN, and it cannot be deleted."""
    aws = Ssm()
    other = "444455556666"
    aws.given(api.CreateDocument(name="doc", content=content()))
    arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:document/doc"
    aws.when(api.GetDocument(name=arn), account=other).refused("InvalidDocument")
    share = api.ModifyDocumentPermission(name="doc", permission_type="Share", account_ids_to_add=[other])
    aws.given(share)
    found = aws.did(api.DescribeDocumentPermission(name="doc", permission_type="Share"))
    assert found.account_ids == [other]
    assert found.account_sharing_info_list[0].shared_document_version == "$DEFAULT"
    assert aws.when(api.GetDocument(name=arn), account=other).answer.content == content()
    aws.when(api.DeleteDocument(name="doc")).refused("InvalidDocumentOperation", "still shared")
    mixed = api.ModifyDocumentPermission(
        name="doc", permission_type="Share", account_ids_to_add=["all", other]
    )
    aws.when(mixed).refused("DocumentPermissionLimit")
    aws.when(api.ModifyDocumentPermission(name="doc", permission_type="X")).refused("InvalidPermissionType")
    wrong = api.ModifyDocumentPermission(name="doc", permission_type="Share", account_ids_to_add=["x"])
    aws.when(wrong).refused("ValidationException")
    aws.given(
        api.ModifyDocumentPermission(name="doc", permission_type="Share", account_ids_to_remove=[other])
    )
    aws.given(api.DeleteDocument(name="doc"))
    aws.replays()
