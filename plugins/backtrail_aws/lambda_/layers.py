"""Layers: archives that functions find under /opt.

https://docs.aws.amazon.com/lambda/latest/dg/chapter-layers.html
"""

from __future__ import annotations

from typing import Any

import msgspec

from backtrail import UNSET, Answer, Call, Effect, Event, Params, Sealed, UnsetType, known, told
from backtrail.blob import Blob
from backtrail_aws.lambda_ import api, configurations, errors, limits, names, packages, paging
from backtrail_aws.lambda_.api import (
    DeleteLayerVersion,
    GetLayerVersion,
    GetLayerVersionByArn,
    GetLayerVersionByArnResult,
    GetLayerVersionResult,
    LayersListItem,
    LayerVersionContentOutput,
    LayerVersionsListItem,
    ListLayers,
    ListLayersResult,
    ListLayerVersions,
    ListLayerVersionsResult,
    PublishLayerVersion,
    PublishLayerVersionResult,
)
from backtrail_aws.lambda_.state import Code, Functions, Layer, LayerVersion, service


class LayerPackage(Params):
    """Asked by functions' own handlers, of any account: what a layer's version holds."""

    arn: str


class LayerPackageResult(Params):
    """What it holds; the content where it is known."""

    size: int | UnsetType = UNSET
    unzipped: int | UnsetType = UNSET
    content: Sealed[Blob] | UnsetType = UNSET
    deleted: bool = False


@service.handle(at=names.by_layer)
def publish_layer_version(
    state: Functions, call: Call[PublishLayerVersion]
) -> Answer[PublishLayerVersionResult] | Effect:
    """A new version of a layer, and the layer with its first."""
    params = call.params
    where = params.content
    if isinstance(where, UnsetType):
        # evidence: guess
        raise errors.invalid("Please provide a source for layer content.")
    code = packages.of_zip(call, where, action="PublishLayerVersion")
    if isinstance(code, Effect):
        return code
    named = names.layer(params.layer_name)
    layer = state.layers.get(named.name)
    number = (layer.last if layer is not None else 0) + 1
    account = named.account or call.account
    result = PublishLayerVersionResult(
        content=_content(call, named.name, code),
        layer_arn=names.layer_arn(account, call.region, named.name),
        layer_version_arn=names.layer_arn(account, call.region, named.name, number),
        description=told(params.description, ""),
        created_date=configurations.written(call.time),
        version=number,
        compatible_architectures=params.compatible_architectures,
        compatible_runtimes=params.compatible_runtimes,
        license_info=params.license_info,
    )
    recorded = params
    if not isinstance(code.content, UnsetType) and code.content is not where.zip_file:
        recorded = msgspec.structs.replace(
            params, content=msgspec.structs.replace(where, zip_file=UNSET, content=code.content)
        )
    return Answer(result, note=Unzipped(bytes=told(code.unzipped, 0)), params=recorded)


class Unzipped(Params):
    """Beside a PublishLayerVersion: how large the layer is."""

    bytes: int


@service.project(at=names.by_layer)
def layer_version_published(
    state: Functions, event: Event[PublishLayerVersion, PublishLayerVersionResult]
) -> None:
    """The layer has the version."""
    params, result = event.params, event.result
    layer = _noticed(state, event, params.layer_name)
    number = told(result.version, layer.last + 1)
    layer.last = max(layer.last, number)
    where = params.content
    shown = result.content
    code = Code() if isinstance(where, UnsetType) else packages.folded(where, shown, UNSET)
    unzipped = event.note(Unzipped)
    code.unzipped = unzipped.bytes if unzipped is not None else UNSET
    layer.versions[number] = LayerVersion(
        number=number,
        arn=f"{layer.arn}:{number}",
        code=code,
        description=told(params.description, ""),
        created=told(result.created_date, configurations.written(event.time)),
        architectures=params.compatible_architectures,
        runtimes=params.compatible_runtimes,
        license=params.license_info,
    )


@service.read(at=names.by_layer)
def get_layer_version(state: Functions, call: Call[GetLayerVersion]) -> GetLayerVersionResult:
    """One version of a layer."""
    named = names.layer(call.params.layer_name)
    version = version_of(state, call, named.name, call.params.version_number)
    return GetLayerVersionResult(**_members(call, named.name, version))


@service.read(at=names.by_arn)
def get_layer_version_by_arn(
    state: Functions, call: Call[GetLayerVersionByArn]
) -> GetLayerVersionByArnResult:
    """The same, of an ARN."""
    named = names.layer(call.params.arn)
    version = version_of(state, call, named.name, named.version)
    return GetLayerVersionByArnResult(**_members(call, named.name, version))


@service.read(at=names.by_layer)
def list_layer_versions(state: Functions, call: Call[ListLayerVersions]) -> ListLayerVersionsResult:
    """A layer's versions, the newest first; none of a layer that is not there."""
    params = call.params
    layer = state.layers.get(names.layer(params.layer_name).name)
    every = list(reversed(list(layer.versions.values()))) if layer is not None else []
    kept = [one for one in every if _fits(one, params.compatible_runtime, params.compatible_architecture)]
    found, marker = paging.listed(kept, params.marker, params.max_items)
    return ListLayerVersionsResult(layer_versions=[_item(one) for one in found], next_marker=marker)


@service.read
def list_layers(state: Functions, call: Call[ListLayers]) -> ListLayersResult:
    """The account's layers by name, each with its newest version that fits."""
    params = call.params
    fitting: list[LayersListItem] = []
    for layer in state.layers.values():
        kept = [
            one
            for one in layer.versions.values()
            if _fits(one, params.compatible_runtime, params.compatible_architecture)
        ]
        if kept:
            newest = _item(kept[-1])
            fitting.append(
                LayersListItem(layer_name=layer.name, layer_arn=layer.arn, latest_matching_version=newest)
            )
    found, marker = paging.listed(fitting, params.marker, params.max_items)
    return ListLayersResult(layers=found, next_marker=marker)


