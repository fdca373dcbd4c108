"""ECR's refusals, each with its evidence."""

from __future__ import annotations

from backtrail import Refusal


def no_repository(name: str, registry: str) -> Refusal:
    """There is no such repository."""
    # evidence: model; words: guess
    return Refusal(
        "RepositoryNotFoundException",
        f"The repository with name '{name}' does not exist in the registry with id '{registry}'",
    )


def repository_exists(name: str, registry: str) -> Refusal:
    """There is a repository of that name."""
    # evidence: model; words: guess
    return Refusal(
        "RepositoryAlreadyExistsException",
        f"The repository with name '{name}' already exists in the registry with id '{registry}'",
    )


def not_empty(name: str, registry: str) -> Refusal:
    """A repository with images stays."""
    # evidence: model; words: guess
    return Refusal(
        "RepositoryNotEmptyException",
        f"The repository with name '{name}' in registry with id '{registry}' cannot be deleted because it still "
        "contains images",
    )


def image_exists(digest: str, tag: str, name: str, registry: str) -> Refusal:
    """That image is there, under that tag."""
    # evidence: model; words: guess
    return Refusal(
        "ImageAlreadyExistsException",
        f"Image with digest '{digest}' and tag '{tag}' already exists in the repository with name '{name}' in "
        f"registry with id '{registry}'",
    )


def tag_exists(tag: str, name: str) -> Refusal:
    """A tag that cannot be moved."""
    # evidence: model; words: guess
    return Refusal(
        "ImageTagAlreadyExistsException",
        f"The image tag '{tag}' already exists in the '{name}' repository and cannot be overwritten because the "
        "repository is immutable.",
    )


def other_digest() -> Refusal:
    """The manifest has another digest than was said."""
    # evidence: model; words: guess
    return Refusal(
        "ImageDigestDoesNotMatchException",
        "The specified image digest does not match the digest of the image.",
    )


def no_image(image: str, name: str, registry: str) -> Refusal:
    """There is no such image."""
    # evidence: model; words: guess
    return Refusal(
        "ImageNotFoundException",
        f"The image with imageId {{{image}}} does not exist within the repository with name '{name}' in the registry "
        f"with id '{registry}'",
    )


def no_policy(name: str, registry: str) -> Refusal:
    """The repository has no policy."""
    # evidence: model; words: guess
    return Refusal(
        "RepositoryPolicyNotFoundException",
        f"Repository policy does not exist for the repository with name '{name}' in the registry with id '{registry}'",
    )


def no_lifecycle(name: str, registry: str) -> Refusal:
    """The repository has no lifecycle policy."""
    # evidence: model; words: guess
    return Refusal(
        "LifecyclePolicyNotFoundException",
        f"Lifecycle policy does not exist for the repository with name '{name}' in the registry with id '{registry}'",
    )


def invalid(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: model; words: each caller's
    return Refusal("InvalidParameterException", message)


def too_many_tags() -> Refusal:
    """More tags than a repository can have."""
    # evidence: model; words: guess
    return Refusal("TooManyTagsException", "The repository cannot have more than 50 tags.")
