"""Users' and the root's X.509 signing certificates."""

from __future__ import annotations

from backtrail import UNSET, Call, Event, UnsetType
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, implied, pem, quotas
from backtrail_aws.iam import credential_errors as errors
from backtrail_aws.iam.listing import ends, listed
from backtrail_aws.iam.names import AnyEvent, user_meant
from backtrail_aws.iam.state import Iam, SigningCertificate, User, service


def _view(user: User, certificate: SigningCertificate) -> api.SigningCertificate:
    return api.SigningCertificate(
        user_name=user.name or UNSET,
        certificate_id=certificate.id,
        certificate_body=certificate.body,
        status=certificate.status,
        upload_date=certificate.uploaded,
    )


@service.handle
def upload_signing_certificate(
    state: Iam, call: Call[api.UploadSigningCertificate]
) -> api.UploadSigningCertificateResult:
    """Give a user a certificate that nobody in the account has."""
    params = call.params
    user = user_meant(state, call, params.user_name)
    fingerprint = pem.fingerprint(params.certificate_body)
    for owner in (state.root, *state.users.values()):
        for held in owner.certificates.values():
            if held.body is not UNSET and pem.fingerprint(held.body) == fingerprint:
                raise errors.duplicate_certificate()
    quotas.check(call, "SigningCertificatesPerUser", len(user.certificates))
    made = SigningCertificate(
        id=call.new_id("hex32").upper(), body=params.certificate_body, uploaded=SpacedTime.of(call.time)
    )
    return api.UploadSigningCertificateResult(certificate=_view(user, made))


@service.project
def signing_certificate_uploaded(
    state: Iam, event: Event[api.UploadSigningCertificate, api.UploadSigningCertificateResult]
) -> None:
    """The user has this certificate. A record without an answer does not tell its id."""
    made = event.result.certificate
    user = implied.owner(state, event, event.params.user_name)
    if user is None or made is UNSET or made.certificate_id is UNSET:
        return
    user.certificates[made.certificate_id] = SigningCertificate(
        id=made.certificate_id, body=event.params.certificate_body, uploaded=SpacedTime.of(event.time)
    )


@service.read
def list_signing_certificates(
    state: Iam, call: Call[api.ListSigningCertificates]
) -> api.ListSigningCertificatesResult:
    """A user's certificates."""
    user = user_meant(state, call, call.params.user_name)
    page = listed(user.certificates, call.params)
    return api.ListSigningCertificatesResult(
        certificates=[_view(user, certificate) for certificate in page.items], **ends(page)
    )


def _check(user: User, certificate: str) -> None:
    if certificate not in user.certificates:
        raise errors.no_signing_certificate(certificate)


@service.handle
def update_signing_certificate(state: Iam, call: Call[api.UpdateSigningCertificate]) -> None:
    """Make a certificate active or inactive."""
    _check(user_meant(state, call, call.params.user_name), call.params.certificate_id)


@service.project
def signing_certificate_updated(state: Iam, event: Event[api.UpdateSigningCertificate, None]) -> None:
    """The certificate has this status."""
    held = _certificates(state, event, event.params.user_name)
    key = event.params.certificate_id
    held.setdefault(key, SigningCertificate(id=key)).status = event.params.status


@service.handle
def delete_signing_certificate(state: Iam, call: Call[api.DeleteSigningCertificate]) -> None:
    """Delete a certificate."""
    _check(user_meant(state, call, call.params.user_name), call.params.certificate_id)


@service.project
def signing_certificate_deleted(state: Iam, event: Event[api.DeleteSigningCertificate, None]) -> None:
    """The certificate is gone."""
    _certificates(state, event, event.params.user_name).pop(event.params.certificate_id, None)


def _certificates(state: Iam, event: AnyEvent, name: str | UnsetType) -> dict[str, SigningCertificate]:
    """The certificates of the user that a record means; of nobody, where none can be told."""
    user = implied.owner(state, event, name)
    return {} if user is None else user.certificates
