"""Values of a model's shapes, made by hypothesis or by a seeded random: what a client might send or get."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime, timedelta
from typing import Any

EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
TEXT = string.ascii_letters + string.digits + " _-+./:=@&<>\"'%?#é漢😀"
PLAIN = string.ascii_letters + string.digits + "-_."


class Maker:
    """Makes values of botocore's shapes. Members without which nothing would be sent are always there."""

    def __init__(self, seed: int, depth: int = 4, fill: float = 0.5) -> None:
        self.random = random.Random(seed)
        self.depth = depth
        self.fill = fill

    def structure(self, shape: Any, depth: int = 0) -> dict[str, Any]:
        """A structure with its required members and some of the others; a union has one."""
        names = list(shape.members)
        if shape.is_tagged_union:
            names = [self.random.choice(names)] if names else []
        made: dict[str, Any] = {}
        # An empty structure has no form in the query protocols: one member is always there, a flat one if possible.
        flat = [name for name in names if shape.members[name].type_name not in ("structure", "list", "map")]
        chosen = self.random.choice(flat or names) if depth and names else None
        for name in names:
            member = shape.members[name]
            needed = name == chosen or name in shape.required_members or shape.is_tagged_union
            if not needed and (depth >= self.depth or self.random.random() > self.fill):
                continue
            value = self.value(member, depth + 1)
            if value is not None:
                made[name] = value
        return made

    def value(self, shape: Any, depth: int = 0) -> Any:
        """A value of any shape; None where there is no sensible one."""
        kind = shape.type_name
        if depth > 12:
            return None
        if kind == "structure":
            return {} if shape.is_document_type else self.structure(shape, depth)
        if kind == "list":
            count = self.random.randint(1, 2) if depth < self.depth else 1
            items = [self.value(shape.member, depth + 1) for _ in range(count)]
            return None if None in items else items
        if kind == "map":
            entries = {self.text(PLAIN): self.value(shape.value, depth + 1) for _ in range(2)}
            return None if None in entries.values() else entries
        return self.scalar(shape)

    def scalar(self, shape: Any) -> Any:
        """A scalar that its place in the request can hold."""
        kind = shape.type_name
        location = shape.serialization.get("location")
        if kind == "timestamp":
            return EPOCH + timedelta(seconds=self.random.randint(0, 10**9))
        if kind == "boolean":
            return self.random.random() < 0.5
        if kind in ("integer", "long"):
            return self.random.randint(1, 1000)
        if kind in ("float", "double"):
            return self.random.choice([0.5, -1.25, 1e10, 3.0])
        if kind == "blob":
            return self.random.randbytes(self.random.randint(1, 20))
        if shape.serialization.get("jsonvalue"):
            return None
        if getattr(shape, "enum", None):
            return self.random.choice(shape.enum)
        if shape.serialization.get("hostLabel"):
            return self.text(string.ascii_lowercase)
        return self.text(PLAIN if location in ("header", "uri", "headers") else TEXT)

    def text(self, alphabet: str) -> str:
        """Text that neither begins nor ends with a space."""
        letters = "".join(self.random.choice(alphabet) for _ in range(self.random.randint(1, 12)))
        return letters.strip() or "x"
