"""Which action on which secret a call needs, and whose a secret is.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from backtrail import Access, Call, ResourcePolicy, told
from backtrail.policy import Value
from backtrail_aws.secretsmanager import api, names, tags
from backtrail_aws.secretsmanager.state import Secret, Secrets, service

_ANY = ("BatchGetSecretValue", "GetRandomPassword", "ListSecrets")


@service.authorization
def needs(state: Secrets, call: Call[Any]) -> Iterator[Access]:
    """The action on the secret that the call names."""
    if call.action in _ANY:
        yield Access(action=f"secretsmanager:{call.action}", resources=["*"])
        return
    identifier: object = getattr(call.params, "secret_id", None) or getattr(call.params, "name", "")
    secret = names.find(state, str(identifier)) if isinstance(identifier, str) else None
    resource = secret.arn if secret is not None else _unknown(call, identifier)
    context = _context(call, secret)
    yield Access(action=f"secretsmanager:{call.action}", resources=[resource], context=context)
    if isinstance(call.params, api.CreateSecret) and told(call.params.tags, []):
        yield Access(action="secretsmanager:TagResource", resources=[resource], context=context)


def _unknown(call: Call[Any], identifier: object) -> str:
    if not isinstance(identifier, str):
        return "*"
    return identifier if identifier.startswith("arn:") else call.arn("secretsmanager", f"secret:{identifier}")


def _context(call: Call[Any], secret: Secret | None) -> dict[str, Value]:
    context: dict[str, Value] = {}
    params = call.params
    if secret is not None:
        context["secretsmanager:SecretId"] = secret.arn
        context["secretsmanager:resource/AllowRotationLambdaArn"] = told(secret.rotation.function, "")
    if isinstance(params, api.CreateSecret):
        context["secretsmanager:Name"] = params.name
    if isinstance(params, api.CreateSecret | api.TagResource) and (given := told(params.tags, [])):
        made = tags.plain(given)
        context["aws:TagKeys"] = list(made)
        context |= {f"aws:RequestTag/{key}": value for key, value in made.items()}
    stage = getattr(params, "version_stage", None)
    if isinstance(stage, str):
        context["secretsmanager:VersionStage"] = stage
    return context


@service.policies
def policies_of(state: Secrets, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """A secret's policy."""
    parts = arn.split(":", 6)
    account = parts[4] if len(parts) == 7 else ""
    secret = names.find(state, arn)
    if secret is None and account:  # one of many that BatchGetSecretValue names
        secret = names.find(call.own(service, account, parts[3]), arn)
    if secret is None:
        return ResourcePolicy(account=account) if account else None
    document = secret.policy if isinstance(secret.policy, str) else None
    return ResourcePolicy(account=account, document=document, tags=secret.tags)
