"""Server certificates, for load balancers and CloudFront."""

from __future__ import annotations

from backtrail import UNSET, Call, Event, known, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, pem, quotas, tags
from backtrail_aws.iam import credential_errors as errors
from backtrail_aws.iam.listing import ends, under
from backtrail_aws.iam.names import AnyEvent, arn_of, path_of
from backtrail_aws.iam.state import Iam, ServerCertificate, key_of, service


def _view(held: ServerCertificate) -> api.ServerCertificateMetadata:
    return api.ServerCertificateMetadata(
        path=held.path,
        server_certificate_name=held.name,
        server_certificate_id=held.id,
        arn=held.arn,
        upload_date=held.created,
        expiration=held.expires,
    )


def _named(state: Iam, name: str) -> ServerCertificate:
    found = state.server_certificates.get(key_of(name))
    if found is None:
        raise errors.no_server_certificate(name)
    return found


def _inferred(state: Iam, event: AnyEvent, name: str) -> ServerCertificate:
    return known(
        state.server_certificates,
        key_of(name),
        event,
        lambda: ServerCertificate(
            name=name, arn=arn_of(event, "server-certificate", "/", name), implied_by=event.id
        ),
    )


@service.handle
def upload_server_certificate(
    state: Iam, call: Call[api.UploadServerCertificate]
) -> api.UploadServerCertificateResult:
    """Take a certificate with its private key and its chain, which must belong together."""
    params = call.params
    expires = pem.expiry(params.certificate_body)
    pem.check_pair(params.certificate_body, told(params.private_key, ""))
    if params.certificate_chain is not UNSET:
        pem.check_chain(params.certificate_body, params.certificate_chain)
    if key_of(params.server_certificate_name) in state.server_certificates:
        raise errors.server_certificate_exists(params.server_certificate_name)
    tags.check_new(call, params.tags)
    quotas.check(call, "ServerCertificatesPerAccount", len(state.server_certificates))
    path = path_of(params.path)
    return api.UploadServerCertificateResult(
        server_certificate_metadata=api.ServerCertificateMetadata(
            path=path,
            server_certificate_name=params.server_certificate_name,
            server_certificate_id=call.new_id("ASCA"),
            arn=arn_of(call, "server-certificate", path, params.server_certificate_name),
            upload_date=SpacedTime.of(call.time),
            expiration=SpacedTime.of(expires),
        ),
        tags=tags.echoed(params.tags),
    )


@service.project
def server_certificate_uploaded(
    state: Iam, event: Event[api.UploadServerCertificate, api.UploadServerCertificateResult]
) -> None:
    """There is this certificate."""
    params, result = event.params, event.result.server_certificate_metadata
    path = path_of(params.path)
    state.server_certificates[key_of(params.server_certificate_name)] = ServerCertificate(
        name=params.server_certificate_name,
        path=path,
        arn=arn_of(event, "server-certificate", path, params.server_certificate_name),
        id=UNSET if result is UNSET else result.server_certificate_id,
        created=SpacedTime.of(event.time),
        tags=tags.of(params.tags),
        body=params.certificate_body,
        chain=params.certificate_chain,
        private_key=params.private_key,
        expires=UNSET if result is UNSET else result.expiration,
    )


@service.read
def get_server_certificate(
    state: Iam, call: Call[api.GetServerCertificate]
) -> api.GetServerCertificateResult:
    """A certificate with its chain, without its private key."""
    held = _named(state, call.params.server_certificate_name)
    return api.GetServerCertificateResult(
        server_certificate=api.ServerCertificate(
            server_certificate_metadata=_view(held),
            certificate_body=held.body,
            certificate_chain=held.chain,
            tags=tags.shown(held),
        )
    )


@service.read
def list_server_certificates(
    state: Iam, call: Call[api.ListServerCertificates]
) -> api.ListServerCertificatesResult:
    """The certificates under a path, without their bodies."""
    page = under(state.server_certificates, call.params)
    return api.ListServerCertificatesResult(
        server_certificate_metadata_list=[_view(held) for held in page.items], **ends(page)
    )


@service.handle
def update_server_certificate(state: Iam, call: Call[api.UpdateServerCertificate]) -> None:
    """Give a certificate another name or path; its id stays."""
    held = _named(state, call.params.server_certificate_name)
    new = call.params.new_server_certificate_name
    if new is not UNSET and key_of(new) != key_of(held.name) and key_of(new) in state.server_certificates:
        raise errors.server_certificate_exists(new)


@service.project
def server_certificate_updated(state: Iam, event: Event[api.UpdateServerCertificate, None]) -> None:
    """The certificate has this name and this path now, and so another ARN."""
    params = event.params
    held = _inferred(state, event, params.server_certificate_name)
    del state.server_certificates[key_of(held.name)]
    held.name = told(params.new_server_certificate_name, held.name)
    held.path = told(params.new_path, held.path)
    held.arn = arn_of(event, "server-certificate", path_of(held.path), held.name)
    state.server_certificates[key_of(held.name)] = held


@service.handle
def delete_server_certificate(state: Iam, call: Call[api.DeleteServerCertificate]) -> None:
    """Delete a certificate that nothing uses."""
    held = _named(state, call.params.server_certificate_name)
    users = call.held(held.arn)
    if users:
        raise errors.server_certificate_in_use(held.id, users[0])


@service.project
def server_certificate_deleted(state: Iam, event: Event[api.DeleteServerCertificate, None]) -> None:
    """The certificate is gone."""
    state.server_certificates.pop(key_of(event.params.server_certificate_name), None)


@service.evidence
def server_certificate_was_gone(state: Iam, event: Event[api.DeleteServerCertificate, None]) -> None:
    """What cannot be found to be deleted is gone."""
    if event.error == "NoSuchEntityException":
        state.server_certificates.pop(key_of(event.params.server_certificate_name), None)


@service.handle
def tag_server_certificate(state: Iam, call: Call[api.TagServerCertificate]) -> None:
    """Put tags on a certificate."""
    tags.check_more(call, _named(state, call.params.server_certificate_name), call.params.tags)


@service.project
def server_certificate_tagged(state: Iam, event: Event[api.TagServerCertificate, None]) -> None:
    """The certificate has these tags, too."""
    tags.put(_inferred(state, event, event.params.server_certificate_name), event.params.tags)


@service.handle
def untag_server_certificate(state: Iam, call: Call[api.UntagServerCertificate]) -> None:
    """Take tags off a certificate."""
    _named(state, call.params.server_certificate_name)


@service.project
def server_certificate_untagged(state: Iam, event: Event[api.UntagServerCertificate, None]) -> None:
    """The certificate has these tags no more."""
    tags.remove(_inferred(state, event, event.params.server_certificate_name), event.params.tag_keys)


@service.read
def list_server_certificate_tags(
    state: Iam, call: Call[api.ListServerCertificateTags]
) -> api.ListServerCertificateTagsResult:
    """A certificate's tags."""
    found, end = tags.page_of(_named(state, call.params.server_certificate_name), call.params)
    return api.ListServerCertificateTagsResult(tags=found, **end)
