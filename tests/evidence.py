"""Where each refusal of the plugins comes from, read from their sources: `python tests/evidence.py` counts them.

Every place where a refusal's words come into being names its evidence in a comment:

    # evidence: record <trail> <action or eventID>    a real CloudTrail record says so
    # evidence: https://… | page <name> | API_<Action> | issue <owner/repo#n>    a page of AWS's, or one that quotes AWS
    # evidence: model    the service's model has the code and the status
    # evidence: guess    the code is documented, or it is not; the words are ours
    # evidence: model; words: guess    first for the code, then for the words
    # evidence: model; words: each caller's    a function that takes the words: each of its callers names its own

The comment stands in the statement, in the lines above it or above what it is in (an `if`), or first in the function.
"""

from __future__ import annotations

import ast
import io
import re
import sys
import tokenize
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

PLUGINS = Path(__file__).resolve().parent.parent / "plugins" / "backtrail_aws"
KINDS = [
    ("record", re.compile(r"\brecords?\b")),
    ("page", re.compile(r"https://|\bpages?\b|\bissues?\b|\bRFC\b|\w\.html\b|\bAPI_\w+|\blimits\.py\b")),
    ("guess", re.compile(r"\bguess\b|\bours\b")),
    ("model", re.compile(r"\bmodel\b")),
]
OPEN = re.compile(r"\bcallers?'s?|caller's|the words are [a-z]+\.py's")
WORDS = {"message", "words", "reason", "text"}
"""What a parameter is called that holds a refusal's words."""
MARKER = re.compile(r"#\s*evidence:\s*(.*)")


class Maker(NamedTuple):
    """A function that makes a refusal: the module of the plugin that has it ("" for core's class), its name."""

    module: str
    name: str


class Site(NamedTuple):
    """A place where a refusal is made, by which maker. `evidence` is the comment's text, None where there is none.

    `passes` says that the words are a parameter of the function that the place is in.
    """

    plugin: str
    file: str
    line: int
    module: str
    made: str
    evidence: str | None
    passes: bool

    @property
    def kinds(self) -> tuple[str | None, str | None]:
        """Where the code, and where the words come from; None for what cannot be read."""
        code, _, words = (self.evidence or "").partition("; words:")
        return kind(code), kind(words or code)

    @property
    def open(self) -> bool:
        """Whether the words are the callers', each of whom is a site of its own."""
        return bool(self.evidence and OPEN.search(self.evidence))


def kind(text: str) -> str | None:
    """The kind of a source; where a comment names two, the first of `KINDS`."""
    return next((name for name, pattern in KINDS if pattern.search(text)), None)


def plugins() -> list[str]:
    """The plugins' names: their folders'."""
    return sorted(path.name for path in PLUGINS.iterdir() if (path / "__init__.py").exists())


def _generated(path: Path) -> bool:
    return path.name == "api.py" or path.parent.name == "api"


@cache
def sites(plugin: str) -> list[Site]:
    """Every site of a plugin, but for those that pass on what a function of the plugin made."""
    files = [File(path) for path in sorted((PLUGINS / plugin).rglob("*.py")) if not _generated(path)]
    found: set[Site] = set()
    seen: set[Maker] = set()
    fresh = {Maker("", "Refusal")}
    while fresh:
        seen |= fresh
        found |= {site for file in files for site in file.sites(plugin, fresh)}
        fresh = {maker for file in files for maker in file.open_makers(found)} - seen
    return sorted(found)


