"""The log's tables. Nothing in them is ever changed or deleted: the database itself refuses."""

from __future__ import annotations

SCHEMA_VERSION = 1

PAGE_BYTES = 8192  # a page of 4096 holds two records and wastes the rest

# `event_key` is the first 63 bits of the event id (writing.event_key): a third of the index, which
# is what an import writes most of, and increasing for live events.
TABLES: dict[str, str] = {
    "meta": "name text primary key, value any not null",
    "entry": """
        seq integer primary key,
        event_key integer not null,
        event_id text not null,
        record text not null,
        note text,
        sealed blob,
        origin text not null,
        cause text,
        root text,
        blobs text,
        hash blob not null""",
    # `seq`: the entry it was committed with, whose hash covers it.
    "outbox": """
        id integer primary key,
        seq integer not null,
        key text not null unique,
        due integer,
        body blob not null""",
    # A file of an import, by content, and what became of it once it was read to its end.
    "source": """
        id integer primary key,
        sha256 text not null,
        path text not null,
        bytes integer not null""",
    "source_end": "source integer primary key, report text not null",
    # Where in which files records stood: `records` of them, from `position` on, are the entries from `seq` on.
    # A record that was delivered again is the entry that came first.
    "place": """
        source integer not null,
        position integer not null,
        seq integer not null,
        records integer not null,
        primary key (source, position)""",
}

_WITHOUT_ROWID = {"place", "meta"}

# INSERT OR REPLACE deletes without asking the triggers on DELETE, so what is there already refuses to be
# inserted.
_THERE = {
    "meta": "exists (select 1 from meta where name = new.name)",
    "entry": "new.seq <= (select max(seq) from entry) "
    "or (new.cause is not null and exists (select 1 from entry where cause = new.cause))",
    "outbox": "exists (select 1 from outbox where id = new.id or key = new.key)",
    "source": "exists (select 1 from source where id = new.id or sha256 = new.sha256)",
    "source_end": "exists (select 1 from source_end where source = new.source)",
    "place": "exists (select 1 from place where source = new.source and position = new.position)",
}

_INDEXES = (
    "create index if not exists entry_event_key on entry (event_key)",
    "create unique index if not exists entry_cause on entry (cause) where cause is not null",
    "create unique index if not exists source_sha256 on source (sha256)",
    "create index if not exists outbox_seq on outbox (seq)",
)


def statements() -> list[str]:
    """What makes an empty database a log."""
    made: list[str] = []
    for name, columns in TABLES.items():
        options = "strict, without rowid" if name in _WITHOUT_ROWID else "strict"
        made.append(f"create table if not exists {name} ({columns}) {options}")
        for verb in ("update", "delete"):
            made.append(
                f"create trigger if not exists {name}_refuses_{verb} before {verb} on {name} "
                "begin select raise(abort, 'the log is append-only'); end"
            )
        made.append(
            f"create trigger if not exists {name}_refuses_replace before insert on {name} "
            f"when {_THERE[name]} "
            "begin select raise(abort, 'the log is append-only: this is there already'); end"
        )
    return [*made, *_INDEXES]
