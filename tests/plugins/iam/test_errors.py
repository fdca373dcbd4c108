"""The refusals themselves: each says where its words come from."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import backtrail_aws.iam

FOLDER = Path(str(backtrail_aws.iam.__file__)).parent
KINDS = ("model", "record", "issue", "issues", "guess")


def test_every_refusal_tells_its_evidence() -> None:
    """Refusals are made in two files, and each function there names a record, an issue, the model, or a guess."""
    found: Counter[str] = Counter()
    for path in sorted(FOLDER.glob("*.py")):
        source = path.read_text()
        made = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef)]
        refusing = [node for node in made if "Refusal(" in (ast.get_source_segment(source, node) or "")]
        if path.name not in ("errors.py", "credential_errors.py"):
            assert not refusing, f"{path.name} makes a refusal of its own"
            continue
        for node in made:
            text = ast.get_source_segment(source, node) or ""
            evidence = [
                line.split("evidence:")[1].split() for line in text.splitlines() if "# evidence:" in line
            ]
            assert len(evidence) == 1, node.name
            kind = evidence[0][0].strip(";,")
            assert kind in KINDS, node.name
            found[kind] += 1
    assert found["guess"] < found.total() / 2, found
