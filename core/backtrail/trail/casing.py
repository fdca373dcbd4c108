"""How names are spelt: the API's, CloudTrail's and Python's."""

from __future__ import annotations

import keyword
import re
from functools import cache

_BOUNDARY = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")


@cache
def snake(member: str) -> str:
    """The Python attribute of an API member: `DBInstanceIdentifier` -> `db_instance_identifier`.

    Plural acronyms stay whole (`VPCSecurityGroupIds`, `SecretARNs` -> `secret_arns`), keywords get an
    underscore.
    """
    member = re.sub(r"([A-Z]{2,})s(?=[A-Z]|$)", lambda found: found.group(1).capitalize() + "s", member)
    name = _BOUNDARY.sub("_", member).lower().strip("_")
    return f"{name}_" if keyword.iskeyword(name) or name[:1].isdigit() else name


def lower_first(member: str) -> str:
    """CloudTrail's spelling of an API member: only the first letter is lowered (`dBInstanceIdentifier`)."""
    return member[:1].lower() + member[1:]
