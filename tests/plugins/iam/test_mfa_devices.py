"""MFA devices: seeds, codes that are really checked, pictures that can be scanned."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest

from backtrail import UNSET
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.iam import api, qr, totp
from backtrail_aws.iam.mfa_devices import VerifyMFACode

SEED = base64.b32encode(b"12345678901234567890").decode()


@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_rfc_6238s(seconds: int, code: str) -> None:
    """The RFC's own examples, in six digits."""
    assert totp.code(SEED, totp.step_at(datetime.fromtimestamp(seconds, UTC))) == code


def test_a_device_may_be_off(iam: Scenario) -> None:
    """Two codes in a row tell how far off a device is, up to a day; single codes fit a step around that."""
    now = datetime(2024, 1, 1, tzinfo=UTC)
    step = totp.step_at(now)
    late = totp.code(SEED, step - 100), totp.code(SEED, step - 99)
    assert totp.drift(SEED, *late, now) == -100
    assert totp.drift(SEED, late[1], late[0], now) is None
    assert totp.fits(SEED, totp.code(SEED, step - 99), now, -100)
    assert not totp.fits(SEED, totp.code(SEED, step - 97), now, -100)


def codes(iam: Scenario, seed: str, step: int = 0) -> dict[str, str]:
    """What a device shows one after the other at the next call."""
    first = totp.step_at(iam.now) + step
    return {
        "authentication_code1": totp.code(seed, first),
        "authentication_code2": totp.code(seed, first + 1),
    }


def device(iam: Scenario, name: str = "d") -> tuple[str, str]:
    """A new device's serial number and seed."""
    iam.given(api.CreateVirtualMFADevice(virtual_mfa_device_name=name))
    made = iam.answer.virtual_mfa_device
    return made.serial_number, made.base32_string_seed.decode()


def test_the_life_of_a_virtual_device(iam: Scenario) -> None:
    """A device is made, enabled with real codes, listed, resynchronised, deactivated and deleted."""
    iam.given(api.CreateUser(user_name="u"))
    serial, seed = device(iam)
    assert serial == f"arn:aws:iam::{ACCOUNT}:mfa/d"
    assert len(seed) == 64
    assert seed.encode() not in iam.log[-1].record
    assert iam.record["responseElements"] == {"virtualMFADevice": {"serialNumber": serial}}

    wrong: dict[str, Any] = {"authentication_code1": "000000", "authentication_code2": "000001"}
    enable = {"user_name": "u", "serial_number": serial}
    iam.when(api.EnableMFADevice(**enable, **wrong)).refused("InvalidAuthenticationCode")
    iam.given(api.EnableMFADevice(**enable, **codes(iam, seed)))
    assert iam.record["requestParameters"] == {"userName": "u", "serialNumber": serial}
    iam.when(api.EnableMFADevice(**enable, **codes(iam, seed))).refused("EntityAlreadyExists")
    iam.given(api.ListMFADevices(user_name="u"))
    assert [one.serial_number for one in iam.answer.mfa_devices] == [serial]
    iam.when(api.DeleteUser(user_name="u")).refused("DeleteConflict", "delete MFA device")
    iam.when(api.DeleteVirtualMFADevice(serial_number=serial)).refused("DeleteConflict")

    iam.when(api.ResyncMFADevice(**enable, **wrong)).refused("InvalidAuthenticationCode")
    iam.given(api.ResyncMFADevice(**enable, **codes(iam, seed, 40)), api.GetMFADevice(serial_number=serial))
    assert iam.answer.user_name == "u"
    iam.given(api.DeactivateMFADevice(**enable), api.DeleteVirtualMFADevice(serial_number=serial))
    iam.when(api.GetMFADevice(serial_number=serial)).refused("NoSuchEntity")
    iam.replays()


def test_a_code_is_verified_for_other_services(iam: Scenario) -> None:
    """STS asks whether a user's device shows a code: after its drift, and only of its owner."""
    iam.given(api.CreateUser(user_name="u"))
    serial, seed = device(iam)
    iam.given(api.EnableMFADevice(user_name="u", serial_number=serial, **codes(iam, seed, 40)))

    def verify(user: str | None, step: int) -> bool:
        code = totp.code(seed, totp.step_at(iam.now) + step)
        asked = VerifyMFACode(
            serial_number=serial, token_code=code, user_name=UNSET if user is None else user
        )
        iam.given(asked)
        return bool(iam.answer.valid)

    assert verify("u", 40)
    assert not verify("u", 0)
    assert not verify(None, 40)
    iam.replays()


