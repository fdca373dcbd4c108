"""Every refusal in the plugins names where it comes from; `python tests/evidence.py` counts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from .evidence import KINDS, File, Maker, plugins, report, sites


@pytest.mark.parametrize("plugin", plugins())
def test_every_refusal_names_its_evidence(plugin: str) -> None:
    """A record, a page, the model or a guess: for the code, and for the words."""
    unnamed = [
        f"{site.file}:{site.line} {site.made}: {site.evidence or 'no evidence'}"
        for site in sites(plugin)
        if not site.open and None in site.kinds
    ]

    assert unnamed == []


@pytest.mark.parametrize("plugin", plugins())
def test_no_model_has_words(plugin: str) -> None:
    """A model names codes; a function that takes its words from callers must leave their evidence to them."""
    passed = [
        f"{site.file}:{site.line} {site.made}: {site.evidence}"
        for site in sites(plugin)
        if site.passes and not site.open and site.kinds[1] == "model"
    ]

    assert passed == []


def test_real_records_are_named_as_they_are(trails: Path) -> None:
    """A trail, an action or an event that an evidence names is there."""
    known = {path.stem for path in trails.glob("*.jsonl")}
    texts = {path.stem: path.read_text() for path in trails.glob("*.jsonl")}
    for site in [site for plugin in plugins() for site in sites(plugin) if "record" in site.kinds]:
        words = (site.evidence or "").replace(",", " ").replace('"', " ").split()
        named = [word for word in words[words.index("record") + 1 :] if word in known]
        said = [word for word in words if any(f'"{word}"' in text for text in texts.values())]
        assert named or said, f"{site.file}:{site.line}: {site.evidence}"


def test_the_report_counts_them() -> None:
    """One line a plugin, one for all; the kinds of a line add up to its refusals."""
    head, *rows = report().splitlines()

    assert head.split() == ["all", *(name for name, _ in KINDS), "nothing"]
    assert [row.split()[0] for row in rows] == [*plugins(), "all"]
    for row in rows:
        total, *kinds = map(int, row.split()[1:])
        assert sum(kinds) == total
    assert int(rows[-1].split()[1]) == sum(int(row.split()[1]) for row in rows[:-1]) > 400


SOURCE = '''
def worded(message: str) -> Refusal:
    """Takes its words."""
    # evidence: model; words: each caller's
    return Refusal("Bad", message)


def fixed() -> Refusal:
    return Refusal("Gone", "It is gone.")  # evidence: https://example.com


def check(one: int) -> None:
    one += 1
    # evidence: guess
    if one:
        raise worded("One.")
    elif one < 0:
        raise worded("Less.")
    raise Refusal("X")
'''


def test_what_is_unnamed_is_found(tmp_path: Path) -> None:
    """In the statement, above it, above the `if` that it is in: that is named."""
    path = tmp_path / "made.py"
    path.write_text(SOURCE)
    file = File(path)

    direct = set(file.sites("made", {Maker("made", "Refusal")}))
    opened = set(file.open_makers(direct))
    found = {site.line: site.evidence for site in direct | set(file.sites("made", opened))}

    assert {maker.name for maker in opened} == {"worded"}
    assert found == {
        5: "model; words: each caller's",
        9: "https://example.com",
        16: "guess",
        18: "guess",
        19: None,
    }
