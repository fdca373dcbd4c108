"""Images: manifests and tags. Layers are not kept, so that a manifest may name any.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutImage.html and its neighbours
"""

from __future__ import annotations

import hashlib
import json
from typing import Any

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.ecr import api, errors, pages
from backtrail_aws.ecr.state import Registry, Repository, Stored, inferred, registry, required, service

DOCKER = "application/vnd.docker.distribution.manifest.v2+json"


def _digest(manifest: str) -> str:
    return f"sha256:{hashlib.sha256(manifest.encode()).hexdigest()}"


def _parsed(manifest: str) -> dict[str, Any]:
    try:
        found: object = json.loads(manifest)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]


def _kind(params: api.PutImage) -> str:
    named: object = _parsed(params.image_manifest).get("mediaType")
    return told(params.image_manifest_media_type, named if isinstance(named, str) else DOCKER)


@service.handle(at=registry)
def put_image(state: Registry, call: Call[api.PutImage]) -> api.PutImageResult:
    """A manifest, under a tag or under its digest alone."""
    params = call.params
    held = required(state, call, params.repository_name)
    if not _parsed(params.image_manifest):
        # evidence: guess
        raise errors.invalid(
            "Invalid parameter at 'ImageManifest' failed to satisfy constraint: 'Invalid JSON syntax'"
        )
    digest = _digest(params.image_manifest)
    if told(params.image_digest, digest) != digest:
        raise errors.other_digest()
    tag = params.image_tag
    if digest in held.images and (isinstance(tag, UnsetType) or held.by_tag.get(tag) == digest):
        raise errors.image_exists(digest, told(tag, "null"), held.name, held.registry)
    if isinstance(tag, str) and tag in held.by_tag and held.shown.image_tag_mutability == "IMMUTABLE":
        raise errors.tag_exists(tag, held.name)
    identifier = api.ImageIdentifier(image_digest=digest, image_tag=tag)
    return api.PutImageResult(
        image=api.Image(
            registry_id=held.registry, repository_name=held.name, image_id=identifier,
            image_manifest=params.image_manifest, image_manifest_media_type=_kind(params),
        )
    )  # fmt: skip


@service.project(at=registry)
def image_put(state: Registry, event: Event[api.PutImage, api.PutImageResult]) -> None:
    """The image is there; its tag points to it alone."""
    params = event.params
    held = inferred(state, event, params.repository_name)
    image = told(event.result.image, api.Image())
    identifier = told(image.image_id, api.ImageIdentifier())
    digest = told(identifier.image_digest, _digest(params.image_manifest))
    stored = held.images.get(digest)
    if stored is None:
        stored = held.images[digest] = Stored(
            digest=digest, manifest=params.image_manifest, kind=_kind(params), pushed=event.time
        )
    if isinstance(params.image_tag, str):
        _untag(held, params.image_tag)
        held.by_tag[params.image_tag] = digest
        stored.tags.append(params.image_tag)


def _untag(held: Repository, tag: str) -> None:
    before = held.images.get(held.by_tag.pop(tag, ""))
    if before is not None and tag in before.tags:
        before.tags.remove(tag)


def _find(held: Repository, wanted: api.ImageIdentifier) -> Stored | None:
    digest = told(wanted.image_digest, held.by_tag.get(told(wanted.image_tag, ""), ""))
    found = held.images.get(digest)
    if found is not None and isinstance(wanted.image_tag, str) and wanted.image_tag not in found.tags:
        return None
    return found


def _failure(wanted: api.ImageIdentifier) -> api.ImageFailure:
    return api.ImageFailure(
        image_id=wanted, failure_code="ImageNotFound", failure_reason="Requested image not found"
    )


@service.read(at=registry)
def batch_get_image(state: Registry, call: Call[api.BatchGetImage]) -> api.BatchGetImageResult:
    """Manifests; what is not there is a failure, not an error."""
    held = required(state, call, call.params.repository_name)
    images: list[api.Image] = []
    failures: list[api.ImageFailure] = []
    for wanted in call.params.image_ids:
        found = _find(held, wanted)
        if found is None:
            failures.append(_failure(wanted))
            continue
        identifier = api.ImageIdentifier(image_digest=found.digest, image_tag=wanted.image_tag)
        images.append(api.Image(
            registry_id=held.registry, repository_name=held.name, image_id=identifier,
            image_manifest=found.manifest, image_manifest_media_type=found.kind,
        ))  # fmt: skip
    return api.BatchGetImageResult(images=images, failures=failures)


