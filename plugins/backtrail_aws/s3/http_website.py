"""Website endpoints: objects for visitors, index and error documents, redirects.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html. What is served is got with GetObject,
anonymously, and recorded as such; what a visitor is not given he is told in HTML.
"""

from __future__ import annotations

from urllib.parse import quote, unquote

from backtrail import UNSET, Refusal
from backtrail.call import Caller
from backtrail.facts import Answered, Facts, Incoming
from backtrail.identity import resolve
from backtrail.trail.forms import HttpFacts
from backtrail.wire import HttpAnswer, HttpRequest, protocol_of
from backtrail.wire.addressing import Address
from backtrail_aws.s3 import access, api, errors, websites
from backtrail_aws.s3.bucket_errors import absent
from backtrail_aws.s3.bucket_website import NOT_FOUND
from backtrail_aws.s3.post import Host
from backtrail_aws.s3.state import S3, Bucket
from backtrail_aws.s3.websites import Elsewhere

_REGION = "us-east-1"
_ASKED = ("if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "range")


class Website:
    """One request of a visitor."""

    def __init__(self, host: Host, request: HttpRequest, place: Address, state: S3, client: str) -> None:
        self.host, self.request, self.place, self.state, self.client = host, request, place, state, client
        self.key = unquote(request.path).removeprefix("/")
        self.name = request.header("host")

    async def answer(self) -> HttpAnswer:
        """What the visitor gets."""
        bucket = self.state.buckets.get(self.place.bucket or "")
        if bucket is None:
            return self._refuse(errors.no_such_bucket(self.place.bucket or ""))
        if bucket.website is UNSET:
            return self._refuse(absent(*NOT_FOUND, bucket.name))
        target = self.request.path + (f"?{self.request.query}" if self.request.query else "")
        away = websites.whole_site(bucket.website, target) or websites.routed(
            bucket.website, self.key, self.name
        )
        if away is not None:
            return _redirect(away)
        if self.request.method not in ("GET", "HEAD"):
            return self._refuse(_method_not_allowed(self.request.method))
        return await self._document(bucket, bucket.website)

    async def _document(self, bucket: Bucket, website: api.WebsiteConfiguration) -> HttpAnswer:
        """The object that the path means, or what there is in its place."""
        key = websites.document(website, self.key)
        answered = await self._get(bucket, key, asked=True)
        if answered.error is None:
            return self._served(answered)
        refusal = self._honest(bucket, key, answered.error)
        if refusal.status in (304, 412, 416):
            return self._refuse(refusal)
        if refusal.status == 404 and (away := websites.folder(website, bucket, self.key)) is not None:
            return _redirect(away)
        if (away := websites.routed(website, self.key, self.name, refusal.status)) is not None:
            return _redirect(away)
        return await self._error_document(bucket, website, refusal)

    async def _error_document(
        self, bucket: Bucket, website: api.WebsiteConfiguration, refusal: Refusal
    ) -> HttpAnswer:
        if website.error_document is UNSET or not 400 <= refusal.status < 500:
            return self._refuse(refusal)
        answered = await self._get(bucket, website.error_document.key, asked=False)
        if answered.error is not None:
            return self._refuse(refusal, website.error_document.key)
        served = self._served(answered)
        served.status = refusal.status
        return served

    async def _get(self, bucket: Bucket, key: str, *, asked: bool) -> Answered:
        """Get an object as the visitor: nobody."""
        headers = {name: text for name in _ASKED if asked and (text := self.request.header(name))}
        meant = HttpRequest(method="GET", path=f"/{bucket.name}/{quote(key)}", headers=headers)
        protocol = protocol_of("s3", "rest-xml")
        region = _REGION if bucket.region is UNSET else bucket.region
        http = HttpFacts(method=self.request.method, host=self.name, headers=self.request.headers)
        return await self.host.call(
            Incoming(
                service="s3",
                action="GetObject",
                params=protocol.parse(protocol.model.operations["GetObject"], meant, api.GetObject),
                caller=self._nobody(),
                account=bucket.account,
                region=region,
                facts=Facts(
                    source_ip=self.client,
                    user_agent=self.request.header("user-agent"),
                    http=http,
                    authentication="",
                ),
            )
        )

    def _nobody(self) -> Caller:
        return resolve(self.host.machine, None, _REGION, self.host.clock.peek()).caller

    def _honest(self, bucket: Bucket, key: str, refusal: Refusal) -> Refusal:
        """Websites tell visitors that a page is not there, even those who may not list the bucket."""
        hidden = refusal.code == "AccessDenied" and key not in bucket.objects
        if hidden and access.permits(self._nobody(), "s3:GetObject", bucket, key):
            return errors.no_such_key(key)
        return refusal

    def _served(self, answered: Answered) -> HttpAnswer:
        result = answered.result
        if isinstance(result, api.GetObjectResult) and isinstance(result.website_redirect_location, str):
            return _redirect(Elsewhere(301, result.website_redirect_location))
        protocol = protocol_of("s3", "rest-xml")
        return protocol.answer(protocol.model.operations["GetObject"], result, answered.request_id)

    def _refuse(self, refusal: Refusal, lost: str | None = None) -> HttpAnswer:
        members = dict(refusal.members)
        headers = [*members.pop("headers", ())]
        if refusal.status == 304:
            return HttpAnswer(status=304, headers=headers)
        details = {name: str(value) for name, value in members.items()}
        body = websites.page(refusal.status, refusal.code, refusal.message, details, lost)
        headers += [("x-amz-error-code", refusal.code), ("x-amz-error-message", refusal.message)]
        headers.append(("Content-Type", "text/html; charset=utf-8"))
        return HttpAnswer(status=refusal.status, headers=headers, body=body)


def _redirect(away: Elsewhere) -> HttpAnswer:
    return HttpAnswer(status=away.status, headers=[("Location", away.location)])


def _method_not_allowed(method: str) -> Refusal:
    # evidence: page https://docs.aws.amazon.com/AmazonS3/latest/userguide/WebsiteEndpoints.html
    return errors.refused(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        405,
        Method=method,
        ResourceType="OBJECT",
    )