def test_the_roots_device(iam: Scenario) -> None:
    """The root, called root, may have a device; the summary tells."""
    serial, seed = device(iam, "root-account-mfa-device")
    iam.given(
        api.EnableMFADevice(user_name="root", serial_number=serial, **codes(iam, seed)),
        api.GetAccountSummary(),
    )
    assert iam.answer.summary_map["AccountMFAEnabled"] == 1
    iam.given(api.ListMFADevices(), api.ListVirtualMFADevices(assignment_status="Assigned"))
    assert iam.answer.virtual_mfa_devices[0].user.arn == f"arn:aws:iam::{ACCOUNT}:root"
    iam.given(api.DeactivateMFADevice(serial_number=serial), api.GetAccountSummary())
    assert iam.answer.summary_map["AccountMFAEnabled"] == 0
    iam.replays()


def test_lists_of_virtual_devices(iam: Scenario) -> None:
    """ListVirtualMFADevices tells devices that somebody has from those that nobody has."""
    iam.given(api.CreateUser(user_name="u"))
    first, seed = device(iam, "a")
    second, _ = device(iam, "b")
    iam.given(api.EnableMFADevice(user_name="u", serial_number=first, **codes(iam, seed)))
    for status, serials in {"Any": [first, second], "Assigned": [first], "Unassigned": [second]}.items():
        iam.given(api.ListVirtualMFADevices(assignment_status=status))
        assert [one.serial_number for one in iam.answer.virtual_mfa_devices] == serials
    assert iam.answer.virtual_mfa_devices[0].user is UNSET
    iam.when(api.CreateVirtualMFADevice(virtual_mfa_device_name="a")).refused("EntityAlreadyExists")
    iam.given(
        api.TagMFADevice(serial_number=second, tags=[api.Tag(key="k", value="v")]),
        api.ListMFADeviceTags(serial_number=second),
    )
    assert iam.answer.tags == [api.Tag(key="k", value="v")]
    iam.given(api.UntagMFADevice(serial_number=second, tag_keys=["k"]))
    iam.replays()


def test_reed_solomon() -> None:
    """The worked example of the standard's readers: version 1-M, "HELLO WORLD"."""
    data = bytes([32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17])
    assert list(qr._correction(data, 10)) == [196, 35, 39, 119, 235, 215, 231, 226, 93, 23]


def test_a_qr_code_is_drawn() -> None:
    """Finder patterns, timing, format and version bits lie where the standard wants them; all data is placed."""
    modules = qr._modules(b"x" * 150)
    size = len(modules)
    assert size == 17 + 4 * 7
    finder = ["1111111", "1000001", "1011101", "1011101", "1011101", "1000001", "1111111"]
    for row, column in ((0, 0), (0, size - 7), (size - 7, 0)):
        drawn = ["".join(str(int(modules[row + i][column + j])) for j in range(7)) for i in range(7)]
        assert drawn == finder
    assert [modules[6][i] for i in range(8, size - 8)] == [i % 2 == 0 for i in range(8, size - 8)]
    form = "".join(str(int(modules[8][i])) for i in (0, 1, 2, 3, 4, 5, 7, 8))
    assert form + "".join(str(int(modules[i][8])) for i in (7, 5, 4, 3, 2, 1, 0)) == "111011111000100"
    version = "".join(str(int(modules[i // 3][size - 11 + i % 3])) for i in reversed(range(18)))
    assert version == "000111110010010100"


@pytest.mark.parametrize("length", [1, 17, 18, 271, 272, 858])
def test_a_qr_code_is_a_png(length: int) -> None:
    """Texts up to 858 bytes become a picture whose size tells the version; longer ones are refused."""
    picture = qr.png("x" * length)
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    side = int.from_bytes(picture[16:20], "big")
    assert (side // 4 - 8 - 17) % 4 == 0
    with pytest.raises(ValueError, match="too many"):
        qr.png("x" * 859)
