"""S3's form, on records that the project makes itself; the real ones are in test_real_records.py."""

from __future__ import annotations

import json
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.blob import Blob
from backtrail.payload import UNSET, Params
from backtrail.trail import parts
from backtrail.trail.declare import Trail
from backtrail.trail.forms import HttpFacts
from backtrail.trail.s3 import XMLNS, S3Form, policy_text
from backtrail.trail.times import IsoMillisZ

TRAIL = Trail(form="s3", time=IsoMillisZ)
FORM = S3Form("s3", TRAIL)
HTTP = HttpFacts(host="b.s3.us-east-1.amazonaws.com", query={"x-id": "PutObject"})


@pytest.fixture(scope="module")
def api(made: Callable[..., ModuleType]) -> Any:
    return made("s3", TRAIL)


def written(action: str, params: Params, http: HttpFacts | None = None) -> Any:
    return json.loads(FORM.params_out(action, parts.split(params)[0], http))


def and_back(action: str, params: Params) -> Params:
    """Through the record and the parts beside it."""
    public, sealed, note = parts.split(params)
    read = FORM.params_in(action, FORM.params_out(action, public, HTTP), type(params))
    return parts.join(read, json.loads(json.dumps(sealed)), json.loads(json.dumps(note)))


def test_object_call_shows_host_headers_and_hint(api: Any) -> None:
    """PutObject's record has bucket, key, x-amz headers under their own names, Host and the client's x-id."""
    put = api.PutObject(
        bucket="b", key="k", acl="private", content_type="text/plain", metadata={"a": "1"},
        body=Blob(size=3, md5="0", data=b"abc"), bucket_key_enabled=True,
    )  # fmt: skip
    assert written("PutObject", put, HTTP) == {
        "x-amz-acl": "private",
        "bucketName": "b",
        "key": "k",
        "x-amz-server-side-encryption-bucket-key-enabled": "true",
        "Host": "b.s3.us-east-1.amazonaws.com",
        "x-id": "PutObject",
    }
    assert and_back("PutObject", put) == put


def test_customer_keys_are_sealed(api: Any) -> None:
    """A customer's encryption key never stands in a record; its digest does."""
    put = api.PutObject(bucket="b", key="k", sse_customer_key="c2VjcmV0", sse_customer_key_md5="md5")
    _, sealed, _ = parts.split(put)
    assert sealed == {"x-amz-server-side-encryption-customer-key": "c2VjcmV0"}
    assert "c2VjcmV0" not in json.dumps(written("PutObject", put))


def test_presigned_request_shows_its_query_but_no_credential(api: Any) -> None:
    """Of a presigned query string, algorithm, date, expiry and signed headers stand in the record."""
    query = {
        "X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": "AKIA/…", 
        "X-Amz-Date": "20230710T115439Z",
        "X-Amz-Expires": "900", "X-Amz-SignedHeaders": "host", "X-Amz-Signature": "abc",
    }  # fmt: skip
    record = written("GetObject", api.GetObject(bucket="b", key="k"), HttpFacts(host="h", query=query))
    assert record.keys() == {"bucketName", "key", "Host", *query} - {"X-Amz-Credential", "X-Amz-Signature"}


def test_body_stands_under_its_root_as_xml_looks_in_json(api: Any) -> None:
    """One element is an object, several are a list, text that reads as a boolean or a number becomes one."""
    tags = [api.Tag(key="StratusRedTeam", value="true")]
    one = api.PutBucketTagging(bucket="b", tagging=api.Tagging(tag_set=tags))
    assert written("PutBucketTagging", one, HttpFacts(host="h")) == {
        "Tagging": {"xmlns": XMLNS, "TagSet": {"Tag": {"Key": "StratusRedTeam", "Value": True}}},
        "tagging": "",
        "bucketName": "b",
        "Host": "h",
    }
    several = api.PutBucketTagging(
        bucket="b", tagging=api.Tagging(tag_set=[*tags, api.Tag(key="n", value="12")])
    )
    assert written("PutBucketTagging", several)["Tagging"]["TagSet"]["Tag"][1] == {"Key": "n", "Value": 12}
    none = api.PutBucketTagging(bucket="b", tagging=api.Tagging(tag_set=[]))
    assert written("PutBucketTagging", none)["Tagging"]["TagSet"] == ""
    for params in (one, several, none):
        assert and_back("PutBucketTagging", params) == params


def test_flattened_lists_repeat_their_element(api: Any) -> None:
    """A life cycle's only rule is `Rule` without a list around it; an empty filter is text."""
    rule = api.LifecycleRule(
        id="7",
        status="Enabled",
        filter=api.LifecycleRuleFilter(),
        expiration=api.LifecycleExpiration(days=30),
    )
    config = api.BucketLifecycleConfiguration(rules=[rule])
    params = api.PutBucketLifecycleConfiguration(bucket="b", lifecycle_configuration=config)
    record = written("PutBucketLifecycleConfiguration", params)
    assert record["lifecycle"] == ""
    assert record["LifecycleConfiguration"]["Rule"] == {
        "Expiration": {"Days": 30}, "ID": 7, "Filter": "", "Status": "Enabled",
    }  # fmt: skip
    assert and_back("PutBucketLifecycleConfiguration", params) == params
    empty = api.PutBucketLifecycleConfiguration(
        bucket="b", lifecycle_configuration=api.BucketLifecycleConfiguration(rules=[])
    )
    assert and_back("PutBucketLifecycleConfiguration", empty) == empty


