"""The command `backtrail`."""

from __future__ import annotations

from backtrail_cli.group import cli


def main() -> None:
    """Run the command line and end the process with its exit code."""
    cli.main(prog_name="backtrail")


if __name__ == "__main__":
    main()
