"""SecureStrings under a customer's key."""

from __future__ import annotations

import backtrail_aws.kms
from backtrail_aws.kms import api as kms
from backtrail_aws.ssm import api

from .ssm_scenario import Ssm


def test_a_disabled_key_decrypts_nothing() -> None:
    """Given a SecureString under a key, when the key is disabled, then the value is read no more."""
    aws = Ssm(backtrail_aws.kms)
    aws.given(kms.CreateKey(), service="kms")
    key = aws.answer.key_metadata.key_id
    aws.given(api.PutParameter(name="a", value="1", type="SecureString", key_id=key))
    get = api.GetParameter(name="a", with_decryption=True)
    assert aws.did(get).parameter.value == "1"
    aws.given(kms.DisableKey(key_id=key), service="kms")
    aws.when(get).refused("InvalidKeyId")
    aws.given(api.GetParameter(name="a"))
    aws.when(api.PutParameter(name="a", value="2", overwrite=True)).refused("InvalidKeyId")
    aws.given(kms.EnableKey(key_id=key), service="kms")
    assert aws.did(get).parameter.value == "1"
    aws.replays()
