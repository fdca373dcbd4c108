"""One writer per log, by lock file."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from backtrail_eventstore.errors import LogLocked


class WriterLock:
    """Held from `take` until `release` or the end of the process, however it ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: int | None = None

    def take(self) -> None:
        """Take the lock or raise `LogLocked` with the pid of the process that has it."""
        # flock, not lockf: a second opener in the same process must be refused, too.
        file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.pread(file, 32, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(file)
            log = self._path.with_suffix(".db")
            raise LogLocked(
                f"{log} is open for writing by process {holder}; a log has one writer. "
                "Stop that process, talk to it instead, or open the log for reading."
            ) from error
        os.ftruncate(file, 0)
        os.pwrite(file, f"{os.getpid()}\n".encode(), 0)
        self._file = file

    def release(self) -> None:
        """Give the lock back; the file stays, since removing it would race with the next taker."""
        if self._file is not None:
            os.ftruncate(self._file, 0)
            os.close(self._file)
            self._file = None
