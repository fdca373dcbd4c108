"""Websites: which object a path means, where it leads instead, and what a configuration may say."""

from __future__ import annotations

from typing import Any

import pytest

from backtrail import UNSET
from backtrail_aws.s3 import api, websites
from backtrail_aws.s3.websites import Elsewhere

from .bucket_scenario import BUCKET, Buckets

INDEX = api.IndexDocument(suffix="index.html")


def site(**more: Any) -> api.WebsiteConfiguration:
    """A website with an index document."""
    given: dict[str, Any] = {"index_document": INDEX}
    return api.WebsiteConfiguration(**(given | more))


def routed(
    key: str, error: int | None = None, *, condition: Any = UNSET, **redirect: Any
) -> Elsewhere | None:
    """Where one rule sends a key."""
    rule = api.RoutingRule(condition=condition, redirect=api.Redirect(**redirect))
    return websites.routed(site(routing_rules=[rule]), key, "host", error)


def put(wanted: api.WebsiteConfiguration) -> api.PutBucketWebsite:
    """A website for the bucket."""
    return api.PutBucketWebsite(bucket=BUCKET, website_configuration=wanted)


def test_a_website_is_kept_and_given_back() -> None:
    """As it was put; deleted it is none."""
    s3 = Buckets()
    rule = api.RoutingRule(
        condition=api.Condition(key_prefix_equals="docs/"),
        redirect=api.Redirect(replace_key_prefix_with="documents/"),
    )
    s3.given(put(site(error_document=api.ErrorDocument(key="e.html"), routing_rules=[rule])))
    s3.given(api.GetBucketWebsite(bucket=BUCKET))
    assert (s3.answer.index_document, s3.answer.error_document.key, s3.answer.routing_rules) == (
        INDEX,
        "e.html",
        [rule],
    )
    s3.given(put(api.WebsiteConfiguration(redirect_all_requests_to=api.RedirectAllRequestsTo(host_name="h"))))
    s3.given(api.GetBucketWebsite(bucket=BUCKET))
    assert (s3.answer.redirect_all_requests_to.host_name, s3.answer.index_document) == ("h", UNSET)
    s3.given(api.DeleteBucketWebsite(bucket=BUCKET), api.DeleteBucketWebsite(bucket=BUCKET))
    s3.when(api.GetBucketWebsite(bucket=BUCKET)).refused("NoSuchWebsiteConfiguration")
    s3.replays()


def ruled(condition: Any = UNSET, **redirect: Any) -> api.WebsiteConfiguration:
    """A website with one rule."""
    return site(routing_rules=[api.RoutingRule(condition=condition, redirect=api.Redirect(**redirect))])


@pytest.mark.parametrize(
    ("wanted", "code", "message"),
    [
        (api.WebsiteConfiguration(), "InvalidArgument", "A value for IndexDocument Suffix must be provided"),
        (site(index_document=api.IndexDocument(suffix="")), "InvalidArgument", "not well formed"),
        (site(index_document=api.IndexDocument(suffix="a/b")), "InvalidArgument", "not well formed"),
        (site(error_document=api.ErrorDocument(key="")), "MalformedXML", None),
        (
            site(redirect_all_requests_to=api.RedirectAllRequestsTo(host_name="h")),
            "InvalidArgument",
            "RedirectAllRequestsTo cannot be provided in conjunction with other Routing Rules.",
        ),
        (
            api.WebsiteConfiguration(
                redirect_all_requests_to=api.RedirectAllRequestsTo(host_name="h", protocol="ftp")
            ),
            "InvalidRequest",
            "Invalid protocol",
        ),
        (ruled(), "MalformedXML", None),
        (ruled(protocol="ftp"), "InvalidRequest", "Invalid protocol"),
        (ruled(replace_key_with="a", replace_key_prefix_with="b"), "InvalidRequest", "but not both"),
        (
            ruled(http_redirect_code="300"),
            "InvalidRequest",
            "The provided HTTP redirect code (300) is not valid.",
        ),
        (ruled(condition=api.Condition(), host_name="h"), "InvalidRequest", "Condition cannot be empty."),
        (
            ruled(condition=api.Condition(http_error_code_returned_equals="301"), host_name="h"),
            "InvalidRequest",
            "The provided HTTP error code (301) is not valid.",
        ),
        (site(routing_rules=[]), "MalformedXML", None),
        (
            site(routing_rules=[api.RoutingRule(redirect=api.Redirect(host_name="h"))] * 51),
            "InvalidRequest",
            "51 routing rules provided",
        ),
    ],
)
def test_what_is_no_website_is_refused(
    wanted: api.WebsiteConfiguration, code: str, message: str | None
) -> None:
    """In S3's words."""
    Buckets().when(put(wanted)).refused(code, message).replays()


def test_the_whole_site_moves() -> None:
    """Every path with its query goes to the other host."""
    to = api.RedirectAllRequestsTo(host_name="example.com", protocol="https")
    moved = websites.whole_site(api.WebsiteConfiguration(redirect_all_requests_to=to), "/a?b=c")
    assert moved == Elsewhere(301, "https://example.com/a?b=c")
    assert websites.whole_site(site(), "/") is None


def test_routing_rules() -> None:
    """By prefix or by error; keys are replaced in part or whole; protocol, host and code may change."""
    docs = api.Condition(key_prefix_equals="docs/")
    assert routed("docs/a b", condition=docs, replace_key_prefix_with="new/") == Elsewhere(
        301, "http://host/new/a%20b"
    )
    assert routed("other", condition=docs, replace_key_prefix_with="new/") is None
    assert routed("docs/a", 404, condition=docs, replace_key_prefix_with="new/") is None
    lost = api.Condition(http_error_code_returned_equals="404")
    assert routed("a", condition=lost, host_name="h") is None
    assert routed("a", 403, condition=lost, host_name="h") is None
    assert routed("a", 404, condition=lost, host_name="h", replace_key_prefix_with="report/") == Elsewhere(
        301, "http://h/report/a"
    )
    assert routed("a", replace_key_with="x", protocol="https", http_redirect_code="302") == Elsewhere(
        302, "https://host/x"
    )


def test_index_documents_and_folders() -> None:
    """A folder is its index document; without its slash it is sent there, if there is one."""
    s3 = Buckets()
    s3.put("photos/index.html")
    assert websites.document(site(), "") == "index.html"
    assert websites.document(site(), "photos/") == "photos/index.html"
    assert websites.document(site(), "photos") == "photos"
    assert websites.folder(site(), s3.bucket, "photos") == Elsewhere(302, "/photos/")
    assert websites.folder(site(), s3.bucket, "none") is None
    assert websites.folder(site(), s3.bucket, "photos/") is None


def test_s3s_own_error_page() -> None:
    """Code, message and details, escaped; the loss of the error document is told, too."""
    page = websites.page(
        404, "NoSuchKey", "The specified key does not exist.", {"Key": "<b>"}, lost="e.html"
    ).decode()
    assert "<title>404 Not Found</title>" in page
    assert "<li>Code: NoSuchKey</li>" in page and "<li>Key: &lt;b&gt;</li>" in page
    assert "An Error Occurred While Attempting to Retrieve a Custom Error Document" in page
