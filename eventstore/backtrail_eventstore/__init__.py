"""Backtrail's log in SQLite: the log, its chain, its index, and CloudTrail files in and out."""

from __future__ import annotations

from backtrail_eventstore.errors import (
    ImportRefused,
    KeyMismatch,
    KeyMissing,
    LogLocked,
    LogNotFound,
    LogTooNew,
)
from backtrail_eventstore.index import Index
from backtrail_eventstore.log import SqliteStore
from backtrail_eventstore.verify import VerifyReport

__all__ = [
    "ImportRefused",
    "Index",
    "KeyMismatch",
    "KeyMissing",
    "LogLocked",
    "LogNotFound",
    "LogTooNew",
    "SqliteStore",
    "VerifyReport",
]
