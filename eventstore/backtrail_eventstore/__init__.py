"""Backtrail's log in SQLite: the log, its chain, its index, and CloudTrail files in and out."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

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
from backtrail_eventstore.verify import VerifyReport

if TYPE_CHECKING:
    from backtrail_eventstore.rejections import Code, Rejection
    from backtrail_eventstore.taking import Conflict
    from backtrail_eventstore.trails_in import ImportReport, import_trails
    from backtrail_eventstore.trails_out import ExportReport, export_lines, export_trails

# A server and a question need none of these.
_LATER = {
    "Code": "rejections",
    "Conflict": "taking",
    "ExportReport": "trails_out",
    "ImportReport": "trails_in",
    "Rejection": "rejections",
    "export_lines": "trails_out",
    "export_trails": "trails_out",
    "import_trails": "trails_in",
}

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


def __getattr__(name: str) -> object:
    """Import what trails in and out need when it is asked for."""
    if name in _LATER:
        return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
