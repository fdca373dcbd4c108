"""What every resource of EC2 has: an id, an ARN and tags."""

from __future__ import annotations

import msgspec


class Held(msgspec.Struct, kw_only=True):
    """A resource. Of one that was only inferred, `implied_by` is the record that did, and all else is UNSET."""

    id: str
    arn: str = ""
    tags: dict[str, str] = {}
    implied_by: str = ""

    @property
    def owner(self) -> str:
        """The account that it belongs to."""
        parts = self.arn.split(":", 5)
        return parts[4] if len(parts) == 6 else ""
