"""`backtrail import`: CloudTrail files into a log."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail_cli.importing import Given
    from backtrail_cli.moments import Moment
    from backtrail_eventstore import ImportReport


@click.command(
    "import",
    epilog=options.examples(
        "backtrail import AWSLogs/",
        "backtrail import s3://trail-bucket/AWSLogs/ --profile audit --log case.db",
        "backtrail import --baseline authorization-details.json --observed-at 2024-03-01 --log case.db",
        "backtrail import --baseline ConfigSnapshot.json.gz --log case.db",
        "backtrail import yesterday.json.gz today.jsonl --log case.db",
    ),
)
@options.sources
@options.public_keys
@click.option(
    "--baseline",
    is_flag=True,
    help="The files are answers, not trails: of `aws … get-…`, `describe-…`, `list-…`, or AWS Config's snapshots.",
)
@options.moment(
    "--observed-at", "With --baseline: when the files were made; else, when each was last changed."
)
@click.option("--account", metavar="ACCOUNT", help="With --baseline: whose they are, where they do not tell.")
@options.plugins
@options.log
@options.as_json
def command(
    sources: tuple[str | Path, ...],
    public_keys: Path | None,
    endpoint_url: str | None,
    profile: str | None,
    region: str | None,
    baseline: bool,
    observed_at: Moment | None,
    account: str | None,
    plugin: tuple[str, ...],
    plugins_dir: Path | None,
    log: Path,
    as_json: bool,
) -> int:
    """Take CloudTrail files into a log, which is made where there is none.

    A SOURCE is a file, a folder, or s3://BUCKET/PREFIX: .json, .json.gz, .jsonl, {"Records": …}, the output of `aws
    cloudtrail lookup-events`, EventBridge events, or lines of `backtrail export --jsonl`. What was taken before is
    known again. Where a server runs on the log, it takes the files. CloudTrail's digest files beside the others are
    checked: hashes and chain always, signatures with --public-keys. Exit code 1 when a record was rejected, or a file
    is not what its digest says.

    With --baseline what each file tells of the account is a fact of its time, older than the trail or younger: what was
    there, set up how, with which policies. It becomes a record of its own, which no export takes for one of
    CloudTrail's. Files of AWS Config (snapshots, histories, selections) tell the time, account and region of each item
    themselves; an item that no plugin learns from is rejected by name.

    With --json: the counts (read = new + duplicate + rejected), and each rejection with its file and position.
    """
    from backtrail_cli import importing, screen

    given = importing.given(sources, public_keys, endpoint_url, profile, region)
    if baseline:
        given = _as_baseline(given, observed_at, account, region, (plugin, plugins_dir))
    elif observed_at is not None or account is not None:
        raise click.UsageError("--observed-at and --account go with --baseline: trails tell by themselves")
    report = asyncio.run(_import(given, log))
    if as_json:
        screen.emit_json(importing.plain(report) | {"log": str(log)})
    else:
        importing.show(report)
    return faults.NO if report.rejected else 0


def _as_baseline(
    given: Given,
    observed_at: Moment | None,
    account: str | None,
    region: str | None,
    plugins: tuple[tuple[str, ...], Path | None],
) -> Given:
    import dataclasses
    from datetime import UTC, datetime

    from backtrail_cli import folding
    from backtrail_cli.baselines import Baseline
    from backtrail_cli.moments import absolute
    from backtrail_eventstore.contents import Read

    time = None if observed_at is None else absolute(observed_at, datetime.now(UTC))
    found = Baseline(folding.registry(*plugins), time, account, region)
    return dataclasses.replace(given, read=Read(found.mark, found.read))


async def _import(given: Given, log: Path) -> ImportReport:
    from backtrail_cli import importing, logs
    from backtrail_eventstore import LogLocked

    try:
        async with logs.writing(log) as store:
            report = await importing.take(store, given)
    except LogLocked as locked:
        report = await asyncio.to_thread(_through_server, given, log, str(locked))
    return importing.some(report, given.sources)


def _through_server(given: Given, log: Path, locked: str) -> ImportReport:
    import msgspec

    from backtrail_cli import serving
    from backtrail_eventstore import ImportReport

    server = serving.find(log)
    if server is None:
        raise faults.Fault(locked)
    if given.access is not None:
        raise faults.Fault(
            f"{locked}. It cannot read buckets: stop it, or import into a log of its own with --log"
        )
    keys = msgspec.to_builtins(given.public_keys)
    wanted = {"paths": [str(one) for one in given.sources], "public_keys": keys}
    answer: dict[str, Any] = serving.ask(server.endpoint, "/_backtrail/import", wanted)
    return msgspec.convert(answer, ImportReport)
