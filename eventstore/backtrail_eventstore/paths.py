"""The files of one log, all named after `X.db`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class LogPaths:
    """Where a log's parts lie: the log, its key, its writer's lock, its derived file and its blobs."""

    log: Path
    key: Path
    lock: Path
    index: Path
    blobs: Path

    @classmethod
    def of(cls, path: str | Path) -> LogPaths:
        """The files beside the log `X.db`: `X.key`, `X.lock`, `X.index.db`, `X.blobs/`."""
        log = Path(path).absolute()
        stem = log.name.removesuffix(".db")
        at = log.parent
        return cls(
            log, at / f"{stem}.key", at / f"{stem}.lock", at / f"{stem}.index.db", at / f"{stem}.blobs"
        )
