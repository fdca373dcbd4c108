"""Why something in an import was not taken: a code for programs, a sentence for people."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Code(StrEnum):
    """What was wrong."""

    # a file
    MISSING = "missing"
    UNREADABLE = "unreadable"
    NOT_A_FILE = "not_a_file"
    DIRECTORY_LOOP = "directory_loop"
    EMPTY = "empty"
    BINARY = "binary"
    NOT_UTF8 = "not_utf8"
    TRUNCATED_GZ = "truncated_gz"
    DAMAGED_GZ = "damaged_gz"
    GZ_BOMB = "gz_bomb"
    FILE_TOO_LARGE = "file_too_large"
    # a document, a line
    NOT_JSON = "not_json"
    CUT_OFF = "cut_off"
    WRONG_TOP_LEVEL = "wrong_top_level"
    TOO_DEEP = "too_deep"
    TOO_LARGE = "too_large"
    # a record
    NO_EVENT_TIME = "no_event_time"
    NO_EVENT_SOURCE = "no_event_source"
    NO_EVENT_NAME = "no_event_name"
    WRONG_TYPE = "wrong_type"
    # against CloudTrail's digests
    CHANGED_FILE = "changed_file"
    MISSING_FILE = "missing_file"
    CHANGED_DIGEST = "changed_digest"
    MISSING_DIGEST = "missing_digest"
    NO_BASELINE = "no_baseline"
    # nothing wrong, but nothing that folds either
    INSIGHT = "insight"
    DIGEST = "digest"
    AGGREGATED = "aggregated"
    # our own lossless lines
    NEWER_EXPORT = "newer_export"
    BAD_EXPORT = "bad_export"


SENTENCES: dict[Code, str] = {
    Code.MISSING: "There is no such file or folder.",
    Code.UNREADABLE: "The file or folder cannot be read: permission denied or a fault of the disk.",
    Code.NOT_A_FILE: "This is a device, socket or pipe, not a file.",
    Code.DIRECTORY_LOOP: "This link leads back to a folder that it lies in.",
    Code.EMPTY: "The file is empty.",
    Code.BINARY: "The file is neither text nor gzip.",
    Code.NOT_UTF8: "The text is not UTF-8.",
    Code.TRUNCATED_GZ: "The gzip data ends too early; what came before the break was read.",
    Code.DAMAGED_GZ: "The gzip data is damaged; what came before the damage was read.",
    Code.GZ_BOMB: "The file unpacks to far more than a trail could; the rest of it was not read.",
    Code.FILE_TOO_LARGE: "The file is larger than the limit; the rest of it was not read.",
    Code.NOT_JSON: "This is not JSON.",
    Code.CUT_OFF: "The JSON ends in the middle.",
    Code.WRONG_TOP_LEVEL: "The JSON is none of the forms in which CloudTrail's records come.",
    Code.TOO_DEEP: "The JSON is nested too deeply.",
    Code.TOO_LARGE: "The record is larger than any that CloudTrail writes.",
    Code.NO_EVENT_TIME: "The record has no eventTime that can be read.",
    Code.NO_EVENT_SOURCE: "The record has no eventSource.",
    Code.NO_EVENT_NAME: "The record has no eventName.",
    Code.WRONG_TYPE: "A member of the record has the wrong type.",
    Code.INSIGHT: "An Insights event counts calls; it is no call and does not fold.",
    Code.CHANGED_FILE: "The file is not what CloudTrail delivered; its records were taken all the same.",
    Code.MISSING_FILE: "CloudTrail delivered this file, but it is not here.",
    Code.CHANGED_DIGEST: "The digest file is not what CloudTrail delivered.",
    Code.MISSING_DIGEST: "CloudTrail delivered this digest file, but it is not here.",
    Code.NO_BASELINE: "This cannot be taken as a baseline.",
    Code.DIGEST: "The digest file lacks what every digest has.",
    Code.AGGREGATED: "An aggregated event counts calls; it is no call and does not fold.",
    Code.NEWER_EXPORT: "The export was written by a newer Backtrail.",
    Code.BAD_EXPORT: "The line is not what an export of Backtrail holds.",
}


class Rejection(msgspec.Struct, frozen=True):
    """What was not taken.

    In which file, at which position (of the record or line, from 1; None: the file), why.
    """

    file: str
    position: int | None
    code: Code
    reason: str


def sentence(code: Code, detail: str = "") -> str:
    """The one sentence of a code, with what is special about this case."""
    return f"{SENTENCES[code][:-1]}: {detail}." if detail else SENTENCES[code]
