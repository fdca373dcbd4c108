"""MFA devices: virtual ones from their making to their end, others as far as records name them.

The seed is given once, and codes are checked against it (RFC 6238) at the engine's time.
"""

from __future__ import annotations

from urllib.parse import quote

from backtrail import UNSET, Call, Event, NotInTrail, Params, UnsetType, field, known, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, implied, qr, quotas, tags, totp, users
from backtrail_aws.iam import credential_errors as errors
from backtrail_aws.iam.listing import ends, listed, named
from backtrail_aws.iam.names import AnyCall, AnyEvent, arn_of, path_of, user_meant, user_named
from backtrail_aws.iam.state import Iam, MfaDevice, User, key_of, service

_ROOT = "AWS ROOT USER"
"""What a record calls the root where it has a device: EnableMFADevice in AWS's samples."""


def _device(state: Iam, serial: str) -> MfaDevice:
    found = state.mfa_devices.get(serial)
    if found is None:
        raise errors.no_mfa_device(serial)
    return found


def _inferred(state: Iam, event: AnyEvent, serial: str) -> MfaDevice:
    return known(
        state.mfa_devices,
        serial,
        event,
        lambda: MfaDevice(
            name=serial.rpartition("/")[2], arn=serial, virtual=":mfa/" in serial, implied_by=event.id
        ),
    )


def _owner(state: Iam, call: AnyCall, name: str) -> User:
    """The user that is named; the root, calling, may call itself `root` or by its account."""
    if (
        call.caller.is_root
        and name in ("root", call.account, state.alias)
        and key_of(name) not in state.users
    ):
        return state.root
    return user_named(state, name)


def _owner_in(state: Iam, event: AnyEvent, name: str | UnsetType) -> User | None:
    own = event.identity.type == "Root" and name in ("root", event.account, state.alias)
    if name == _ROOT or (own and key_of(str(name)) not in state.users):
        return state.root
    return implied.owner(state, event, name)


def uri(account: str, name: str, seed: str) -> str:
    """What an authenticator app scans: https://github.com/google/google-authenticator/wiki/Key-Uri-Format"""
    issuer = quote("Amazon Web Services")
    return f"otpauth://totp/{issuer}:{quote(name, safe='=,.@+-')}@{account}?secret={seed}&issuer={issuer}"


@service.handle
def create_virtual_mfa_device(
    state: Iam, call: Call[api.CreateVirtualMFADevice]
) -> api.CreateVirtualMFADeviceResult:
    """Make a virtual device; the answer is the only one that shows its seed."""
    params = call.params
    serial = arn_of(call, "mfa", path_of(params.path), params.virtual_mfa_device_name)
    if serial in state.mfa_devices:
        raise errors.mfa_device_exists()
    tags.check_new(call, params.tags)
    seed = totp.seed_of(call.secret("mfa-seed", totp.SEED_BYTES))
    picture = qr.png(uri(call.account, params.virtual_mfa_device_name, seed))
    return api.CreateVirtualMFADeviceResult(
        virtual_mfa_device=api.VirtualMFADevice(
            serial_number=serial,
            base32_string_seed=seed.encode(),
            qr_code_png=picture,
            tags=tags.echoed(params.tags),
        )
    )


@service.project
def virtual_mfa_device_created(
    state: Iam, event: Event[api.CreateVirtualMFADevice, api.CreateVirtualMFADeviceResult]
) -> None:
    """There is this virtual device, nobody's yet."""
    params, made = event.params, event.result.virtual_mfa_device
    serial = arn_of(event, "mfa", path_of(params.path), params.virtual_mfa_device_name)
    seed = UNSET if made is UNSET else made.base32_string_seed
    state.mfa_devices[serial] = MfaDevice(
        name=params.virtual_mfa_device_name,
        arn=serial,
        path=path_of(params.path),
        created=SpacedTime.of(event.time),
        tags=tags.of(params.tags),
        seed=UNSET if seed is UNSET else seed.decode(),
    )


