"""Who is known to be gone: by unique id and name, for a unique id is given once.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids
"""

from __future__ import annotations

from backtrail import UNSET
from backtrail_aws.iam.state import Iam, Thing, key_of


def mark(id: object, name: str) -> str:
    """What is remembered of somebody who is gone, or has another name now."""
    return f"{id} {key_of(name)}"


def end(state: Iam, thing: Thing | None, name: str = "") -> None:
    """Remember that somebody is gone, or only his former name."""
    if thing is not None and thing.id is not UNSET:
        state.gone[mark(thing.id, name or thing.name)] = True
