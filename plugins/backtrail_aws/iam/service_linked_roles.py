"""Roles that services make for themselves, and only they change.

https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
"""

from __future__ import annotations

import json
import re

from backtrail import UNSET, Answer, Call, Event, Params
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, errors, quotas, roles
from backtrail_aws.iam.names import arn_of, encoded, is_linked, role_named
from backtrail_aws.iam.state import Deletion, Iam, Role, key_of, service

_SERVICE = re.compile(r"[\w+=,.@-]+(\.[a-z]+)?\.amazonaws\.com(\.cn)?")

# What services call their roles, where it is not AWSServiceRoleFor and the service's name with a capital. Each from
# the page on service-linked roles of that service's guide; autoscaling's from a real record.
_NAMES = {
    "access-analyzer": "AccessAnalyzer",
    "autoscaling": "AutoScaling",
    "autoscaling-plans": "AutoScalingPlans_EC2AutoScaling",
    "backup": "Backup",
    "batch": "Batch",
    "cks.kms": "KeyManagementServiceCustomKeyStores",
    "cloud9": "AWSCloud9",
    "cloudtrail": "CloudTrail",
    "cloudwatch-crossaccount": "CloudWatchCrossAccount",
    "config": "Config",
    "connect": "AmazonConnect",
    "dax": "DAX",
    "dms": "DMSServerless",
    "ecs": "ECS",
    "eks": "AmazonEKS",
    "eks-fargate": "AmazonEKSForFargate",
    "eks-nodegroup": "AmazonEKSNodegroup",
    "elasticache": "ElastiCache",
    "elasticbeanstalk": "ElasticBeanstalk",
    "elasticfilesystem": "AmazonElasticFileSystem",
    "elasticloadbalancing": "ElasticLoadBalancing",
    "elasticmapreduce": "EMRCleanup",
    "email.cognito-idp": "AmazonCognitoIdpEmailService",
    "es": "AmazonElasticsearchService",
    "events": "CloudWatchEvents",
    "fsx": "AmazonFSx",
    "guardduty": "AmazonGuardDuty",
    "inspector": "AmazonInspector",
    "inspector2": "AmazonInspector2",
    "kafka": "Kafka",
    "lex": "LexBots",
    "macie": "AmazonMacie",
    "opensearchservice": "AmazonOpenSearchService",
    "organizations": "Organizations",
    "ops.apigateway": "APIGateway",
    "rds": "RDS",
    "redshift": "Redshift",
    "replicator.lambda": "LambdaReplicator",
    "securityhub": "SecurityHub",
    "sso": "SSO",
    "spot": "EC2Spot",
    "spotfleet": "EC2SpotFleet",
    "ssm": "AmazonSSM",
    "support": "Support",
    "transitgateway": "VPCTransitGateway",
    "trustedadvisor": "TrustedAdvisor",
    "wafv2": "WAFV2Logging",
}
_APPLICATION = {
    "cassandra": "CassandraTable",
    "dynamodb": "DynamoDBTable",
    "ec2": "EC2SpotFleetRequest",
    "ecs": "ECSService",
    "elasticache": "ElastiCacheRG",
    "kafka": "KafkaCluster",
    "lambda": "LambdaConcurrency",
    "rds": "RDSCluster",
    "sagemaker": "SageMakerEndpoint",
}
"""https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html"""

_SUFFIXED = frozenset({"autoscaling", "connect", "lex", "cks.kms"})
"""Services that may have several roles; others answer "Custom suffix is not allowed"."""


def name_of(aws_service: str) -> str:
    """What a service calls its role: `ecs.amazonaws.com` -> `AWSServiceRoleForECS`."""
    prefix = aws_service.removesuffix(".cn").removesuffix(".amazonaws.com")
    kind, _, application = prefix.partition(".application-autoscaling")
    if _ or application:
        dimension = _APPLICATION.get(kind, _capital(kind))
        return f"AWSServiceRoleForApplicationAutoScaling_{dimension}"
    return f"AWSServiceRoleFor{_NAMES.get(prefix, _capital(prefix))}"


def _capital(prefix: str) -> str:
    return "".join(part.capitalize() for part in re.split(r"[^A-Za-z0-9]+", prefix))


