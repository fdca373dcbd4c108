"""What the wire cannot read, and what it cannot find."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backtrail.errors import BacktrailError, Refusal


class WireError(BacktrailError):
    """An error as a client sees it, before a protocol has written it.

    `code` is the service's own (a query error code or an error shape's name; protocols find the other).
    `fault` is whose: `client` or `server`. `members` are the further modelled members of the error, by their
    API names. `status` gives way to the model's where the model has the code. `headers` go with the answer
    (S3's 304 has an ETag, its 301 a region).
    """

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        status: int = 400,
        members: Mapping[str, object] | None = None,
        fault: str | None = None,
        headers: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message
        self.status = status
        self.members: Mapping[str, object] = members or {}
        self.headers = headers
        self.fault = fault or ("server" if status >= 500 else "client")

    @classmethod
    def of(cls, refusal: Refusal) -> WireError:
        """The wire's form of a plugin's refusal; its member `headers`, if any, goes with the answer."""
        members = dict(refusal.members)
        headers = members.pop("headers", ())
        return cls(refusal.code, refusal.message, status=refusal.status, members=members, headers=headers)


def not_implemented(service: str, action: str) -> WireError:
    """Our own gap, never worded as AWS's: 501 `NotImplemented` that names service and action."""
    return WireError("NotImplemented", f"Backtrail has no {service}:{action}", status=501)


def not_in_trail(message: str) -> WireError:
    """The answer needs what no record told: 501 `NotInTrail`."""
    return WireError("NotInTrail", message, status=501)
