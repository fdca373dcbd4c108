"""The report of a replay, for people and for programs."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click
import msgspec

from backtrail.gaps import Gaps, Missing
from backtrail.machine import Folded, Machine
from backtrail_cli import importing
from backtrail_cli.screen import Column, clean, counted, iso, moment, number, table
from backtrail_cli.tally import Tally, actions
from backtrail_eventstore import ImportReport

MOST_ACTIONS = 20
MOST_ACTORS = 6
MOST_KINDS = 6

_LOOKS = {Folded.READ, Folded.FAILED}
_MEANING = {
    Folded.PROJECTED: "changed the account",
    Folded.INFERRED: "changed it, and told of something older than the trail",
    Folded.READ: "looked at it",
    Folded.OPAQUE: "would change what no plugin has; kept, and indexed for audit",
    Folded.FAILED: "were refused, and changed nothing",
    Folded.UNREADABLE: "could not be read by the plugin that has the action",
}
_LACKS = {
    Missing.CREATION: "creations, which later records imply",
    Missing.DELETION: "deletions, which a refusal proves",
}
_STYLE: dict[Folded, dict[str, Any]] = {
    Folded.PROJECTED: {"fg": "green"},
    Folded.OPAQUE: {"fg": "yellow"},
    Folded.FAILED: {"fg": "red"},
    Folded.UNREADABLE: {"fg": "red", "bold": True},
}


class Replay(msgspec.Struct, frozen=True):
    """One replay: what was read, what it folded to, and where it is kept (None: nowhere)."""

    imported: ImportReport
    tally: Tally
    machine: Machine
    log: Path | None
    at: str | None = None

    @property
    def rejected(self) -> bool:
        return self.imported.rejected > 0


def plain(replay: Replay) -> dict[str, Any]:
    """The whole report for programs."""
    tally = replay.tally
    outcomes = {str(one): tally.outcomes[one] for one in Folded}
    return {
        "log": str(replay.log) if replay.log is not None else None,
        "at": replay.at,
        "imported": importing.plain(replay.imported),
        "records": tally.records,
        "period": {
            "first": iso(tally.first) if tally.first else None,
            "last": iso(tally.last) if tally.last else None,
        },
        "accounts": _sorted(Counter(replay.machine.principals.accounts)),
        "regions": _sorted(tally.regions),
        "folded": outcomes,
        "balanced": importing.balanced(replay.imported) and sum(outcomes.values()) == tally.records,
        "actions": [
            {"service": service, "action": action} | {str(one): counts[one] for one in Folded}
            for service, action, counts in actions(replay.machine)
        ],
        "actors": [{"actor": name} | msgspec.structs.asdict(by) for name, by in _busiest(tally)],
        "created": _sorted(tally.created),
        "deleted": _sorted(tally.deleted),
        "gaps": {
            **{str(kind): count for kind, count in replay.machine.folder.gaps.counts.items()},
            "found": [msgspec.to_builtins(one) for one in replay.machine.folder.gaps.found],
        },
        "broken": [msgspec.structs.asdict(one) for one in replay.machine.folder.broken],
        "digest": replay.machine.digest(),
        "hints": hints(replay),
    }


def _sorted(counts: Counter[str]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _busiest(tally: Tally) -> list[tuple[str, Any]]:
    return sorted(tally.actors.items(), key=lambda one: (-one[1].writes, -one[1].records, one[0]))


def show(replay: Replay, *, every: bool) -> None:
    """Print the report."""
    importing.show(replay.imported)
    tally = replay.tally
    if tally.first is None or tally.last is None:
        click.echo("No record was folded.")
        return
    accounts = [name for name in _sorted(Counter(replay.machine.principals.accounts)) if name]
    regions = list(_sorted(tally.regions))
    click.echo(
        f"{counted(tally.records, 'record')} from {moment(tally.first)} to {moment(tally.last)}, "
        f"{_named('account', accounts)}, {_named('region', regions)}"
        + (f", as of {replay.at}." if replay.at else ".")
    )
    click.echo()
    click.echo(_actions(replay.machine, every=every))
    click.echo()
    _outcomes(tally, replay.imported, replay.machine.folder.gaps)
    _actors(tally)
    _kinds("created", tally.created)
    _kinds("deleted", tally.deleted)
    for one in replay.machine.folder.broken[:3]:
        click.secho(f"{one.projector} failed on event {clean(one.event_id)}: {clean(one.error)}", fg="red")
    click.echo()
    for hint in hints(replay):
        click.echo(clean(hint))


def _named(noun: str, names: list[str]) -> str:
    shown = ", ".join(clean(name) for name in names[:3])
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{noun}{'' if len(names) == 1 else 's'} {shown}{more}" if names else f"no {noun}"


def _actions(machine: Machine, *, every: bool) -> str:
    found = actions(machine)
    is_read = [not every and Folded.READ in counts and set(counts) <= _LOOKS for _, _, counts in found]
    reads = [row for row, read in zip(found, is_read, strict=True) if read]
    others = [row for row, read in zip(found, is_read, strict=True) if not read]
    most = len(others) if every or len(others) <= MOST_ACTIONS + 1 else MOST_ACTIONS
    rows = [(service, action, *_numbers(counts)) for service, action, counts in others[:most]]
    if rest := others[most:]:
        rows.append(("", f"{counted(len(rest), 'more action')} (--all)", *_numbers(_sum(rest))))
    if reads:
        rows.append(("", f"reads ({counted(len(reads), 'action')})", *_numbers(_sum(reads))))
    columns = [
        Column("service", least=8),
        Column("action", least=20),
        *(Column(str(one), right=True, style=_STYLE.get(one, {})) for one in Folded),
    ]
    return table(columns, rows, total=("total", "", *_numbers(_sum(found))))


def _sum(rows: list[tuple[str, str, Counter[Folded]]]) -> Counter[Folded]:
    total: Counter[Folded] = Counter()
    for _, _, counts in rows:
        total.update(counts)
    return total


def _numbers(counts: Counter[Folded]) -> tuple[str, ...]:
    return tuple(number(counts[one]) if counts[one] else "" for one in Folded)


def _gaps(gaps: Gaps) -> None:
    """What the trail lacks, in a line each."""
    for kind, what in _LACKS.items():
        if count := gaps.counts[kind]:
            some = list(dict.fromkeys(one.id for one in gaps.found if one.missing is kind))
            named = ", ".join(clean(name) for name in some[:3]) + (", …" if len(some) > 3 else "")
            click.echo(f"{count:>9,} {'missing':<10} {what}: {named}")


def _outcomes(tally: Tally, imported: ImportReport, gaps: Gaps) -> None:
    for one in Folded:
        if tally.outcomes[one]:
            what = click.style(f"{tally.outcomes[one]:>9,} {one:<10}", **_STYLE.get(one, {}))
            click.echo(f"{what} {_MEANING[one]}")
    _gaps(gaps)
    if imported.duplicate:
        click.echo(f"{imported.duplicate:>9,} {'duplicate':<10} were in the log, or came twice; taken once")


def _actors(tally: Tally) -> None:
    busiest = _busiest(tally)
    click.echo()
    rows: list[tuple[str, ...]] = [
        (name, number(by.records), number(by.writes), number(by.failed)) for name, by in busiest[:MOST_ACTORS]
    ]
    if len(busiest) > MOST_ACTORS:
        rest = busiest[MOST_ACTORS:]
        sums = [sum(getattr(by, name) for _, by in rest) for name in ("records", "writes", "failed")]
        rows.append((counted(len(rest), "more actor"), *(number(value) for value in sums)))
    columns = (
        Column("actor", least=20, middle=True),
        Column("records", right=True),
        Column("writes", right=True),
        Column("failed", right=True),
    )
    click.echo(table(columns, rows))


def _kinds(what: str, counts: Counter[str]) -> None:
    if counts:
        most = list(_sorted(counts).items())
        named = ", ".join(f"{clean(kind)} {count:,}" for kind, count in most[:MOST_KINDS])
        more = f" and {counted(len(most) - MOST_KINDS, 'more kind')}" if len(most) > MOST_KINDS else ""
        click.echo(f"{what} most: {named}{more}")


def hints(replay: Replay) -> list[str]:
    """What to ask next."""
    tally = replay.tally
    log = f" --log {replay.log}" if replay.log is not None else " --log case.db"
    made: list[str] = []
    if tally.last_deleted:
        made.append(f"  backtrail who deleted {_quoted(tally.last_deleted)}{log}")
    if tally.last_created:
        made.append(f"  backtrail history {_quoted(tally.last_created)}{log}")
    if tally.first is not None and tally.last is not None:
        half = tally.first + (tally.last - tally.first) / 2
        made.append(f"  backtrail state --at {iso(half.replace(microsecond=0))}{log}")
        made.append(f"  backtrail diff --from {iso(tally.first.replace(microsecond=0))}{log}")
        made.append(f"  backtrail serve{log}")
    if not made:
        return []
    first = (
        "Ask next:"
        if replay.log is not None
        else "This log was temporary. With --log case.db it stays, and you can ask:"
    )
    return [first, *made]


def _quoted(text: str) -> str:
    import shlex

    return shlex.quote(text)
