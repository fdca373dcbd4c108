"""The incident that ships with Backtrail: a key leaks, and is used.

`python -m backtrail_cli.incidents` makes it again, byte for byte.
"""

from __future__ import annotations

from pathlib import Path

EXAMPLE = Path(__file__).with_name("leaked-key.jsonl.gz")
