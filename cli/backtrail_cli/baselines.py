"""Baselines: what responders have beside the trail, read as observations at their time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from backtrail.observing import NotUnderstood, place_of, recognised, record
from backtrail_cli import config_items
from backtrail_cli.faults import Fault
from backtrail_eventstore.documents import Found, Item, Refused
from backtrail_eventstore.lossless import Beside
from backtrail_eventstore.rejections import Code

if TYPE_CHECKING:
    from backtrail.plugins import Registry

GLOBAL_REGION = "us-east-1"
"""Where IAM and other services without a region write their records."""


class Baseline:
    """Reads files as baselines: what an import takes instead of trails.

    `time` is when they were taken (None: when each file was last changed), `account` and `region` whose they are where
    the files do not tell.
    """

    def __init__(
        self, registry: Registry, time: datetime | None, account: str | None, region: str | None
    ) -> None:
        if account is not None and not (len(account) == 12 and account.isdecimal()):
            raise Fault(f"{account} is no account: give its 12 digits")
        self._registry, self._time, self._account, self._region = registry, time, account, region

    @property
    def mark(self) -> str:
        """What tells one reading of a file from another."""
        told = (self._time.isoformat() if self._time else None, self._account, self._region)
        return " ".join(["baseline", *(one for one in told if one)])

    def read(self, pieces: Iterator[bytes], path: Path | str) -> Iterator[Item]:
        """The observation that a file is, or why it is none."""
        content = b"".join(pieces)
        try:
            given = msgspec.json.decode(content.removeprefix(b"\xef\xbb\xbf"))
        except (msgspec.MsgspecError, UnicodeDecodeError) as error:
            yield Refused(Code.NOT_JSON, str(error))
            return
        if not isinstance(given, dict):
            yield Refused(Code.NO_BASELINE, "it is no object")
            return
        captured = config_items.items(cast("dict[str, Any]", given))
        if captured is not None:
            for one in captured:
                yield self._captured(one, path)
            return
        try:
            yield self._observation(cast("dict[str, object]", given), path, content)
        except NotUnderstood as error:
            yield Refused(Code.NO_BASELINE, str(error))

    def _captured(self, given: dict[str, Any], path: Path | str) -> Item:
        """The observation that one of AWS Config's items is."""
        item = config_items.read(given)
        if item.answer is None:
            return Refused(Code.NO_BASELINE, f"{item.kind} {item.id}: {item.why}")
        try:
            content = msgspec.json.encode(given)
            return self._observation(item.answer, path, content, item.time, item.account, item.region)
        except NotUnderstood as error:
            return Refused(Code.NO_BASELINE, f"{item.kind} {item.id}: {error}")

    def _observation(
        self, given: Mapping[str, object], path: Path | str, content: bytes, captured: datetime | None = None,
        whose: str | None = None, where: str | None = None,
    ) -> Found:  # fmt: skip
        observed = recognised(given, self._registry)
        account, region = place_of(given)
        account = self._account or whose or account
        if account is None:
            raise NotUnderstood("it does not tell whose it is; say so with --account")
        time = captured or self._time or datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)
        event_id, entry = record(
            given,
            observed,
            time,
            account,
            self._region or where or region or GLOBAL_REGION,
            Path(path).name,
            content,
        )
        beside = Beside(entry.note, None, entry.origin, None, None, ())
        return Found(entry.record, event_id, beside)
