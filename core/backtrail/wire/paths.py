"""Paths of REST services: templates, their labels, and the table that finds an operation by path."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping

from backtrail.model import Model, Operation
from backtrail.wire import form

_LABEL = re.compile(r"\{([^}+]+)(\+?)\}")
_SLASHES = re.compile(r"/+$")

# Operations that share everything with the one that took their place, or with one that all clients mean.
# https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycle.html and others say so.
_SUPERSEDED = {
    "s3": frozenset(
        {
            "GetBucketLifecycle",
            "GetBucketNotification",
            "ListDirectoryBuckets",
            "PutBucketLifecycle",
            "PutBucketNotification",
        }
    )
}


class _Candidate:
    """One operation at the end of a path, and what a request must have to mean it."""

    __slots__ = ("headers", "literals", "operation", "queries")

    def __init__(self, model: Model, operation: Operation) -> None:
        self.operation = operation
        literals = operation.http.request_uri.partition("?")[2]
        self.literals = [
            (name, value if "=" in pair else None)
            for pair in literals.split("&")
            if pair
            for name, _, value in [pair.partition("=")]
            if name != "x-id"
        ]
        shape = model.shapes[operation.input.shape] if operation.input else None
        required = (
            [(name, shape.members[name]) for name in shape.required if name in shape.members] if shape else []
        )
        self.queries = {m.location_name or n for n, m in required if m.location == "querystring"}
        self.headers = {(m.location_name or n).lower() for n, m in required if m.location == "header"}

    @property
    def weight(self) -> tuple[int, int, int]:
        """How specific it is; the more, the earlier."""
        return len(self.literals), len(self.queries), len(self.headers)

    def named_by(self, query: Mapping[str, str]) -> bool:
        """Whether the query string has the template's own parameters."""
        return all(name in query and (value is None or query[name] == value) for name, value in self.literals)

    def complete_in(self, query: Mapping[str, str], headers: Mapping[str, str]) -> bool:
        """Whether nothing required is missing from query string and headers."""
        return self.queries <= query.keys() and self.headers <= headers.keys()


class _End:
    """All operations at the end of one path."""

    def __init__(self) -> None:
        self.candidates: list[_Candidate] = []
        self._by_literal: dict[str, list[_Candidate]] = {}
        self._plain: list[_Candidate] = []
        self._bare: list[_Candidate] = []

    def close(self) -> None:
        """Sort by weight, then by name, so that the choice never hangs on the model's order."""
        self.candidates.sort(key=lambda candidate: candidate.operation.name)
        self.candidates.sort(key=lambda candidate: candidate.weight, reverse=True)
        groups: dict[str, list[_Candidate]] = defaultdict(list)
        for candidate in self.candidates:
            if candidate.literals:
                groups[candidate.literals[0][0]].append(candidate)
            else:
                self._plain.append(candidate)
        self._by_literal = dict(groups)
        self._bare = [candidate for candidate in self._plain if not candidate.queries] or self._plain

    def choose(self, query: str, headers: Mapping[str, str]) -> Operation | None:
        """The most specific operation that a request can mean."""
        if not query:
            return _pick(self._bare, _NOTHING, headers)
        names = dict(reversed(form.flat(query)))
        for name in names:
            group = self._by_literal.get(name)
            if group is not None:
                found = _pick([candidate for candidate in group if candidate.named_by(names)], names, headers)
                if found is not None:
                    return found
        return _pick(self._plain, names, headers)


class _Node:
    __slots__ = ("end", "greedy", "label", "literals")

    def __init__(self) -> None:
        self.literals: dict[str, _Node] = {}
        self.label: _Node | None = None
        self.greedy: _End | None = None
        self.end: _End | None = None


_NOTHING: Mapping[str, str] = {}


