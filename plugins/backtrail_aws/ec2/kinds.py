"""The kinds of resources that EC2 has: one `Kind` each, from which ids, errors, tags, ARNs and access follow."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Generic, TypeVar

from backtrail import Call, Event, SortedMap, known
from backtrail_aws.ec2 import errors
from backtrail_aws.ec2.held import Held
from backtrail_aws.ec2.state import Ec2, service

R = TypeVar("R", bound=Held)

_HEX = re.compile(r"(?:[0-9a-f]{8}|[0-9a-f]{17})")


class Kind(Generic[R]):
    """One kind of resource.

    name: as tag specifications and ARNs call it (`vpc`). prefix: what its ids begin with. make: its Struct. code,
    noun: `InvalidVpcID.NotFound`, `The vpc ID '…' does not exist`. malformed: the code for an id of the wrong form,
    "" where such an id is simply not there. cloudformation: its type. parameters: the members (attributes) of
    requests that name one, or several. created_by: the actions that make one. arn_name: where the ARN says another
    name than tags do.
    """

    def __init__(
        self,
        name: str,
        prefix: str,
        make: type[R],
        collection: Callable[[Ec2], SortedMap[str, R]],
        *,
        code: str,
        noun: str,
        malformed: str = "",
        cloudformation: str = "",
        parameters: Sequence[str] = (),
        created_by: Sequence[str] = (),
        arn_name: str = "",
        parent: Callable[[R], str | None] | None = None,
    ) -> None:
        self.name, self.prefix, self.make, self.all = name, prefix, make, collection
        self.code, self.noun, self.malformed = code, noun, malformed
        self.parameters, self.created_by, self.arn_name = parameters, created_by, arn_name or name
        KINDS[name] = PREFIXES[prefix] = self
        for action in created_by:
            CREATED.setdefault(action, []).append(self)
        for parameter in parameters:
            PARAMETERS[parameter] = self
        if cloudformation:
            service.resource(cloudformation, collection, arn_of, tags_of, parent)

    def get(self, state: Ec2, identifier: str) -> R | None:
        """The resource of an id, None where there is none."""
        return self.all(state).get(identifier)

    def find(self, state: Ec2, identifier: str) -> R:
        """The resource of an id. Raises `Refusal` as EC2 does for one that is not there."""
        return self.find_all(state, [identifier])[0]

    def find_all(self, state: Ec2, identifiers: Iterable[str]) -> list[R]:
        """The resources of some ids; the refusal names all that are not there."""
        held, wanted = self.all(state), list(dict.fromkeys(identifiers))
        if lost := [one for one in wanted if one not in held]:
            for one in lost:
                if self.malformed and not self.fits(one):
                    raise errors.malformed(self.malformed, self.prefix, one)
            raise errors.not_found(self.code, self.noun, lost)
        return [held[one] for one in wanted]

    def fits(self, identifier: str) -> bool:
        """Whether an id has this kind's form."""
        prefix, _, rest = identifier.rpartition("-")
        return prefix == self.prefix and _HEX.fullmatch(rest) is not None

    def arn(self, where: Call[Any] | Event[Any, Any], identifier: str) -> str:
        """A resource's ARN, in the account and region of a call or an event."""
        return where.arn("ec2", f"{self.arn_name}/{identifier}")

    def known(self, state: Ec2, event: Event[Any, Any], identifier: str) -> R:
        """The resource of an id: new where this very event made it, inferred where no record told of it."""
        arn, held = self.arn(event, identifier), self.all(state)
        if event.name not in self.created_by:
            return known(
                held, identifier, event, lambda: self.make(id=identifier, arn=arn, implied_by=event.id)
            )
        if identifier not in held:
            held[identifier] = self.make(id=identifier, arn=arn)
        held[identifier].implied_by = ""
        return held[identifier]


KINDS: dict[str, Kind[Any]] = {}
"""By the name that tag specifications have."""
PREFIXES: dict[str, Kind[Any]] = {}
CREATED: dict[str, list[Kind[Any]]] = {}
"""What an action makes."""
PARAMETERS: dict[str, Kind[Any]] = {}
"""What a request's member names."""


def of_id(identifier: str) -> Kind[Any] | None:
    """The kind that an id is of: `vpc-cidr-assoc-1` is none of `vpc`."""
    if identifier.startswith(("fleet-", "sfr-")):  # a UUID follows
        return PREFIXES.get(identifier.partition("-")[0])
    return PREFIXES.get(identifier.rpartition("-")[0])


def arn_of(held: Held) -> str:
    """A resource's ARN."""
    return held.arn


def tags_of(held: Held) -> Mapping[str, str]:
    """A resource's tags."""
    return held.tags
