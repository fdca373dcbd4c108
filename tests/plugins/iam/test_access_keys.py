"""Access keys: secrets that no record shows, and who a key is."""

from __future__ import annotations

import msgspec

import backtrail_aws.iam
from backtrail import UNSET, Identity
from backtrail.identity import UnknownKey, resolve
from backtrail.testing import ACCOUNT, REGION, Scenario, machine_of
from backtrail_aws.iam import api


def test_a_secret_is_shown_once(iam: Scenario) -> None:
    """CreateAccessKey answers a secret that neither its record nor any later answer has."""
    iam.given(api.CreateUser(user_name="u"), api.CreateAccessKey(user_name="u"))

    key = iam.answer.access_key
    assert key.access_key_id.startswith("AKIA")
    assert (len(key.access_key_id), len(key.secret_access_key)) == (20, 40)
    assert key.secret_access_key.encode() not in iam.log[-1].record
    assert iam.record["responseElements"]["accessKey"] == {
        "userName": "u",
        "accessKeyId": key.access_key_id,
        "status": "Active",
        "createDate": "Jan 1, 2024 12:00:02 AM",
    }
    iam.given(api.ListAccessKeys(user_name="u"))
    assert "secret" not in msgspec.json.encode(iam.record).decode().lower()
    iam.replays()


def test_two_keys_at_most(iam: Scenario) -> None:
    """The third key is refused, inactive ones count; a deleted one makes room."""
    iam.given(api.CreateUser(user_name="u"), api.CreateAccessKey(user_name="u"))
    first = iam.answer.access_key.access_key_id
    iam.given(
        api.CreateAccessKey(user_name="u"),
        api.UpdateAccessKey(user_name="u", access_key_id=first, status="Inactive"),
    )
    iam.when(api.CreateAccessKey(user_name="u")).refused(
        "LimitExceeded", "Cannot exceed quota for AccessKeysPerUser: 2"
    )
    iam.given(api.DeleteAccessKey(user_name="u", access_key_id=first), api.CreateAccessKey(user_name="u"))
    iam.when(api.DeleteAccessKey(user_name="u", access_key_id=first)).refused(
        "NoSuchEntity", f"The Access Key with id {first} cannot be found."
    )
    iam.when(api.CreateAccessKey(user_name="nobody")).refused("NoSuchEntity")
    iam.replays()


def test_who_a_key_is(iam: Scenario) -> None:
    """A key is its user as long as it is active, and nobody from then on."""
    iam.given(api.CreateUser(user_name="u", path="/p/"))
    principal = iam.answer.user.user_id
    iam.given(api.CreateAccessKey(user_name="u"))
    made = iam.answer.access_key
    known = resolve(iam.machine, made.access_key_id, REGION, iam.now)
    assert known.secret == made.secret_access_key
    assert known.caller.verified
    assert known.caller.identity == Identity(
        type="IAMUser",
        principal_id=principal,
        arn=f"arn:aws:iam::{ACCOUNT}:user/p/u",
        account_id=ACCOUNT,
        access_key_id=made.access_key_id,
        user_name="u",
    )
    assert resolve(iam.machine, made.access_key_id, REGION, iam.now).caller is known.caller
    for step in (
        api.UpdateAccessKey(user_name="u", access_key_id=made.access_key_id, status="Inactive"),
        api.DeleteAccessKey(user_name="u", access_key_id=made.access_key_id),
        api.DeleteUser(user_name="u"),
    ):
        iam.given(step)
        try:
            resolve(iam.machine, made.access_key_id, REGION, iam.now)
        except UnknownKey:
            continue
        raise AssertionError(f"the key works after {step}")
    iam.replays()


def test_keys_of_the_root(iam: Scenario) -> None:
    """CreateAccessKey by the root without a name makes a key of the root, which the summary counts."""
    iam.given(api.CreateAccessKey())
    key = iam.answer.access_key
    assert key.user_name is UNSET
    assert resolve(iam.machine, key.access_key_id, REGION, iam.now).caller.is_root
    iam.given(api.GetAccountSummary())
    assert iam.answer.summary_map["AccountAccessKeysPresent"] == 1
    iam.given(api.DeleteAccessKey(access_key_id=key.access_key_id), api.GetAccountSummary())
    assert iam.answer.summary_map["AccountAccessKeysPresent"] == 0
    iam.replays()


def test_whose_a_key_is(iam: Scenario) -> None:
    """GetAccessKeyLastUsed names the user and says N/A, as for a key never used."""
    iam.given(api.CreateUser(user_name="u"), api.CreateAccessKey(user_name="u"))
    key = iam.answer.access_key.access_key_id
    iam.given(api.GetAccessKeyLastUsed(access_key_id=key))
    assert iam.answer.user_name == "u"
    assert iam.answer.access_key_last_used.service_name == "N/A"
    iam.when(api.GetAccessKeyLastUsed(access_key_id="AKIANOBODYNOBODYNOBO")).refused("NoSuchEntity")


def test_a_log_without_its_sealed_parts(iam: Scenario) -> None:
    """Who reads the records alone learns whose a key is, but no secret: the key is unverified."""
    iam.given(api.CreateUser(user_name="u"), api.CreateAccessKey(user_name="u"))
    key = iam.answer.access_key.access_key_id
    bare = [msgspec.structs.replace(entry, sealed=None) for entry in iam.log]
    known = resolve(machine_of(bare, backtrail_aws.iam), key, REGION, iam.now)
    assert known.secret is None
    assert not known.caller.verified
    assert known.caller.identity.user_name == "u"
