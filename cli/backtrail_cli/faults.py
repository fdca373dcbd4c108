"""What goes wrong, as one line that says what to do next."""

from __future__ import annotations

import sqlite3
import sys
from collections.abc import Iterable

import click

from backtrail_cli.screen import clean

NO, ERROR, INTERRUPTED = 1, 2, 130
"""Exit codes: the answer is no (nothing found, something rejected, a log that was changed); it could not be done;
it was interrupted (128 + SIGINT)."""


class Fault(click.ClickException):
    """Something that the user can put right: the line says how."""

    exit_code = ERROR


_HINTS = {
    "LogNotFound": "begin one with `backtrail serve` or `backtrail import SOURCE`, or name another with --log",
    "KeyMissing": "without it a log can still be asked (who, history, events, state, verify)",
    "LogCorrupt": "see how far it is good with `backtrail verify`",
    "ImportRefused": "or import into a log of its own with --log OTHER.db",
}


def expected() -> tuple[type[BaseException], ...]:
    """The errors that are the user's or the machine's, of those whose module has been imported."""
    errors = sys.modules.get("backtrail.errors")
    ours: tuple[type[BaseException], ...] = (OSError, sqlite3.Error)
    return (*ours, errors.BacktrailError) if errors is not None else ours


def of(error: BaseException) -> str:
    """One sentence about an error, with what to do next."""
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return f"{where}{error.strerror or error}"
    if isinstance(error, sqlite3.Error):
        return f"the log cannot be read: {error}"
    text = str(error)
    hint = _hint(error)
    return f"{text.rstrip('.')}; {hint}" if hint and hint not in text else text


def _hint(error: BaseException) -> str:
    if "not a database" in str(error) or "is not a log" in str(error):
        return "name a log with --log"
    for kind in type(error).__mro__:
        if kind.__name__ in _HINTS:
            return _HINTS[kind.__name__]
    return ""


def of_usage(error: click.ClickException) -> str:
    """One sentence about a wrong command line, with where it is explained."""
    text = error.format_message()
    context = getattr(error, "ctx", None)
    if isinstance(error, click.UsageError) and context is not None and "did you mean" not in text.lower():
        return f"{text.rstrip('.')} (see `{context.command_path} --help`)"
    return text


def show(text: str) -> None:
    """Print one line to stderr."""
    line = clean(" ".join(text.split()))
    click.echo(f"{click.style('backtrail:', fg='red', bold=True)} {line}", err=True)


def note(text: str) -> None:
    """Print a remark to stderr, where it does not disturb an answer."""
    click.echo(click.style(clean(text), dim=True), err=True)


def like(name: str, known: Iterable[str]) -> str:
    """What may have been meant, to stand behind a name: ` (did you mean sqs?)`; empty where nothing is like it."""
    import difflib

    close = difflib.get_close_matches(name, list(known), n=3, cutoff=0.5)
    return f" (did you mean {' or '.join(close)}?)" if close else ""