@service.handle
def enable_mfa_device(state: Iam, call: Call[api.EnableMFADevice]) -> None:
    """Give a device to a user who can read two codes off it, one after the other."""
    params = call.params
    user = _owner(state, call, params.user_name)
    device = _device(state, params.serial_number)
    if device.user is not None:
        raise errors.mfa_device_in_use(params.serial_number)
    quotas.check(call, "MFADevicesPerUser", len(state.devices.of(key_of(user.name))))
    _check_codes(device, call, params.authentication_code1, params.authentication_code2)


def _check_codes(device: MfaDevice, call: AnyCall, first: str | UnsetType, second: str | UnsetType) -> None:
    """Whether two codes follow one another. A seed that no record told lets all pass."""
    if device.seed is UNSET:
        return
    if totp.drift(device.seed, told(first, ""), told(second, ""), call.time) is None:
        raise errors.wrong_code()


@service.project
def mfa_device_enabled(state: Iam, event: Event[api.EnableMFADevice, None]) -> None:
    """The device is the user's."""
    params = event.params
    user = _owner_in(state, event, params.user_name)
    device = _inferred(state, event, params.serial_number)
    if user is None:
        return
    if device.user is not None:
        state.devices.remove(key_of(device.user), device.arn)
    device.user = user.name
    device.enabled = SpacedTime.of(event.time)
    device.drift_steps = _drift(device, event, params.authentication_code1, params.authentication_code2)
    state.devices.add(key_of(user.name), device.arn)


def _drift(device: MfaDevice, event: AnyEvent, first: str | UnsetType, second: str | UnsetType) -> int:
    if device.seed is UNSET or first is UNSET or second is UNSET:
        return device.drift_steps
    found = totp.drift(device.seed, first, second, event.time)
    return device.drift_steps if found is None else found


@service.handle
def resync_mfa_device(state: Iam, call: Call[api.ResyncMFADevice]) -> None:
    """Learn anew how far off a user's device is."""
    params = call.params
    device = _own(state, _owner(state, call, params.user_name), params.serial_number)
    _check_codes(device, call, params.authentication_code1, params.authentication_code2)


@service.project
def mfa_device_resynced(state: Iam, event: Event[api.ResyncMFADevice, None]) -> None:
    """The device is so far off."""
    params = event.params
    device = _inferred(state, event, params.serial_number)
    device.drift_steps = _drift(device, event, params.authentication_code1, params.authentication_code2)


def _own(state: Iam, user: User, serial: str) -> MfaDevice:
    device = _device(state, serial)
    if not state.devices.has(key_of(user.name), serial):
        raise errors.mfa_not_enabled(serial)
    return device


@service.handle
def deactivate_mfa_device(state: Iam, call: Call[api.DeactivateMFADevice]) -> None:
    """Take a device from a user."""
    name = call.params.user_name
    user = user_meant(state, call, UNSET) if name is UNSET else _owner(state, call, name)
    _own(state, user, call.params.serial_number)


@service.project
def mfa_device_deactivated(state: Iam, event: Event[api.DeactivateMFADevice, None]) -> None:
    """The device is nobody's; one that is not virtual is no longer there."""
    serial = event.params.serial_number
    device = _inferred(state, event, serial)
    state.devices.drop_right(serial)
    if device.virtual:
        device.user, device.enabled, device.drift_steps = None, UNSET, 0
    else:
        del state.mfa_devices[serial]


@service.handle
def delete_virtual_mfa_device(state: Iam, call: Call[api.DeleteVirtualMFADevice]) -> None:
    """Delete a virtual device that is nobody's."""
    if _device(state, call.params.serial_number).user is not None:
        raise errors.mfa_device_held()


@service.project
def virtual_mfa_device_deleted(state: Iam, event: Event[api.DeleteVirtualMFADevice, None]) -> None:
    """The virtual device is gone."""
    state.mfa_devices.pop(event.params.serial_number, None)
    state.devices.drop_right(event.params.serial_number)


@service.evidence
def virtual_mfa_device_was_gone(state: Iam, event: Event[api.DeleteVirtualMFADevice, None]) -> None:
    """What cannot be found to be deleted is gone."""
    if event.error == "NoSuchEntityException":
        state.mfa_devices.pop(event.params.serial_number, None)
        state.devices.drop_right(event.params.serial_number)


