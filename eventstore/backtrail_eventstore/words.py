"""Texts kept once: the index refers to them by number, which keeps its rows and its B-trees small."""

from __future__ import annotations

import sqlite3

from backtrail.mentions import Verb

VERBS: tuple[Verb, ...] = tuple(Verb)
"""What the index keeps of a verb is its place here."""

MOST_REMEMBERED = 200_000


class Words:
    """Numbers for texts. Empty and absent are 0."""

    def __init__(self) -> None:
        self._ids: dict[str, int] = {"": 0}

    def forget(self) -> None:
        """After a rollback, or when the derived file was made again."""
        self._ids = {"": 0}

    def id(self, connection: sqlite3.Connection, text: str | None) -> int:
        """The number of a text, given now where it has none."""
        if not text:
            return 0
        found = self._ids.get(text)
        if found is None:
            row = connection.execute("select id from word where text = ?", (text,)).fetchone()
            found = (
                row[0] if row else connection.execute("insert into word (text) values (?)", (text,)).lastrowid
            )
            assert found is not None
            if len(self._ids) > MOST_REMEMBERED:
                self.forget()
            self._ids[text] = found
        return found


class Resources(Words):
    """Numbers for the identifiers of resources, kept with the parts of an ARN by which a person names it."""

    def id(self, connection: sqlite3.Connection, text: str | None) -> int:
        """The number of an identifier, given now where it has none."""
        if not text:
            return 0
        found = self._ids.get(text)
        if found is None:
            row = connection.execute("select id from resource where text = ?", (text,)).fetchone()
            found = row[0] if row else _insert(connection, text)
            if len(self._ids) > MOST_REMEMBERED:
                self.forget()
            self._ids[text] = found
        return found


def _insert(connection: sqlite3.Connection, text: str) -> int:
    part, tail = arn_parts(text)
    made = connection.execute(
        "insert into resource (text, part, tail) values (?, ?, ?)", (text, part, tail)
    ).lastrowid
    assert made is not None
    return made


def arn_parts(text: str) -> tuple[str | None, str | None]:
    """An ARN's resource part (`bucket/key`, `role/name`) and the last segment of it; None for what is no ARN.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
    """
    if not text.startswith("arn:"):
        return None, None
    fields = text.split(":", 5)
    if len(fields) < 6:
        return None, None
    part = fields[5]
    tail = part.rsplit("/", 1)[-1].rsplit(":", 1)[-1]
    return part, tail or None
