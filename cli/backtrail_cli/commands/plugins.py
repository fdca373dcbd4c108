"""`backtrail plugins`: what there is, and help to write one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from backtrail_cli import faults, options

if TYPE_CHECKING:
    from backtrail.plugins import Registry


@click.group(
    "plugins",
    invoke_without_command=True,
    epilog=options.examples(
        "backtrail plugins",
        "backtrail plugins generate dynamodb CreateTable > dynamodb/api.py",
        "backtrail plugins model frobnicator --plugin ./frobnicator.py",
    ),
)
@options.plugins
@options.as_json
@click.pass_context
def command(ctx: click.Context, plugin: tuple[str, ...], plugins_dir: Path | None, as_json: bool) -> int:
    """List the plugins: the services they own, how many actions they decide and fold, their types of resources.

    With --json: {"plugins": [names], "services": [{"service", "scope", "decides": [actions], "folds":
    ["service:Action"], "reacts_to": [...], "resources": [types], "module"}]}.
    """
    if ctx.invoked_subcommand is not None:
        return 0
    from backtrail_cli import folding, screen

    registry = folding.registry(plugin, plugins_dir)
    rows = [_plain(registry, name) for name in sorted(registry.services)]
    if as_json:
        screen.emit_json({"plugins": _names(registry), "services": rows})
    else:
        _show(rows, _names(registry))
    return 0


def _names(registry: Registry) -> list[str]:
    return sorted(name for name, _ in registry.manager.list_name_plugin())


def _plain(registry: Registry, name: str) -> dict[str, Any]:
    service = registry.services[name]
    folds = [
        f"{source}:{action}"
        for (source, action), declared in registry.projectors.items()
        if any(one.service == name for one in declared)
    ]
    reacts = [
        f"{source}:{action}"
        for (source, action), declared in registry.reactions.items()
        if any(one.service == name for one in declared)
    ]
    return {
        "service": name,
        "scope": service.scope.value,
        "decides": sorted(action for action, declared in service.handlers.items() if not declared.internal),
        "folds": sorted(folds),
        "reacts_to": sorted(reacts),
        "resources": [kind.type for kind in service.resources],
        "module": service.state.__module__,
    }


def _show(rows: list[dict[str, Any]], names: list[str]) -> None:
    from backtrail_cli.screen import Column, clean, table

    columns = (
        Column("service", least=8),
        Column("one per"),
        Column("decides", right=True),
        Column("folds", right=True),
        Column("reacts", right=True, drop=2),
        Column("module", least=20, middle=True, drop=1, style={"dim": True}),
        Column("resources", least=20),
    )
    told = [
        (
            row["service"],
            row["scope"],
            str(len(row["decides"])),
            str(len(row["folds"])),
            str(len(row["reacts_to"])),
            row["module"],
            ", ".join(row["resources"]),
        )
        for row in rows
    ]
    click.echo(table(columns, told))
    silent = [name for name in names if name not in {row["service"] for row in rows}]
    if silent:
        faults.note(f"plugins without a service of their name: {', '.join(clean(name) for name in silent)}")


@command.command(
    "generate",
    epilog=options.examples(
        "backtrail plugins generate sqs > sqs/api.py",
        "backtrail plugins generate dynamodb CreateTable DescribeTable > api.py",
        "backtrail plugins generate ec2 --into plugins/backtrail_aws/ec2",
    ),
)
@click.argument("service")
@click.argument("actions", metavar="[ACTION]…", nargs=-1)
@click.option(
    "--package", metavar="MODULE", help="The plugin's package; its trail.py and its actions are followed."
)
@click.option(
    "--into",
    metavar="FOLDER",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Write them there instead: the plugin's folder. Many types need several files, in a folder `api`.",
)
def generate(service: str, actions: tuple[str, ...], package: str | None, into: Path | None) -> int:
    """Print the payload types (`api.py`) of an AWS service, made from botocore's model.

    Those that the service's plugin has now are always among them. A plugin's trail.py says what CloudTrail writes
    differently, and which members are secrets.
    """
    from backtrail import generate as generator
    from backtrail import model as models

    owner = package or f"backtrail_aws.{service.replace('-', '_')}"
    try:
        models.load(service)
        _, there, trail = generator.declared(owner)
        wanted = (*there, *actions)
        if not wanted:
            raise faults.Fault(f"name the actions to write: no plugin has any of {service} yet")
        files = generator.files(service, wanted, trail)
        advice = generator.unsealed(service, wanted, trail)
    except models.UnknownService as error:
        raise faults.Fault(
            f"botocore has no service {service!r}{faults.like(service, models.services())}; one of your own is "
            "declared by hand (`backtrail plugins model` prints its model)"
        ) from error
    except (generator.UnknownAction, generator.UnknownMember) as error:
        close = faults.like(actions[0], models.load(service).operations) if actions else ""
        raise faults.Fault(f"{service}: {error}{close}") from error
    if into is not None:
        _write(files, into)
    elif len(files) > 1:
        raise faults.Fault(
            f"the types of {service} stand in {len(files)} files: name the plugin's folder with --into"
        )
    else:
        click.echo("".join(files.values()), nl=False)
    for member in advice:
        faults.note(f"the model calls {member} sensitive, and records would show it: see trail.py")
    return 0


def _write(files: dict[str, str], folder: Path) -> None:
    """Write generated files into a plugin's folder, and remove those that were generated before and are no more."""
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text)
    for old in [folder / "api.py", *(folder / "api").glob("*.py")]:
        if old.relative_to(folder).as_posix() not in files and old.exists() and _GENERATED in old.read_text():
            old.unlink()


_GENERATED = "Generated by `backtrail plugins generate"


@command.command(
    "model",
    epilog=options.examples(
        "mkdir -p ~/.aws/models/frobnicator/2015-01-01",
        "backtrail plugins model frobnicator --plugin ./frobnicator.py \\",
        "    > ~/.aws/models/frobnicator/2015-01-01/service-2.json",
    ),
)
@click.argument("name")
@options.plugins
def model(name: str, plugin: tuple[str, ...], plugins_dir: Path | None) -> int:
    """Print a botocore model (`service-2.json`) of a service that was declared by hand, so that boto3 can call it."""
    from backtrail import model as models
    from backtrail_cli import folding, own_models, screen

    registry = folding.registry(plugin, plugins_dir)
    service = registry.services.get(name)
    if service is None:
        hint = faults.like(name, registry.services) or "; load yours with --plugin FILE_OR_MODULE"
        raise faults.Fault(f"no plugin has the service {name!r}{hint}")
    if name in models.services():
        raise faults.Fault(f"{name} is AWS's own: boto3 has its model already")
    try:
        screen.emit_json(own_models.describe(service))
    except own_models.NotDescribable as error:
        raise faults.Fault(str(error)) from error
    return 0
