"""ECS's refusals, each with its evidence."""

from __future__ import annotations

from backtrail import Refusal


def no_cluster() -> Refusal:
    """There is no such cluster."""
    # evidence: model; words: guess
    return Refusal("ClusterNotFoundException", "Cluster not found.")


def no_service() -> Refusal:
    """There is no such service."""
    # evidence: model; words: guess
    return Refusal("ServiceNotFoundException", "Service not found.")


def not_active() -> Refusal:
    """The service was deleted."""
    # evidence: model; words: guess
    return Refusal("ServiceNotActiveException", "Service was not ACTIVE.")


def no_definition() -> Refusal:
    """There is no such task definition, for a service."""
    # evidence: record denied-calls CreateService
    return Refusal("ClientException", "TaskDefinition not found.")


def no_task() -> Refusal:
    """There is no such task."""
    # evidence: model; words: guess
    return Refusal("InvalidParameterException", "The referenced task was not found.")


def no_instances() -> Refusal:
    """Nothing is there for tasks of the launch type EC2 to run on."""
    # evidence: model; words: guess
    return Refusal("InvalidParameterException", "No Container Instances were found in your cluster.")


def client(message: str) -> Refusal:
    """Something is wrong with the request."""
    # evidence: model; words: each caller's
    return Refusal("ClientException", message)


def invalid(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: model; words: each caller's
    return Refusal("InvalidParameterException", message)


def contains_services() -> Refusal:
    """A cluster with services stays."""
    # evidence: model; words: guess
    return Refusal(
        "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
    )


def contains_tasks() -> Refusal:
    """A cluster with tasks stays."""
    # evidence: model; words: guess
    return Refusal("ClusterContainsTasksException", "The Cluster cannot be deleted while Tasks are active.")


def no_resource() -> Refusal:
    """Nothing has that ARN."""
    # evidence: model; words: guess
    return Refusal("ResourceNotFoundException", "The specified resource could not be found.")