@service.read
def list_mfa_devices(state: Iam, call: Call[api.ListMFADevices]) -> api.ListMFADevicesResult:
    """A user's devices."""
    user = user_meant(state, call, call.params.user_name)
    page = named(state.devices.of(key_of(user.name)), call.params)
    shown = [
        api.MFADevice(
            user_name=user.name or UNSET, serial_number=serial, enable_date=state.mfa_devices[serial].enabled
        )
        for serial in page.items
    ]
    return api.ListMFADevicesResult(mfa_devices=shown, **ends(page))


@service.read
def get_mfa_device(state: Iam, call: Call[api.GetMFADevice]) -> api.GetMFADeviceResult:
    """One device, and whose it is."""
    device = _device(state, call.params.serial_number)
    name = call.params.user_name
    if name is not UNSET:
        _own(state, _owner(state, call, name), device.arn)
    return api.GetMFADeviceResult(
        user_name=device.user or UNSET, serial_number=device.arn, enable_date=device.enabled
    )


@service.read
def list_virtual_mfa_devices(
    state: Iam, call: Call[api.ListVirtualMFADevices]
) -> api.ListVirtualMFADevicesResult:
    """The virtual devices: those of somebody, of nobody, or all, which is the default."""
    status = told(call.params.assignment_status, "Any")

    def keep(device: MfaDevice) -> bool:
        assigned = device.user is not None
        return device.virtual and (status == "Any" or assigned == (status == "Assigned"))

    page = listed(state.mfa_devices, call.params, keep)
    shown = [_virtual(state, call, device) for device in page.items]
    return api.ListVirtualMFADevicesResult(virtual_mfa_devices=shown, **ends(page))


def _virtual(state: Iam, call: AnyCall, device: MfaDevice) -> api.VirtualMFADevice:
    user: api.User | UnsetType = UNSET
    if device.user == "":
        user = api.User(user_id=call.account, arn=arn_of(call, "root", "", ""))
    elif device.user is not None:
        user = users.brief(state.users[key_of(device.user)])
    return api.VirtualMFADevice(serial_number=device.arn, user=user, enable_date=device.enabled)


@service.handle
def tag_mfa_device(state: Iam, call: Call[api.TagMFADevice]) -> None:
    """Put tags on a virtual device."""
    tags.check_more(call, _device(state, call.params.serial_number), call.params.tags)


@service.project
def mfa_device_tagged(state: Iam, event: Event[api.TagMFADevice, None]) -> None:
    """The device has these tags, too."""
    tags.put(_inferred(state, event, event.params.serial_number), event.params.tags)


@service.handle
def untag_mfa_device(state: Iam, call: Call[api.UntagMFADevice]) -> None:
    """Take tags off a virtual device."""
    _device(state, call.params.serial_number)


@service.project
def mfa_device_untagged(state: Iam, event: Event[api.UntagMFADevice, None]) -> None:
    """The device has these tags no more."""
    tags.remove(_inferred(state, event, event.params.serial_number), event.params.tag_keys)


@service.read
def list_mfa_device_tags(state: Iam, call: Call[api.ListMFADeviceTags]) -> api.ListMFADeviceTagsResult:
    """A virtual device's tags."""
    found, end = tags.page_of(_device(state, call.params.serial_number), call.params)
    return api.ListMFADeviceTagsResult(tags=found, **end)


class VerifyMFACode(Params):
    """Not AWS's: what STS asks to check a `TokenCode`."""

    serial_number: str = field(name="serialNumber")
    token_code: str = field(name="tokenCode")
    user_name: str | UnsetType = field(name="userName", default=UNSET)


class VerifyMFACodeResult(Params):
    """Whether the user (the root, where none is named) has the device, and it shows the code now."""

    valid: bool


@service.read(internal=True)
def verify_mfa_code(state: Iam, call: Call[VerifyMFACode]) -> VerifyMFACodeResult:
    """Whether a code is right, for other services' `call.ask`."""
    params = call.params
    if not state.devices.has(key_of(told(params.user_name, "")), params.serial_number):
        return VerifyMFACodeResult(valid=False)
    device = state.mfa_devices[params.serial_number]
    if device.seed is UNSET:
        raise NotInTrail(f"the seed of {device.arn}")
    return VerifyMFACodeResult(valid=totp.fits(device.seed, params.token_code, call.time, device.drift_steps))
