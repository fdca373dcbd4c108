"""The group of all commands. It imports only the one that is called: a question must not wait for a server's code."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from typing import Any, NoReturn

import click

from backtrail_cli import faults

COMMANDS: dict[str, tuple[str, str]] = {
    "serve": ("serve", "Serve an account to AWS clients, and log every call."),
    "replay": ("replay", "Fold CloudTrail files into an account, and tell what became of them."),
    "import": ("imports", "Take CloudTrail files into a log."),
    "events": ("events", "List records, filtered."),
    "who": ("who", "Tell who deleted, created or touched a resource, acting for whom."),
    "history": ("history", "Tell all that happened to a resource."),
    "timeline": ("timeline", "Tell what happened in order, for people, Timesketch or a spreadsheet."),
    "actors": ("actors", "List everybody who acted."),
    "denied": ("denied", "List what was attempted and denied."),
    "coverage": ("coverage", "Tell what the log could have seen, and what it is blind for."),
    "sessions": ("sessions", "Show who acted, session by session, and who stands behind each."),
    "exposure": ("exposure", "List what is open to whoever is outside, and who opened it."),
    "undo": ("undo", "Plan how to undo what somebody changed."),
    "persistence": ("persistence", "List the ways back in that somebody left."),
    "why": ("why", "Tell what caused a record, back to whoever began it."),
    "why-denied": ("why_denied", "Tell which statements denied a call, and who put them there."),
    "can": ("can", "Tell whether a principal may do something, and by which statements."),
    "least": ("least", "Print the smallest policy that covers what a principal did."),
    "trace": ("trace", "Tell what followed from a record."),
    "outbox": ("outbox", "Read the mails and text messages that would have been sent."),
    "fork": ("fork", "Go another way from any moment on: a log that shares the past."),
    "whatif": ("whatif", "Tell what would have gone otherwise under other rules."),
    "state": ("state", "Show the account's resources, now or at any moment."),
    "diff": ("diff", "Show what changed between two moments."),
    "reach": ("reach", "Tell whether packets get from one place to another."),
    "diagnose": ("diagnose", "Tell what is wrong with a resource, and which record made it so."),
    "sql": ("sql", "Ask anything, in SQL."),
    "case": ("case", "Hand evidence over, and check it later."),
    "verify": ("verify", "Check that the log is what was written."),
    "export": ("export", "Write the log as CloudTrail files or lossless lines."),
    "clock": ("clock", "Show a running server's clock, or move it."),
    "options": ("options", "List what may be turned of the services' behaviour."),
    "option": ("option", "Turn one of the options of a running server."),
    "inject": ("inject", "Bring about a fault or a loss in a running server."),
    "sweep": ("sweep", "Remove kept bodies that no record refers to."),
    "plugins": ("plugins", "List plugins, and help to write one."),
    "reset": ("reset", "Begin afresh."),
}
"""Name -> (module of `backtrail_cli.commands`, short help). A module holds a click command called `command`."""

EPILOG = """\b
Examples:
  backtrail serve                             an account on http://127.0.0.1:4566
  backtrail replay --example                  an incident, replayed
  backtrail replay AWSLogs/ --log case.db     your own trail
  backtrail who deleted my-bucket --log case.db

\b
The log is --log PATH or $BACKTRAIL_LOG; without either it is .backtrail/account.db
in the current folder. Exit codes: 0 done; 1 the answer is no (nothing found,
records rejected, a log that was changed); 2 it could not be done.
"""


class Commands(click.Group):
    """Looks commands up by name, and turns everything that goes wrong into one line."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*COMMANDS, *(name for name in super().list_commands(ctx) if name not in COMMANDS)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in COMMANDS:
            module = importlib.import_module(f"backtrail_cli.commands.{COMMANDS[cmd_name][0]}")
            command: click.Command = module.command
            return command
        return super().get_command(ctx, cmd_name) or self._of_plugins(ctx, cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0]
        if name and not name.startswith("-") and self.get_command(ctx, name) is None:
            close = faults.like(name, self.list_commands(ctx)) or "; `backtrail --help` lists them"
            raise click.UsageError(f"there is no command {name!r}{close}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_) for name, (_, help_) in COMMANDS.items()])

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> Any:
        """As click's, but what goes wrong is one line on stderr; see `faults` for the exit codes."""
        code = self._run(args, {"prog_name": prog_name, "complete_var": complete_var, **extra})
        if not standalone_mode:
            return code
        _leave(code)

    def _run(self, args: Sequence[str] | None, extra: dict[str, Any]) -> int:
        try:
            result = super().main(args, standalone_mode=False, **extra)
            return result if isinstance(result, int) and not isinstance(result, bool) else 0
        except click.Abort:
            click.echo(err=True)
            return faults.INTERRUPTED
        except click.exceptions.NoArgsIsHelpError as error:
            click.echo(error.ctx.get_help(), err=True)
            return faults.ERROR
        except click.ClickException as error:
            faults.show(faults.of_usage(error))
            return faults.ERROR
        except faults.expected() as error:  # which ones depends on what was imported until now
            faults.show(faults.of(error))
            return faults.ERROR

    def _of_plugins(self, ctx: click.Context, name: str) -> click.Command | None:
        """A command of an installed plugin; they are looked at only when nothing of ours has the name."""
        from backtrail.plugins import installed_registry

        installed_registry().hook("register_commands")(cli=self)
        return super().get_command(ctx, name)


def _leave(code: int) -> NoReturn:
    sys.exit(code)


@click.group(cls=Commands, epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="backtrail", message="backtrail %(version)s")
@click.pass_context
def cli(ctx: click.Context) -> None:
    """An AWS account whose only truth is a log of CloudTrail records.

    Serve it to any AWS client, replay a real trail into it, look at it at any moment, and ask who did what.
    """
    from backtrail_cli.screen import colour

    ctx.color = colour()
