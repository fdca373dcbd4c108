"""Time-based one-time passwords: https://www.rfc-editor.org/rfc/rfc6238, with the parameters that AWS uses."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime

STEP_S = 30
DIGITS = 6
SEED_BYTES = 40
"""64 letters of base 32, as in https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateVirtualMFADevice.html"""

WINDOW_STEPS = 24 * 3600 // STEP_S
"""How far off a device's clock may be when it is enabled or resynchronised. AWS says only that codes may be late;
two codes in a row out of a day on either side are no easier to guess than one chance in 174 million."""

USE_STEPS = 1
"""How far off a code may be, after the device's drift, when it is used: RFC 6238, 5.2, advises one step."""


def seed_of(data: bytes) -> str:
    """A seed as authenticators take it: base 32."""
    return base64.b32encode(data).decode()


def code(seed: str, step: int) -> str:
    """The code that a device with this seed shows in a step of 30 seconds (RFC 4226, 5.3)."""
    digest = hmac.digest(base64.b32decode(seed), step.to_bytes(8, "big"), "sha1")
    offset = digest[-1] & 0xF
    number = int.from_bytes(digest[offset : offset + 4], "big") & 0x7FFF_FFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def step_at(time: datetime) -> int:
    """The number of 30 seconds since the epoch."""
    return int(time.timestamp()) // STEP_S


def drift(seed: str, first: str, second: str, time: datetime) -> int | None:
    """How many steps a device that shows these codes one after the other is off; None for codes that do not fit.

    Of several fits the nearest.
    """
    now = step_at(time)
    for distance in range(WINDOW_STEPS + 1):
        for step in {now - distance, now + distance}:
            if code(seed, step) == first and code(seed, step + 1) == second:
                return step - now
    return None


def fits(seed: str, given: str, time: datetime, drift_steps: int) -> bool:
    """Whether a code is what the device shows now, or showed or will show a step away."""
    middle = step_at(time) + drift_steps
    steps = range(middle - USE_STEPS, middle + USE_STEPS + 1)
    return any(hmac.compare_digest(code(seed, step), given) for step in steps)
