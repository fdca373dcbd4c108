"""SSH public keys, signing certificates, server certificates, credentials for single services."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from backtrail import UNSET
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api

EXPIRES = datetime(2030, 5, 6, 7, 8, 9, tzinfo=UTC)


@cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    """One of some keys."""
    return rsa.generate_private_key(65537, 2048)


@cache
def certificate(number: int, issuer: int | None = None) -> str:
    """A certificate of one key, signed by itself or by another."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"c{number}")])
    signer = number if issuer is None else issuer
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"c{signer}")]))
        .public_key(rsa_key(number).public_key())
        .serial_number(number + 1)
        .not_valid_before(EXPIRES - timedelta(days=3650))
        .not_valid_after(EXPIRES)
        .sign(rsa_key(signer), hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def private(number: int) -> str:
    """A key's private half in PEM."""
    return rsa_key(number).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def ssh(number: int) -> str:
    """A key's public half as OpenSSH writes it."""
    return rsa_key(number).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()


def test_ssh_public_keys(iam: Scenario) -> None:
    """Keys are uploaded in SSH or PEM form, read in either, listed, switched off and deleted."""
    pem = rsa_key(1).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    iam.given(
        api.CreateUser(user_name="u"),
        api.UploadSSHPublicKey(user_name="u", ssh_public_key_body=ssh(0) + " me@here"),
    )
    key = iam.answer.ssh_public_key
    assert key.ssh_public_key_id.startswith("APKA")
    assert len(key.ssh_public_key_id) == 20
    assert len(key.fingerprint) == 47
    iam.given(api.UploadSSHPublicKey(user_name="u", ssh_public_key_body=pem))
    second = iam.answer.ssh_public_key.ssh_public_key_id
    iam.given(api.GetSSHPublicKey(user_name="u", ssh_public_key_id=second, encoding="SSH"))
    assert iam.answer.ssh_public_key.ssh_public_key_body == ssh(1)
    iam.given(api.GetSSHPublicKey(user_name="u", ssh_public_key_id=second, encoding="PEM"))
    assert iam.answer.ssh_public_key.ssh_public_key_body == pem
    iam.given(
        api.UpdateSSHPublicKey(user_name="u", ssh_public_key_id=second, status="Inactive"),
        api.ListSSHPublicKeys(user_name="u"),
    )
    assert {one.ssh_public_key_id: one.status for one in iam.answer.ssh_public_keys} == {
        key.ssh_public_key_id: "Active",
        second: "Inactive",
    }
    iam.when(api.DeleteUser(user_name="u")).refused("DeleteConflict", "remove referenced objects")
    iam.given(api.DeleteSSHPublicKey(user_name="u", ssh_public_key_id=second))
    iam.when(api.DeleteSSHPublicKey(user_name="u", ssh_public_key_id=second)).refused("NoSuchEntity")
    iam.replays()


def test_ssh_public_keys_that_are_refused(iam: Scenario) -> None:
    """A key twice, one that is none, one of another kind and a sixth are refused."""
    iam.given(
        api.CreateUser(user_name="u"), api.UploadSSHPublicKey(user_name="u", ssh_public_key_body=ssh(0))
    )
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    elliptic = other.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
    for body, code in {
        ssh(0) + " again": "DuplicateSSHPublicKey",
        "ssh-rsa AAAA": "InvalidPublicKey",
        elliptic: "InvalidPublicKey",
        "hello": "UnrecognizedPublicKeyEncoding",
    }.items():
        iam.when(api.UploadSSHPublicKey(user_name="u", ssh_public_key_body=body)).refused(code)
    for number in range(1, 5):
        iam.given(api.UploadSSHPublicKey(user_name="u", ssh_public_key_body=ssh(number)))
    iam.when(api.UploadSSHPublicKey(user_name="u", ssh_public_key_body=ssh(5))).refused("LimitExceeded")


def test_signing_certificates(iam: Scenario) -> None:
    """Two certificates at most, each the account's only one, switched off and deleted."""
    iam.given(
        api.CreateUser(user_name="u"),
        api.CreateUser(user_name="v"),
        api.UploadSigningCertificate(user_name="u", certificate_body=certificate(0)),
    )
    first = iam.answer.certificate
    assert (first.status, first.user_name) == ("Active", "u")
    iam.when(api.UploadSigningCertificate(user_name="v", certificate_body=certificate(0))).refused(
        "DuplicateCertificate"
    )
    iam.when(api.UploadSigningCertificate(user_name="v", certificate_body="-")).refused(
        "MalformedCertificate"
    )
    iam.given(api.UploadSigningCertificate(user_name="u", certificate_body=certificate(1)))
    iam.when(api.UploadSigningCertificate(user_name="u", certificate_body=certificate(2))).refused(
        "LimitExceeded"
    )
    iam.given(
        api.UpdateSigningCertificate(user_name="u", certificate_id=first.certificate_id, status="Inactive"),
        api.ListSigningCertificates(user_name="u"),
    )
    assert sorted(one.status for one in iam.answer.certificates) == ["Active", "Inactive"]
    iam.when(api.DeleteUser(user_name="u")).refused("DeleteConflict", "delete certificates")
    iam.given(api.DeleteSigningCertificate(user_name="u", certificate_id=first.certificate_id))
    iam.when(
        api.UpdateSigningCertificate(user_name="u", certificate_id=first.certificate_id, status="Active")
    ).refused("NoSuchEntity")
    iam.replays()


def test_server_certificates(iam: Scenario) -> None:
    """A certificate with key and chain is uploaded, read without the key, renamed, tagged and deleted."""
    iam.given(
        api.UploadServerCertificate(
            server_certificate_name="C",
            path="/cloudfront/",
            certificate_body=certificate(1, 0),
            private_key=private(1),
            certificate_chain=certificate(0),
            tags=[api.Tag(key="a", value="b")],
        )
    )
    made = iam.answer.server_certificate_metadata
    assert made.arn == f"arn:aws:iam::{ACCOUNT}:server-certificate/cloudfront/C"
    assert made.server_certificate_id.startswith("ASCA")
    assert made.expiration == EXPIRES
    assert b"PRIVATE" not in iam.log[-1].record
    iam.given(
        api.UpdateServerCertificate(
            server_certificate_name="c", new_server_certificate_name="D", new_path="/"
        ),
        api.GetServerCertificate(server_certificate_name="D"),
    )
    held = iam.answer.server_certificate
    assert held.certificate_chain == certificate(0)
    assert held.server_certificate_metadata.arn == f"arn:aws:iam::{ACCOUNT}:server-certificate/D"
    assert held.tags == [api.Tag(key="a", value="b")]
    iam.given(
        api.TagServerCertificate(server_certificate_name="D", tags=[api.Tag(key="c", value="d")]),
        api.UntagServerCertificate(server_certificate_name="D", tag_keys=["a"]),
        api.ListServerCertificateTags(server_certificate_name="D"),
    )
    assert [tag.key for tag in iam.answer.tags] == ["c"]
    iam.given(api.ListServerCertificates(path_prefix="/"))
    assert len(iam.answer.server_certificate_metadata_list) == 1
    iam.given(api.DeleteServerCertificate(server_certificate_name="D"))
    iam.when(api.DeleteServerCertificate(server_certificate_name="D")).refused(
        "NoSuchEntity", "The Server Certificate with name D cannot be found."
    )
    iam.replays()


def test_server_certificates_that_are_refused(iam: Scenario) -> None:
    """No certificate, a key of another, no key, a chain that does not lead on and a name twice are refused."""

    def upload(body: str, key: str, chain: str | None = None) -> api.UploadServerCertificate:
        return api.UploadServerCertificate(
            server_certificate_name="c",
            certificate_body=body,
            private_key=key,
            certificate_chain=UNSET if chain is None else chain,
        )

    iam.when(upload("x", private(0))).refused("MalformedCertificate", "Unable to parse certificate.")
    iam.when(upload(certificate(0), private(1))).refused("KeyPairMismatch")
    iam.when(upload(certificate(0), "x")).refused("MalformedCertificate", "private key")
    iam.when(upload(certificate(1, 0), private(1), certificate(2))).refused(
        "MalformedCertificate", "The index within the chain of the invalid certificate is: -1"
    )
    iam.given(upload(certificate(0), private(0)))
    iam.when(upload(certificate(0), private(0))).refused(
        "EntityAlreadyExists", "The Server Certificate with name c already exists."
    )


@pytest.mark.parametrize(
    ("service", "named"), [("codecommit.amazonaws.com", True), ("bedrock.amazonaws.com", False)]
)
def test_credentials_for_single_services(iam: Scenario, service: str, named: bool) -> None:
    """A credential's secret is shown once, and again when it is reset; two a service at most."""
    create = api.CreateServiceSpecificCredential(user_name="u", service_name=service)
    iam.given(api.CreateUser(user_name="u"), create)
    made = iam.answer.service_specific_credential
    secret = made.service_password if named else made.service_credential_secret
    label = made.service_user_name if named else made.service_credential_alias
    assert label == f"u-at-{ACCOUNT}"
    assert secret
    assert secret.encode() not in iam.log[-1].record
    iam.given(create)
    iam.when(create).refused("LimitExceeded")
    identifier = made.service_specific_credential_id
    assert identifier.startswith("ACCA")
    iam.given(api.ResetServiceSpecificCredential(user_name="u", service_specific_credential_id=identifier))
    again = iam.answer.service_specific_credential
    assert (again.service_password if named else again.service_credential_secret) not in (UNSET, secret)
    iam.given(
        api.UpdateServiceSpecificCredential(
            user_name="u", service_specific_credential_id=identifier, status="Inactive"
        ),
        api.ListServiceSpecificCredentials(user_name="u", service_name=service),
    )
    shown = {
        one.service_specific_credential_id: one.status for one in iam.answer.service_specific_credentials
    }
    assert sorted(shown.values()) == ["Active", "Inactive"]
    iam.given(api.ListServiceSpecificCredentials(all_users=True))
    assert len(iam.answer.service_specific_credentials) == 2
    iam.given(api.DeleteServiceSpecificCredential(user_name="u", service_specific_credential_id=identifier))
    iam.when(
        api.DeleteServiceSpecificCredential(user_name="u", service_specific_credential_id=identifier)
    ).refused("NoSuchEntity")
    iam.replays()


def test_services_without_credentials(iam: Scenario) -> None:
    """Other services are refused, and so is an end for a password."""
    iam.given(api.CreateUser(user_name="u"))
    iam.when(api.CreateServiceSpecificCredential(user_name="u", service_name="ec2.amazonaws.com")).refused(
        "NotSupportedService"
    )
    iam.when(
        api.CreateServiceSpecificCredential(
            user_name="u", service_name="codecommit.amazonaws.com", credential_age_days=1
        )
    ).refused("InvalidInput")
    iam.given(
        api.CreateServiceSpecificCredential(
            user_name="u", service_name="logs.amazonaws.com", credential_age_days=1
        )
    )
    assert iam.answer.service_specific_credential.expiration_date == iam.now + timedelta(days=1)