@service.handle(at=names.by_layer)
def delete_layer_version(state: Functions, call: Call[DeleteLayerVersion]) -> None:
    """A version that is not there is no error."""


@service.project(at=names.by_layer)
def layer_version_deleted(state: Functions, event: Event[DeleteLayerVersion, None]) -> None:
    """The version is gone; functions that use it go on, and its number is not given out again."""
    layer = _noticed(state, event, event.params.layer_name)
    layer.last = max(layer.last, event.params.version_number)
    version = layer.versions.pop(event.params.version_number, None)
    if version is not None:
        layer.deleted[version.number] = version.code


@service.read(internal=True, at=names.by_arn)
def layer_package(state: Functions, call: Call[LayerPackage]) -> LayerPackageResult:
    """What a layer's version holds."""
    named = names.layer(call.params.arn)
    layer = state.layers.get(named.name)
    deleted = layer.deleted.get(named.version) if layer is not None else None
    if deleted is not None:
        return LayerPackageResult(content=deleted.content, deleted=True)
    code = version_of(state, call, named.name, named.version).code
    return LayerPackageResult(size=code.size, unzipped=code.unzipped, content=code.content)


def used(call: Call[Any], arns: list[str] | UnsetType) -> list[api.Layer] | UnsetType:
    """Layers as a configuration tells them. Raises `Refusal` for those that are not there or not shared."""
    if isinstance(arns, UnsetType) or not arns:
        return UNSET
    if len(arns) > limits.LAYERS_MAX:
        # evidence: guess
        raise errors.invalid("Cannot reference more than 5 layers.")
    return [_used(call, arn) for arn in arns]


def folded(arns: list[str] | UnsetType, shown: list[api.Layer] | UnsetType) -> list[api.Layer] | UnsetType:
    """The same of a record: the answer's, else the parameters' without sizes."""
    if not isinstance(shown, UnsetType):
        return shown
    return [api.Layer(arn=arn) for arn in arns] if not isinstance(arns, UnsetType) and arns else UNSET


def package_of(call: Call[Any], arn: str) -> LayerPackageResult | None:
    """What a layer's version holds, whosever it is; None where nobody knows."""
    named = names.layer(arn)
    return call.ask("lambda", LayerPackage(arn=arn), LayerPackageResult, account=named.account or None)


def version_of(state: Functions, call: Call[Any], name: str, number: int) -> LayerVersion:
    """A version that is there. Raises `Refusal`."""
    layer = state.layers.get(name)
    version = layer.versions.get(number) if layer is not None else None
    if version is None:
        raise errors.no_resource()
    return version


def _used(call: Call[Any], arn: str) -> api.Layer:
    named = names.layer(arn)
    if not named.version:
        # evidence: guess
        raise errors.invalid(f"Layer version {arn} does not exist.")
    package = package_of(call, arn)
    if package is None and named.account != call.account:
        return api.Layer(arn=arn)  # of an account that is not in this log: it may be there
    if package is None or package.deleted:
        # evidence: model; words: guess
        raise errors.invalid(f"Layer version {arn} does not exist.")
    return api.Layer(arn=arn, code_size=package.size, uncompressed_code_size=package.unzipped)


def _noticed(state: Functions, event: Event[Any, Any], text: str) -> Layer:
    named = names.layer(text)
    arn = names.layer_arn(named.account or event.account, event.region, named.name)
    return known(state.layers, named.name, event, lambda: Layer(name=named.name, arn=arn))


def noticed_version(state: Functions, event: Event[Any, Any], text: str, number: int) -> LayerVersion:
    """A layer's version that a record is about, made by inference where nobody saw it being made."""
    layer = _noticed(state, event, text)
    layer.last = max(layer.last, number)
    return known(
        layer.versions, number, event, lambda: LayerVersion(number=number, arn=f"{layer.arn}:{number}")
    )


def _content(call: Call[Any], name: str, code: Code) -> LayerVersionContentOutput:
    key = f"snapshots/{call.account}/{name}-{call.new_id('uuid', 'snapshot')}"
    host = f"awslambda-{call.region}-layers.s3.{call.region}.amazonaws.com"
    return LayerVersionContentOutput(
        location=f"https://{host}/{key}", code_sha256=code.sha256, code_size=code.size
    )


def _members(call: Call[Any], name: str, version: LayerVersion) -> dict[str, Any]:
    return {
        "content": _content(call, name, version.code),
        "layer_arn": version.arn.rpartition(":")[0],
        "layer_version_arn": version.arn,
        "description": version.description,
        "created_date": version.created,
        "version": version.number,
        "compatible_architectures": version.architectures,
        "compatible_runtimes": version.runtimes,
        "license_info": version.license,
    }


def _item(version: LayerVersion) -> LayerVersionsListItem:
    return LayerVersionsListItem(
        layer_version_arn=version.arn,
        version=version.number,
        description=version.description,
        created_date=version.created,
        compatible_architectures=version.architectures,
        compatible_runtimes=version.runtimes,
        license_info=version.license,
    )


def _fits(version: LayerVersion, runtime: str | UnsetType, architecture: str | UnsetType) -> bool:
    return (not isinstance(runtime, str) or runtime in told(version.runtimes, [])) and (
        not isinstance(architecture, str) or architecture in told(version.architectures, [])
    )
