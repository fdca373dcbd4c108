"""What is made in a fold of several actions: launch configurations."""

from __future__ import annotations

from typing import Any

from backtrail import Event, members
from backtrail.trail.times import SpacedTime
from backtrail_aws.autoscaling import api, names
from backtrail_aws.autoscaling.state import Configuration


def made(event: Event[Any, Any], name: str, shown: api.LaunchConfiguration) -> Configuration:
    """A launch configuration of a name."""
    arn = names.configuration_arn(event, event.new_id("uuid", f"configuration/{name}"), name)
    shown = members.changed(
        shown, launch_configuration_name=name, launch_configuration_arn=arn,
        created_time=SpacedTime.of(event.time),
    )  # fmt: skip
    return Configuration(name=name, arn=arn, shown=shown)
