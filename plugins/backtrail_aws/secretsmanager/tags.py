"""Tags of secrets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backtrail import Call, Event, told
from backtrail_aws.secretsmanager import api, errors, limits, names
from backtrail_aws.secretsmanager.state import Secrets, service


@service.handle(at=names.by_id)
def tag_resource(state: Secrets, call: Call[api.TagResource]) -> None:
    """Refuse tags that break their rules."""
    check(call.params.tags, names.writable(state, call.params.secret_id).tags)


@service.project(at=names.by_id)
def resource_tagged(state: Secrets, event: Event[api.TagResource, None]) -> None:
    """The secret has the tags; equal keys take the new value."""
    names.known(state, event, event.params.secret_id).tags.update(plain(event.params.tags))


@service.handle(at=names.by_id)
def untag_resource(state: Secrets, call: Call[api.UntagResource]) -> None:
    """Keys that are not there are no error."""
    names.writable(state, call.params.secret_id)


@service.project(at=names.by_id)
def resource_untagged(state: Secrets, event: Event[api.UntagResource, None]) -> None:
    """The secret has lost the tags."""
    secret = names.known(state, event, event.params.secret_id)
    for key in event.params.tag_keys:
        secret.tags.pop(key, None)


def plain(tags: Sequence[api.Tag]) -> dict[str, str]:
    """Tags as a map."""
    return {told(tag.key, ""): told(tag.value, "") for tag in tags}


def check(given: Sequence[api.Tag], old: Mapping[str, str]) -> None:
    """Refuse tags that AWS would refuse, for a secret that has the `old` ones. Raises `Refusal`."""
    made = plain(given)
    if len(made) < len(given):
        # evidence: guess
        raise errors.invalid("The request contains duplicate tag keys.")
    for key, value in made.items():
        if (
            not 1 <= len(key) <= limits.TAG_KEY_MAX
            or len(value) > limits.TAG_VALUE_MAX
            or key.lower().startswith("aws:")
        ):
            # evidence: API_Tag (the rule); words: guess
            raise errors.invalid(f"The tag {key} is invalid.")
    if len({**old, **made}) > limits.TAGS_MAX:
        raise errors.too_many("The secret has the maximum number of tags.")
