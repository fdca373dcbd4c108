"""Errors, by whose fault they are."""

from __future__ import annotations

from typing import Any


class BacktrailError(Exception):
    """Base of every error this package raises on purpose."""


class Refusal(BacktrailError):
    """The call is understood and AWS would refuse it.

    A refusal is an answer, not an accident: it is recorded with its error code, as CloudTrail does, and never
    folds. `code` is the wire's code; `members` are the modelled members of the error shape (S3's `BucketName`, ...).
    The HTTP status is the model's where the model has the code, else `status`.
    """

    def __init__(self, code: str, message: str = "", *, status: int = 400, **members: Any) -> None:
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.message = message
        self.status = status
        self.members = members


class NotImplementedAction(BacktrailError):
    """No plugin handles this action. Our gap, so never worded as AWS's: HTTP 501."""


class NotInTrail(BacktrailError):
    """The answer needs what no record told: HTTP 501 `NotInTrail`."""


class Unprojectable(BacktrailError):
    """A foreign record that we cannot read. Counted and reported, never dropped in silence."""


class ReplayMismatch(BacktrailError):
    """Two folds of one log differ. Names the first record at which they do."""


class LogCorrupt(BacktrailError):
    """The log is not what was written. Names the record."""


class LogWriteFailed(BacktrailError):
    """A batch could not be committed; nothing of it was."""


class PluginError(BacktrailError):
    """A plugin is declared wrongly. Names the plugin and what to change."""