@service.handle(at=registry)
def batch_delete_image(state: Registry, call: Call[api.BatchDeleteImage]) -> api.BatchDeleteImageResult:
    """By tag the tag goes, and the image with its last one; by digest the image."""
    held = required(state, call, call.params.repository_name)
    gone: list[api.ImageIdentifier] = []
    failures: list[api.ImageFailure] = []
    for wanted in call.params.image_ids:
        found = _find(held, wanted)
        if found is None:
            failures.append(_failure(wanted))
        elif isinstance(wanted.image_tag, str):
            gone.append(api.ImageIdentifier(image_digest=found.digest, image_tag=wanted.image_tag))
        else:
            gone += [api.ImageIdentifier(image_digest=found.digest, image_tag=one) for one in found.tags] or [
                api.ImageIdentifier(image_digest=found.digest)
            ]
    return api.BatchDeleteImageResult(image_ids=gone, failures=failures)


@service.project(at=registry)
def images_deleted(state: Registry, event: Event[api.BatchDeleteImage, api.BatchDeleteImageResult]) -> None:
    """They are gone."""
    held = inferred(state, event, event.params.repository_name)
    for wanted in event.params.image_ids:
        found = _find(held, wanted)
        if found is None:
            continue
        for tag in [wanted.image_tag] if isinstance(wanted.image_tag, str) else list(found.tags):
            _untag(held, tag)
        if not found.tags:
            held.images.pop(found.digest, None)


@service.read(at=registry)
def list_images(state: Registry, call: Call[api.ListImages]) -> api.ListImagesResult:
    """Every tag of every image, and images without one."""
    held = required(state, call, call.params.repository_name)
    wanted = call.params.filter.tag_status if isinstance(call.params.filter, api.ListImagesFilter) else UNSET
    items: dict[str, api.ImageIdentifier] = {}
    for one in held.images.values():
        if one.tags and wanted != "UNTAGGED":
            for tag in one.tags:
                items[f"{one.digest}/{tag}"] = api.ImageIdentifier(image_digest=one.digest, image_tag=tag)
        elif not one.tags and wanted != "TAGGED":
            items[one.digest] = api.ImageIdentifier(image_digest=one.digest)
    found, token = pages.paged(call.params, items)
    return api.ListImagesResult(image_ids=found, next_token=token)


@service.read(at=registry)
def describe_images(state: Registry, call: Call[api.DescribeImages]) -> api.DescribeImagesResult:
    """Those that are named, or all."""
    params = call.params
    held = required(state, call, params.repository_name)
    if isinstance(params.image_ids, list) and params.image_ids:
        chosen: dict[str, Stored] = {}
        for wanted in params.image_ids:
            found = _find(held, wanted)
            if found is None:
                digest, tag = told(wanted.image_digest, "null"), told(wanted.image_tag, "null")
                shown = f"imageDigest:'{digest}', imageTag:'{tag}'"
                raise errors.no_image(shown, held.name, held.registry)
            chosen[found.digest] = found
        return api.DescribeImagesResult(image_details=[_detail(held, one) for one in chosen.values()])
    status = params.filter.tag_status if isinstance(params.filter, api.DescribeImagesFilter) else UNSET

    def keep(one: Stored) -> bool:
        return status not in ("TAGGED", "UNTAGGED") or bool(one.tags) == (status == "TAGGED")

    several, token = pages.paged(params, held.images, keep)
    return api.DescribeImagesResult(image_details=[_detail(held, one) for one in several], next_token=token)


def _detail(held: Repository, one: Stored) -> api.ImageDetail:
    layers: object = _parsed(told(one.manifest, "")).get("layers")
    size = 0
    for layer in layers if isinstance(layers, list) else []:  # pyright: ignore[reportUnknownVariableType]
        size += int(layer.get("size", 0)) if isinstance(layer, dict) else 0  # pyright: ignore
    return api.ImageDetail(
        registry_id=held.registry, repository_name=held.name, image_digest=one.digest,
        image_tags=list(one.tags) or UNSET, image_size_in_bytes=size, image_manifest_media_type=one.kind,
        image_pushed_at=UNSET if isinstance(one.pushed, UnsetType) else SpacedTime.of(one.pushed),
    )  # fmt: skip
