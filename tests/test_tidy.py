"""Properties of the source itself, checked by reading it."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FOLDERS = {
    "core": "backtrail",
    "eventstore": "backtrail_eventstore",
    "plugins": "backtrail_aws",
    "cli": "backtrail_cli",
}
ALLOWED = {"core": set[str](), "eventstore": {"core"}, "plugins": {"core"}, "cli": {"core", "eventstore"}}
CLOCK_AND_CHANCE = {
    "time",
    "random",
    "uuid",
    "secrets",
    "os",
    "socket",
    "subprocess",
    "tempfile",
    "asyncio",
    "shutil",
}
TOUCH_THE_MACHINE = {
    f"core/backtrail/{name}.py"
    for name in ("engine", "effects", "following", "committing", "waiting", "clock", "model", "manifests")
}
"""The files of core that may: the engine, what it waits with, its clock, the readers of data and plugins."""
ISOLATION_POINTS = {
    "core/backtrail/engine.py": "a plugin's bug is a recorded 500",
    "core/backtrail/effects.py": "a plugin's bug is a recorded 500",
    "core/backtrail/committing.py": "whatever a backend raises, the callers must be answered",
    "core/backtrail/plugins.py": "a listener's bug must not stop the engine",
    "core/backtrail/fold.py": "a plugin's bug must not stop the fold of everybody's records",
    "cli/backtrail_cli/server/app.py": "a request must not end the server",
    "core/backtrail/whatif/deciding.py": "a handler may raise anything on what no record told: then nobody can tell",
    "cli/backtrail_cli/whatifs.py": "a user's own file may raise anything",
}
LINES_PER_FUNCTION = 70
LINES_PER_FILE = 400

SOURCES = sorted(
    path.relative_to(ROOT).as_posix() for folder in FOLDERS for path in (ROOT / folder).rglob("*.py")
)
OURS = [source for source in SOURCES if "api" not in (Path(source).stem, Path(source).parent.name)]
TESTS = sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "tests").rglob("test_*.py"))


@cache
def tree(source: str) -> ast.Module:
    return ast.parse((ROOT / source).read_text())


@pytest.mark.parametrize("source", SOURCES)
def test_imports_only_what_its_folder_may(source: str) -> None:
    """core knows nobody; everybody knows core; no plugin knows another; botocore's code stays out of the server."""
    folder = source.split("/")[0]
    for name in imports(source):
        owner = next((one for one, package in FOLDERS.items() if name.split(".")[0] == package), None)
        assert owner is None or owner == folder or owner in ALLOWED[folder], f"imports {name}"
        if folder == "plugins" and owner == "plugins" and not name.startswith(SHARED):
            assert ".".join(name.split(".")[:2]) == ".".join(source.split("/")[1:3]).removesuffix(".py"), (
                f"imports {name}"
            )
        assert name.split(".")[0] not in {"botocore", "boto3", "moto"} or source in MAY_USE_BOTO3, (
            f"imports {name}"
        )


SHARED = ("backtrail_aws.balancing",)
"""What the plugins of one family decide with alike: no plugin, and nothing in it declares or folds."""


@pytest.mark.parametrize(
    "source",
    [
        source
        for source in SOURCES
        if source.startswith(tuple(f"plugins/{one.replace('.', '/')}/" for one in SHARED))
    ],
)
def test_what_plugins_share_folds_nothing(source: str) -> None:
    """A snapshot is kept as long as core's and its plugin's sources are the same: a fold may stand nowhere else."""
    assert not {
        name for name in imports(source) if name.startswith("backtrail_aws.") and not name.startswith(SHARED)
    }
    assert not re.search(r"^@service|Service\(|Event\[", (ROOT / source).read_text(), re.MULTILINE)


MAY_USE_BOTO3 = {"cli/backtrail_cli/pytest_plugin.py"}
"""The fixture hands out boto3 sessions, imported when a test asks for one."""


@pytest.mark.parametrize("source", [source for source in SOURCES if source.startswith(("core/", "plugins/"))])
def test_is_deterministic(source: str) -> None:
    """Nothing that decides or folds may ask the clock, chance or the machine."""
    if source not in TOUCH_THE_MACHINE and not source.endswith("/effects.py"):
        assert not CLOCK_AND_CHANCE & {name.split(".")[0] for name in imports(source)}


@pytest.mark.parametrize("source", OURS)
def test_functions_fit_a_screen(source: str) -> None:
    """No function is longer than a screen, no file longer than a sitting."""
    assert len((ROOT / source).read_text().splitlines()) <= LINES_PER_FILE
    for node in functions(source):
        assert node.end_lineno is not None
        assert node.end_lineno - node.lineno < LINES_PER_FUNCTION, node.name


@pytest.mark.parametrize("source", OURS)
def test_catches_everything_only_where_it_isolates(source: str) -> None:
    """`except Exception` stands only at the points that isolate others' bugs."""
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.ExceptHandler):
            names = (
                {name.id for name in ast.walk(node.type) if isinstance(name, ast.Name)}
                if node.type
                else {"Exception"}
            )
            assert "Exception" not in names or source in ISOLATION_POINTS


@pytest.mark.parametrize("source", OURS)
def test_public_functions_promise_something(source: str) -> None:
    """Every module says what it holds."""
    if (ROOT / source).read_text().strip():
        assert ast.get_docstring(tree(source)), "has no docstring"


@pytest.mark.parametrize("path", TESTS)
def test_every_test_says_what_it_shows(path: str) -> None:
    """Each test carries one sentence about behaviour."""
    for node in functions(path):
        assert not node.name.startswith("test_") or ast.get_docstring(node), node.name


def imports(source: str) -> Iterator[str]:
    """The modules that a file imports, also inside functions and for type checking."""
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def functions(source: str) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


LAZY = (
    "core/backtrail",
    "core/backtrail/actors",
    "core/backtrail/mentions",
    "eventstore/backtrail_eventstore",
)


@pytest.mark.parametrize("folder", LAZY)
def test_lazy_names_are_those_that_type_checkers_see(folder: str) -> None:
    """What a package imports on first use is what it imports for type checkers; no name hides behind a module's."""
    package = folder.partition("/")[2].replace("/", ".")
    tree = ast.parse((ROOT / folder / "__init__.py").read_text())
    seen = {
        (str(one.module).removeprefix(f"{package}."), alias.name)
        for block in tree.body
        if isinstance(block, ast.If)
        for one in block.body
        if isinstance(one, ast.ImportFrom)
        for alias in one.names
    }
    calls = [
        one for one in ast.walk(tree) if isinstance(one, ast.Call) and ast.unparse(one.func) == "names_of"
    ]
    table = ast.literal_eval(calls[0].args[1])
    assert {(module, name) for module, names in table.items() for name in names.split()} == seen
    modules = {path.stem for path in (ROOT / folder).iterdir()}
    assert not modules & {name for _, name in seen}
    for _, name in seen:
        assert getattr(importlib.import_module(package), name) is not None
