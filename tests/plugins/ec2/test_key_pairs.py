"""Key pairs."""

from __future__ import annotations

import msgspec
import pytest

from backtrail import Effect
from backtrail.call import Outcome
from backtrail_aws.ec2 import api, keys

from .ec2_scenario import Ec2, tagged


def test_an_effect_makes_the_key() -> None:
    """The intent first; decided again with a real key, whose private half no record shows."""
    ec2 = Ec2()
    call = api.CreateKeyPair(key_name="mine", tag_specifications=tagged("key-pair", a="b"))
    assert isinstance(ec2.when(call).answer, Effect)
    made = keys.make("rsa", "pem", "mine")
    ec2.when(call, outcome=Outcome(result=msgspec.to_builtins(made)))

    assert ec2.answer.key_material.startswith("-----BEGIN RSA PRIVATE KEY-----")
    assert len(ec2.answer.key_fingerprint.split(":")) == 20
    assert ec2.record["responseElements"]["keyMaterial"] == "<sensitiveDataRemoved>"
    (shown,) = ec2.did(api.DescribeKeyPairs(include_public_key=True)).key_pairs
    assert shown.public_key == made.public
    ec2.replays()


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
@pytest.mark.parametrize("form", ["pem", "ppk"])
def test_every_form_is_read_again(kind: str, form: str) -> None:
    """What is made can be imported; the fingerprint of a made RSA key is of its private half."""
    made = keys.make(kind, form, "a comment")
    found = keys.read(made.public.encode())

    assert found.type == kind
    assert (found.fingerprint == made.fingerprint) == (kind == "ed25519")


def test_import() -> None:
    """A name once; what is no key is refused; one that is not there is deleted without complaint."""
    ec2 = Ec2()
    material = keys.make("ed25519", "pem", "x").public.encode()
    ec2.given(api.ImportKeyPair(key_name="mine", public_key_material=material))
    ec2.when(api.ImportKeyPair(key_name="mine", public_key_material=material)).refused(
        "InvalidKeyPair.Duplicate", "The keypair 'mine' already exists."
    )
    ec2.when(api.ImportKeyPair(key_name="bad", public_key_material=b"no")).refused("InvalidKey.Format")
    ec2.given(api.DeleteKeyPair(key_name="mine"), api.DeleteKeyPair(key_name="mine"))
    ec2.when(api.DescribeKeyPairs(key_names=["mine"])).refused(
        "InvalidKeyPair.NotFound", "The key pair 'mine' does not exist"
    )
    ec2.replays()


def test_rfc_4716() -> None:
    """The form of SSH2 is read, too."""
    made = keys.make("rsa", "pem", "x")
    body = made.public.split()[1]
    text = f'---- BEGIN SSH2 PUBLIC KEY ----\nComment: "x"\n{body}\n---- END SSH2 PUBLIC KEY ----'

    assert keys.read(text.encode()).fingerprint == keys.read(made.public.encode()).fingerprint