def test_grantee_has_its_xml_attributes(api: Any) -> None:
    """The type of a grantee is an attribute with a namespace, as in AWS's own sample."""
    grant = api.Grant(grantee=api.Grantee(id="d25", type="CanonicalUser"), permission="FULL_CONTROL")
    params = api.PutBucketAcl(bucket="b", access_control_policy=api.AccessControlPolicy(grants=[grant]))
    shown = written("PutBucketAcl", params)["AccessControlPolicy"]["AccessControlList"]["Grant"]["Grantee"]
    assert shown == {
        "ID": "d25",
        "xsi:type": "CanonicalUser",
        "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
    }
    assert and_back("PutBucketAcl", params) == params


def test_bucket_policy_is_an_object_and_kept_word_for_word(api: Any) -> None:
    """The record shows the policy parsed; the note keeps the spaces that the object lost."""
    policy = '{ "Version": "2012-10-17",\n "Statement": [] }'
    params = api.PutBucketPolicy(bucket="b", policy=policy)
    assert written("PutBucketPolicy", params)["bucketPolicy"] == {"Version": "2012-10-17", "Statement": []}
    assert and_back("PutBucketPolicy", params) == params
    foreign = FORM.params_in(
        "PutBucketPolicy", b'{"bucketName":"b","bucketPolicy":{"Version":"x"}}', api.PutBucketPolicy
    )
    assert foreign.policy == '{"Version":"x"}'
    assert policy_text("text") == "text"


def test_policy_that_is_no_object_stays_text(api: Any) -> None:
    """What S3 would refuse is recorded as it came."""
    params = api.PutBucketPolicy(bucket="b", policy="no json")
    assert written("PutBucketPolicy", params)["bucketPolicy"] == "no json"
    assert and_back("PutBucketPolicy", params) == params


def test_version_105_has_lists_of_one(api: Any) -> None:
    """Records of version 1.05 hold flags, headers and host as lists of one."""
    raw = b'{"host":["h"],"bucketName":"b","acl":[""],"x-amz-acl":["private"]}'
    assert FORM.params_in("PutBucketAcl", raw, api.PutBucketAcl) == api.PutBucketAcl(
        bucket="b", acl="private"
    )


def test_query_members_are_text(api: Any) -> None:
    """Numbers in the query string are text in the record, and the list's version is a flag."""
    params = api.ListObjectsV2(bucket="b", max_keys=2, prefix="p/", fetch_owner=True)
    assert written("ListObjectsV2", params) == {
        "bucketName": "b", "max-keys": "2", "prefix": "p/", "fetch-owner": "true", "list-type": "2",
    }  # fmt: skip
    assert and_back("ListObjectsV2", params) == params


def test_header_list_is_one_text(api: Any) -> None:
    """A list in a header is one text with commas, both ways."""
    params = api.GetObjectAttributes(bucket="b", key="k", object_attributes=["ETag", "ObjectSize"])
    assert written("GetObjectAttributes", params)["x-amz-object-attributes"] == "ETag,ObjectSize"
    assert and_back("GetObjectAttributes", params) == params


def test_body_without_payload_stands_under_the_requests_root(api: Any) -> None:
    """SelectObjectContent's members are one document in the record."""
    params = api.SelectObjectContent(
        bucket="b", key="k", expression="select 1", expression_type="SQL",
        input_serialization=api.InputSerialization(csv=api.CSVInput(file_header_info="USE")),
        output_serialization=api.OutputSerialization(json=api.JSONOutput()),
    )  # fmt: skip
    assert written("SelectObjectContent", params)["SelectObjectContentRequest"]["Expression"] == "select 1"
    assert and_back("SelectObjectContent", params) == params


def test_result_shows_only_headers_that_real_records_show(api: Any) -> None:
    """PutObject's answer is its encryption and version; the ETag goes to the note; CreateBucket's is null."""
    result = api.PutObjectResult(e_tag='"abc"', server_side_encryption="AES256", version_id="v1")
    public, _, note = parts.split(result)
    raw = FORM.result_out("PutObject", public)
    assert json.loads(raw) == {"x-amz-server-side-encryption": "AES256", "x-amz-version-id": "v1"}
    assert parts.join(FORM.result_in("PutObject", raw, api.PutObjectResult), None, note) == result
    location = parts.split(api.CreateBucketResult(location="/b"))[0]
    assert FORM.result_out("CreateBucket", location) == b"null"


@given(
    value=st.text(min_size=1, max_size=8)
    | st.sampled_from(["true", "TRUE", "007", "1.50", "-0", "1e5", "null", "9" * 30])
)
def test_tag_values_survive_xmls_way_into_json(api: Any, value: str) -> None:
    """Whatever a tag's value looks like, it reads back as the text it was."""
    params = api.PutBucketTagging(bucket="b", tagging=api.Tagging(tag_set=[api.Tag(key=value, value=value)]))
    assert and_back("PutBucketTagging", params) == params


def test_unset_members_stay_out(api: Any) -> None:
    """A call that gave nothing but its bucket has nothing but its bucket and its flag."""
    assert written("GetBucketAcl", api.GetBucketAcl(bucket="b")) == {"bucketName": "b", "acl": ""}
    assert api.GetBucketAcl(bucket="b").expected_bucket_owner is UNSET
