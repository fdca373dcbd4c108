"""Which action on which topic, application or endpoint a call needs, and whose they are.

https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html; messages write the actions
with a prefix in capitals (`SNS:ListOriginationNumbers`, in a denial of a real trail).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from backtrail import UNSET, Access, Call, ResourcePolicy, UnsetType, told
from backtrail.policy import Value
from backtrail_aws.sns import arns, topic_attributes
from backtrail_aws.sns.api import CreateTopic, TagResource, UntagResource
from backtrail_aws.sns.state import Sns, service

_UNSIGNED: Final = frozenset({"ConfirmSubscription", "Unsubscribe"})
_GRANTED: Final = frozenset(f"sns:{name}".lower() for name in topic_attributes.DEFAULT_ACTIONS)
"""What a topic's policy may open to other accounts:
https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-language-api-permissions-reference.html"""
_OWNERS_SERVICES: Final = frozenset(
    f"{name}.amazonaws.com"
    for name in ("autoscaling", "cloudwatch", "elasticache", "elasticbeanstalk", "rds", "redshift")
)
"""Services that say for whom they publish, so that the default policy lets them in. S3, EventBridge and others do not,
and must be named: https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html. The list is a guess."""


@service.authorization
def needs(state: Sns, call: Call[Any]) -> Iterator[Access]:
    """The action on what the call names; on all that the account has where it names nothing."""
    action = "Publish" if call.action == "PublishBatch" else call.action
    if action in _UNSIGNED and call.caller.anonymous:
        return  # whoever has the token, or the link, may
    resource = _resource(call)
    yield Access(action=f"SNS:{action}", resources=[resource], context=_context(call))
    if action == "CreateTopic" and told(call.params.tags, []):
        yield Access(action="SNS:TagResource", resources=[resource], context=_context(call))


@service.policies
def policies_of(state: Sns, call: Call[Any], arn: str, action: str) -> ResourcePolicy | None:
    """A topic's policy, as far as it reaches. Applications and endpoints have none."""
    named = arns.parsed(arn)
    if named is None or named.resource == "*":
        return None
    if "/" in named.resource:
        return ResourcePolicy(account=named.account)
    topic = state.topics.get(named.resource)
    if topic is None:
        return ResourcePolicy(account=named.account)
    stranger = call.caller.anonymous or call.caller.account != named.account
    if stranger and action.lower() not in _GRANTED:
        return ResourcePolicy(account=named.account, tags=topic.tags)
    document = topic.attributes.get("Policy")
    if document is None and isinstance(topic.created, UnsetType):
        return ResourcePolicy(account=named.account, document=UNSET, tags=topic.tags)  # what no record told
    default = topic_attributes.default_policy(topic)
    return ResourcePolicy(account=named.account, document=document or default, tags=topic.tags)


def _resource(call: Call[Any]) -> str:
    """The ARN of what a call is about: of a subscription, its topic's."""
    params = call.params
    subscription = getattr(params, "subscription_arn", None)
    if isinstance(subscription, str):
        return arns.topic_of(subscription) if subscription.count(":") == arns.PARTS else subscription
    for member in ("topic_arn", "resource_arn", "target_arn", "endpoint_arn", "platform_application_arn"):
        named = getattr(params, member, None)
        if isinstance(named, str):
            return named
    if call.action == "CreateTopic":
        return call.arn("sns", params.name)
    if call.action == "CreatePlatformApplication":
        return call.arn("sns", f"app/{told(params.platform, '')}/{params.name}")
    return "*" if call.action == "Publish" else call.arn("sns", "*")  # a phone number is nobody's


def _context(call: Call[Any]) -> dict[str, Value]:
    """The keys that the service adds: a subscription's protocol and endpoint, tags, and whom a service acts for."""
    params = call.params
    context: dict[str, Value] = {}
    if call.action == "Subscribe":
        context["sns:Protocol"] = params.protocol
        context["sns:Endpoint"] = told(params.full_endpoint, told(params.endpoint, ""))
    if isinstance(params, CreateTopic | TagResource) and not isinstance(params.tags, UnsetType):
        context["aws:TagKeys"] = [tag.key for tag in params.tags]
        context |= {f"aws:RequestTag/{tag.key}": tag.value for tag in params.tags}
    if isinstance(params, UntagResource) and not isinstance(params.tag_keys, UnsetType):
        context["aws:TagKeys"] = list(params.tag_keys)
    if call.caller.service in _OWNERS_SERVICES:
        context["aws:SourceOwner"] = call.account
    return context