class PathTable:
    """All operations of a REST service, by method and path."""

    def __init__(self, service: str, model: Model) -> None:
        self._roots: dict[str, _Node] = {}
        self._patterns: list[tuple[str, re.Pattern[str], _End]] = []
        superseded = _SUPERSEDED.get(service, frozenset())
        ends: list[_End] = []
        for operation in model.operations.values():
            if operation.name not in superseded:
                end = self._end(operation.http.method, operation.http.request_uri.partition("?")[0])
                end.candidates.append(_Candidate(model, operation))
                ends.append(end)
        for end in dict.fromkeys(ends):
            end.close()

    def find(self, method: str, path: str, query: str, headers: Mapping[str, str]) -> Operation | None:
        """The operation of a request; None where the service has none there."""
        for wanted, pattern, end in self._patterns:
            if wanted == method and pattern.fullmatch(path):
                return end.choose(query, headers)
        root = self._roots.get(method)
        if root is not None:
            segments = path[1:].split("/")
            if segments[-1] == "":
                segments.pop()
            found = _walk(root, segments, 0)
            if found is not None:
                return found.choose(query, headers)
        return None

    def _end(self, method: str, template: str) -> _End:
        parts = template[1:].split("/")
        if parts[-1] == "":
            parts.pop()
        if not _is_simple(parts):
            return self._pattern_end(method, template)
        node = self._roots.setdefault(method, _Node())
        for part in parts:
            found = _LABEL.fullmatch(part)
            if found is None:
                node = node.literals.setdefault(part, _Node())
            elif found[2]:
                node.greedy = node.greedy or _End()
                return node.greedy
            else:
                node.label = node.label or _Node()
                node = node.label
        node.end = node.end or _End()
        return node.end

    def _pattern_end(self, method: str, template: str) -> _End:
        pattern = template_pattern(template)
        for wanted, known, end in self._patterns:
            if wanted == method and known.pattern == pattern.pattern:
                return end
        end = _End()
        self._patterns.append((method, pattern, end))
        self._patterns.sort(key=lambda entry: -len(entry[1].pattern))
        return end


def _walk(node: _Node, segments: list[str], place: int) -> _End | None:
    """The end that a path leads to: literals before labels, labels before greedy ones."""
    if place == len(segments):
        return node.end
    segment = segments[place]
    below = node.literals.get(segment)
    if below is not None:
        found = _walk(below, segments, place + 1)
        if found is not None:
            return found
    if node.label is not None and segment:
        found = _walk(node.label, segments, place + 1)
        if found is not None:
            return found
    return node.greedy


def _pick(
    candidates: list[_Candidate], query: Mapping[str, str], headers: Mapping[str, str]
) -> Operation | None:
    if len(candidates) == 1:
        return candidates[0].operation
    complete = [candidate for candidate in candidates if candidate.complete_in(query, headers)]
    likely = complete or candidates
    if not likely:
        return None
    hint = query.get("x-id")
    if hint is not None and len(likely) > 1:
        heaviest = likely[0].weight
        for candidate in likely:
            if candidate.weight == heaviest and candidate.operation.name == hint:
                return candidate.operation
    return likely[0].operation if complete else likely[-1].operation


def _is_simple(parts: list[str]) -> bool:
    found = [_LABEL.fullmatch(part) for part in parts]
    whole = all(label is not None or "{" not in part for label, part in zip(found, parts, strict=True))
    return whole and not any(label is not None and label[2] for label in found[:-1])


def label_extractor(template: str) -> Callable[[str], dict[str, str]]:
    """Takes the labels of a path template out of a raw path: `/{Bucket}/{Key+}`."""
    parts = template.split("/")
    if not _is_simple(parts):
        return _pattern_extractor(template)
    found = [_LABEL.fullmatch(part) for part in parts]
    places = [(label[1], place) for place, label in enumerate(found) if label is not None]
    greedy = found[-1] is not None and bool(found[-1][2])
    splits = len(parts) - 1 if greedy else -1

    def extract(path: str) -> dict[str, str]:
        segments = path.split("/", splits)
        count = len(segments)
        return {name: segments[place] for name, place in places if place < count}

    return extract


def template_pattern(template: str) -> re.Pattern[str]:
    """A template as a pattern over raw paths; label n is the group `ln`."""
    pattern, end = "", 0
    for place, found in enumerate(_LABEL.finditer(template)):
        wanted = ".+" if found[2] else "[^/]+"
        pattern += re.escape(template[end : found.start()]) + f"(?P<l{place}>{wanted})"
        end = found.end()
    return re.compile(pattern + re.escape(_SLASHES.sub("", template[end:])) + "/?")


def _pattern_extractor(template: str) -> Callable[[str], dict[str, str]]:
    pattern = template_pattern(template)
    names = [found[1] for found in _LABEL.finditer(template)]

    def extract(path: str) -> dict[str, str]:
        found = pattern.fullmatch(path)
        return {name: found[f"l{place}"] for place, name in enumerate(names)} if found else {}

    return extract
