"""What can be wrong with a log as such, each with what to do about it."""

from __future__ import annotations

from backtrail.errors import BacktrailError


class LogLocked(BacktrailError):
    """Another process has the log open for writing. Names its pid."""


class LogNotFound(BacktrailError):
    """There is no log where one was to be read."""


class LogTooNew(BacktrailError):
    """The log was written by a newer Backtrail than this one."""


class KeyMissing(BacktrailError):
    """What was asked needs the log's key, and it is not there."""


class KeyMismatch(BacktrailError):
    """The key beside the log is not the log's key."""


class ImportRefused(BacktrailError):
    """The import lies before what the account has already lived through."""
