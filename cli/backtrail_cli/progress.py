"""Progress on a terminal's stderr; nowhere else."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

Advance = Callable[[int, str], None]
"""Say how much is done by now, and of what."""


@contextmanager
def progress(title: str, total: int | None = None) -> Generator[Advance]:
    """A bar (a counter where the total is unknown) while the block runs, gone after it."""
    if not sys.stderr.isatty():
        yield lambda done, what: None
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from backtrail_cli.screen import clean

    columns = [SpinnerColumn(), TextColumn("{task.description}"), *([BarColumn()] if total else [])]
    columns += [TextColumn("{task.completed:,.0f}"), TimeElapsedColumn()]
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=total)

        def advance(done: int, what: str) -> None:
            bar.update(task, completed=done, description=f"{title} {escape(clean(what))}".rstrip())

        yield advance
