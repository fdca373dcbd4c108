"""Make the incident again: `python -m backtrail_cli.incidents [FILE]`."""

from __future__ import annotations

import gzip
import sys
from pathlib import Path

from backtrail_cli.incidents import EXAMPLE
from backtrail_cli.incidents.leaked_key import play


def content() -> bytes:
    """The file's content: packed lines, equal each time."""
    return gzip.compress(b"".join(record + b"\n" for record in play()), mtime=0)


def main() -> None:
    """Write the file."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLE
    path.write_bytes(content())


if __name__ == "__main__":
    main()