def _trust(aws_service: str) -> str:
    """The document as AWS spaces it, measured on a real record."""
    statement = {
        "Action": ["sts:AssumeRole"],
        "Effect": "Allow",
        "Principal": {"Service": [aws_service]},
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def role_name_of(params: api.CreateServiceLinkedRole) -> str:
    """The name of the role that a service asks for."""
    name = name_of(params.aws_service_name)
    return name if params.custom_suffix is UNSET else f"{name}_{params.custom_suffix}"


@service.handle
def create_service_linked_role(
    state: Iam, call: Call[api.CreateServiceLinkedRole]
) -> api.CreateServiceLinkedRoleResult:
    """Make the role of a service, with the name, path and trust policy that the service wants."""
    params = call.params
    aws_service = params.aws_service_name
    if not _SERVICE.fullmatch(aws_service):
        # evidence: model; words: guess
        raise errors.invalid_input(f"Invalid service principal: {aws_service}")
    if params.custom_suffix is not UNSET and aws_service.split(".amazonaws")[0] not in _SUFFIXED:
        raise errors.no_suffix(aws_service)
    name = role_name_of(params)
    if key_of(name) in state.roles:
        raise errors.linked_role_exists(name)
    quotas.check(call, "RolesPerAccount", len(state.roles))
    path = f"/aws-service-role/{aws_service}/"
    return api.CreateServiceLinkedRoleResult(
        role=api.Role(
            path=path,
            role_name=name,
            role_id=call.new_id("AROA"),
            arn=arn_of(call, "role", path, name),
            create_date=SpacedTime.of(call.time),
            assume_role_policy_document=encoded(_trust(aws_service)),
        )
    )


@service.project
def service_linked_role_created(
    state: Iam, event: Event[api.CreateServiceLinkedRole, api.CreateServiceLinkedRoleResult]
) -> None:
    """The service has this role: AWS's answer knows its name best."""
    params = event.params
    result = event.result.role
    told = api.Role() if result is UNSET else result
    name = role_name_of(params) if told.role_name is UNSET else told.role_name
    path = f"/aws-service-role/{params.aws_service_name}/" if told.path is UNSET else told.path
    role = Role(
        name=name,
        path=path,
        arn=arn_of(event, "role", path, name) if told.arn is UNSET else told.arn,
        id=told.role_id,
        created=SpacedTime.of(event.time),
        trust=_trust(params.aws_service_name),
        description=params.description,
        session_s=3600,
    )
    roles.born(state, role)


class Usage(Params):
    """What a service's role was in use by when its deletion was asked for (beside the record)."""

    resources: list[str]


@service.handle
def delete_service_linked_role(
    state: Iam, call: Call[api.DeleteServiceLinkedRole]
) -> Answer[api.DeleteServiceLinkedRoleResult]:
    """Ask for the deletion of a service's role: its status tells whether it was deleted, or what uses it."""
    role = role_named(state, call.params.role_name)
    if not is_linked(role):
        raise errors.no_entity("role", role.name)
    path = str(role.path).removesuffix("/")
    task = f"task{path}/{role.name}/{call.new_id('uuid', 'task')}"
    return Answer(
        api.DeleteServiceLinkedRoleResult(deletion_task_id=task), note=Usage(resources=call.held(role.arn))
    )


@service.project
def service_linked_role_deleted(
    state: Iam, event: Event[api.DeleteServiceLinkedRole, api.DeleteServiceLinkedRoleResult]
) -> None:
    """The service's role is gone, if nothing used it."""
    usage = event.note(Usage)
    holders = usage.resources if usage is not None else []
    if not holders:
        roles.forget(state, event.params.role_name)
    task = event.result.deletion_task_id
    if task is not UNSET:
        state.deletions[task] = Deletion(role=event.params.role_name, holders=holders)


@service.read
def get_service_linked_role_deletion_status(
    state: Iam, call: Call[api.GetServiceLinkedRoleDeletionStatus]
) -> api.GetServiceLinkedRoleDeletionStatusResult:
    """Whether a service's role was deleted: at once, or not at all."""
    deletion = state.deletions.get(call.params.deletion_task_id)
    if deletion is None:
        raise errors.no_deletion_task(call.params.deletion_task_id)
    if not deletion.holders:
        return api.GetServiceLinkedRoleDeletionStatusResult(status="SUCCEEDED")
    regions: dict[str, list[str]] = {}
    for arn in deletion.holders:
        regions.setdefault(arn.split(":")[3], []).append(arn)
    reason = api.DeletionTaskFailureReasonType(
        reason="The service-linked role is in use by the resources listed.",
        role_usage_list=[
            api.RoleUsageType(region=region, resources=held) for region, held in regions.items()
        ],
    )
    return api.GetServiceLinkedRoleDeletionStatusResult(status="FAILED", reason=reason)
