"""`backtrail case`: evidence to hand over, and to check."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import click

from backtrail_cli import faults, options


@click.command(
    "case",
    epilog=options.examples(
        "backtrail case export case-17/ --log case.db",
        "backtrail case export case-17/ --actor ci-deploy",
        "backtrail case verify case-17/",
        "backtrail case verify case-17/ --against case.db --json",
    ),
)
@click.argument("what", type=click.Choice(["export", "verify"]))
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@options.log
@click.option("--actor", help="export: the timelines of this actor alone, and of all who came of it.")
@click.option(
    "--against", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="LOG",
    help="verify: also that this log still has the history that the case was made of.",
)  # fmt: skip
@options.as_json
def command(
    what: str, folder: Path, log: Path, actor: str | None, against: Path | None, as_json: bool
) -> int:
    """Export a case into DIR, or verify one.

    A case holds a manifest (each input with size, SHA-256 and what CloudTrail's digests say of it; the log's id and
    head; whether the chain is whole), the coverage, the sessions, the timeline as CSV and for Timesketch, the log as
    lossless lines without what is encrypted, and SHA256SUMS over all of it (`sha256sum -c` reads it, too). `verify`
    finds every file that was changed, added or taken away; with --against it walks the log's chain up to the head in
    the manifest. Exit code 1 when anything is wrong.

    With --json: export {"case", "log", "inputs", "verified", "files", …}; verify {"case", "ok", "wrong": [sentences],
    "head"}.
    """
    if what == "export":
        return asyncio.run(_export(folder, log, actor, as_json))
    return asyncio.run(_verify(folder, against, as_json))


async def _export(folder: Path, log: Path, actor: str | None, as_json: bool) -> int:
    from backtrail_cli import cases, logs, screen

    async with logs.reading(log) as store:
        told = await cases.export(store, folder, actor)
        if as_json:
            screen.emit_json({"case": str(folder)} | told)
        else:
            head = told["log"]["head"]
            files = screen.counted(told["files"], "file")
            inputs = screen.counted(len(told["inputs"]), "input")
            click.echo(f"{folder}: {files} of {inputs}, {screen.counted(head['seq'], 'entry', 'entries')}")
            click.echo(f"head {head['seq']}:{head['hash']}")
        if not told["verified"]["ok"]:
            faults.note(f"the log is not whole: {told['verified']['reason']}")
            return faults.NO
        return 0


async def _verify(folder: Path, against: Path | None, as_json: bool) -> int:
    from backtrail_cli import cases, logs, screen

    wrong = cases.check(folder)
    told: dict[str, Any] = cases.noted(folder)
    if against is not None:
        async with logs.reading(against) as store:
            wrong += await cases.against(store, told)
    if as_json:
        screen.emit_json({"case": str(folder), "ok": not wrong, "wrong": wrong, "head": told["log"]["head"]})
    else:
        for line in wrong:
            click.echo(click.style(screen.clean(line), fg="red"))
        if not wrong:
            click.echo(click.style("good", fg="green") + f": {folder} is what was exported")
    return faults.NO if wrong else 0