class File:
    """One source: its statements and its comments."""

    def __init__(self, path: Path) -> None:
        text = path.read_text()
        self.path, self.tree = path, ast.parse(text)
        self.comments = {
            token.start[0]: token.string
            for token in tokenize.generate_tokens(io.StringIO(text).readline)
            if token.type == tokenize.COMMENT
        }
        self.imported = {
            alias.name: "" if node.module == "backtrail" else str(node.module).rpartition(".")[2]
            for node in ast.walk(self.tree)
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }
        self.bare = {
            number for number, line in enumerate(text.split("\n"), 1) if line.lstrip().startswith("#")
        }

    def sites(self, plugin: str, makers: set[Maker]) -> Iterator[Site]:
        """The calls of one of these makers, with the evidence that stands beside each."""
        for chain in _chains(self.tree, ()):
            call = chain[-1]
            if isinstance(call, ast.Call) and (maker := self._maker(call)) in makers:
                evidence = self._evidence(chain)
                yield Site(plugin, self.path.name, call.lineno, *maker, evidence, _passes(chain))

    def open_makers(self, found: set[Site]) -> Iterator[Maker]:
        """The functions of this file that make a refusal with its callers' words."""
        lines = {site.line for site in found if site.open and site.file == self.path.name}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.FunctionDef) and lines & set(
                range(node.lineno, (node.end_lineno or 0) + 1)
            ):
                yield Maker(self.path.stem, node.name)

    def _maker(self, call: ast.Call) -> Maker:
        """What a call calls: `errors.invalid(…)`, or a name that is imported or of this file."""
        if isinstance(call.func, ast.Attribute):
            return Maker(getattr(call.func.value, "id", "?"), call.func.attr)
        name = getattr(call.func, "id", "?")
        return Maker(self.imported.get(name, self.path.stem), name)

    def _evidence(self, chain: tuple[ast.AST, ...]) -> str | None:
        inner = True
        for depth in range(len(chain) - 1, -1, -1):
            node = chain[depth]
            if isinstance(node, ast.FunctionDef):
                return self._above(_first(node))
            if isinstance(node, (ast.stmt, ast.ExceptHandler, ast.match_case)):
                line = node.pattern.lineno if isinstance(node, ast.match_case) else node.lineno
                last = (node.end_lineno or line) if inner and isinstance(node, ast.stmt) else line
                found = self._within(line, last) or self._above(line)
                if found is not None:
                    return found
                inner = False
        return None

    def _within(self, first: int, last: int) -> str | None:
        texts = [self.comments[line] for line in range(first, last + 1) if line in self.comments]
        return next((match[1] for text in texts if (match := MARKER.search(text))), None)

    def _above(self, line: int) -> str | None:
        top = line - 1
        while top in self.bare:
            top -= 1
        lines = [self.comments[number] for number in range(top + 1, line)]
        start = next((index for index, text in enumerate(lines) if MARKER.search(text)), None)
        if start is None:
            return None
        match = MARKER.search(lines[start])
        more = (text.lstrip("# ") for text in lines[start + 1 :])
        return " ".join([match[1] if match else "", *more])


def _chains(node: ast.AST, above: tuple[ast.AST, ...]) -> Iterator[tuple[ast.AST, ...]]:
    """Every node, with all that it stands in before it."""
    chain = (*above, node)
    yield chain
    for child in ast.iter_child_nodes(node):
        yield from _chains(child, chain)


def _first(function: ast.FunctionDef) -> int:
    """The line of a function's first statement after its docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return body[0].lineno if body else function.lineno


def _passes(chain: tuple[ast.AST, ...]) -> bool:
    """Whether the words of a call, its first texts, are a parameter of the function around it."""
    call, function = (
        chain[-1],
        next((node for node in reversed(chain) if isinstance(node, ast.FunctionDef)), None),
    )
    if function is None or not isinstance(call, ast.Call):
        return False
    parameters = {argument.arg for argument in [*function.args.args, *function.args.kwonlyargs]}
    return any(isinstance(one, ast.Name) and one.id in parameters & WORDS for one in call.args[:2])


def report() -> str:
    """A table: of each plugin's refusals, how many words are a record's, a page's, the model's, guessed, or unnamed."""
    lines = [f"{'':10}{'all':>6}" + "".join(f"{name:>9}" for name, _ in KINDS) + f"{'nothing':>9}"]
    total: Counter[str | None] = Counter()
    for plugin in plugins():
        counted = Counter(site.kinds[1] for site in sites(plugin) if not site.open)
        total += counted
        lines.append(_row(plugin, counted))
    return "\n".join([*lines, _row("all", total)])


def _row(name: str, counted: Counter[str | None]) -> str:
    return f"{name:10}{counted.total():6}" + "".join(
        f"{counted[kind]:9}" for kind in [*(k for k, _ in KINDS), None]
    )


if __name__ == "__main__":
    sys.stdout.write(report() + "\n")
