"""Backtrail's log in SQLite: the log, its chain, its index, and CloudTrail files in and out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backtrail.lazily import names_of

if TYPE_CHECKING:
    from backtrail_eventstore.audit_queries import Event, Filters, Touch, cursor
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
    from backtrail_eventstore.rejections import Code, Rejection
    from backtrail_eventstore.taking import Conflict
    from backtrail_eventstore.trails_in import ImportReport, import_trails
    from backtrail_eventstore.trails_out import ExportReport, export_lines, export_trails
    from backtrail_eventstore.verify import VerifyReport

__all__ = [
    "Code",
    "Conflict",
    "Event",
    "ExportReport",
    "Filters",
    "ImportRefused",
    "ImportReport",
    "Index",
    "KeyMismatch",
    "KeyMissing",
    "LogLocked",
    "LogNotFound",
    "LogTooNew",
    "Rejection",
    "SqliteStore",
    "Touch",
    "VerifyReport",
    "cursor",
    "export_lines",
    "export_trails",
    "import_trails",
]

__getattr__ = names_of(
    __name__,
    {
        "audit_queries": "Event Filters Touch cursor",
        "errors": "ImportRefused KeyMismatch KeyMissing LogLocked LogNotFound LogTooNew",
        "index": "Index",
        "log": "SqliteStore",
        "rejections": "Code Rejection",
        "taking": "Conflict",
        "trails_in": "ImportReport import_trails",
        "trails_out": "ExportReport export_lines export_trails",
        "verify": "VerifyReport",
    },
)
