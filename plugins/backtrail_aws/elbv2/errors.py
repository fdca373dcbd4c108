"""The second API's refusals, in AWS's words where they are known, each with its evidence."""

from __future__ import annotations

from backtrail import Refusal

CODES: dict[str, str] = {
    "ValidationError": "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html",
    "AccessDenied": "https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/CommonErrors.html",
}
"""Codes that the model lacks, with the page that has them."""


def invalid(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: page CommonErrors.html; words: each caller's
    return Refusal("ValidationError", message)


def configuration(message: str) -> Refusal:
    """What is asked for does not fit together."""
    # evidence: model; words: each caller's
    return Refusal("InvalidConfigurationRequest", message)


def not_permitted(message: str) -> Refusal:
    """An operation that is not allowed here."""
    # evidence: model; words: each caller's
    return Refusal("OperationNotPermitted", message)


def no_balancer(identifier: str) -> Refusal:
    """There is no such load balancer."""
    # evidence: guess
    return Refusal("LoadBalancerNotFound", f"Load balancers '[{identifier}]' not found")


def no_balancers() -> Refusal:
    """One of some load balancers is not there."""
    # evidence: guess
    return Refusal("LoadBalancerNotFound", "One or more load balancers not found")


def no_group(arn: str) -> Refusal:
    """There is no such target group."""
    # evidence: guess
    return Refusal("TargetGroupNotFound", f"Target groups '{arn}' not found")


def no_groups() -> Refusal:
    """One of some target groups is not there."""
    # evidence: page quoting AWS ("One or more target groups not found")
    return Refusal("TargetGroupNotFound", "One or more target groups not found")


def no_listener() -> Refusal:
    """There is no such listener."""
    # evidence: guess
    return Refusal("ListenerNotFound", "One or more listeners not found")


def no_rule() -> Refusal:
    """There is no such rule."""
    # evidence: guess
    return Refusal("RuleNotFound", "One or more rules not found")


def bad_arn(arn: str, kind: str) -> Refusal:
    """What is given as the ARN of something is none."""
    # evidence: guess
    return invalid(f"'{arn}' is not a valid {kind} ARN")


def balancer_exists(name: str) -> Refusal:
    """There is a load balancer of that name, and it is another one."""
    # evidence: https://github.com/kubernetes-sigs/aws-load-balancer-controller/issues/3173
    return Refusal(
        "DuplicateLoadBalancerName",
        f"A load balancer with the same name '{name}' exists, but with different settings",
    )


def group_exists(name: str) -> Refusal:
    """There is a target group of that name, and it is another one."""
    # evidence: guess
    return Refusal(
        "DuplicateTargetGroupName",
        f"A target group with the same name '{name}' exists, but with different settings",
    )


def listener_exists(balancer: str) -> Refusal:
    """There is a listener on that port."""
    # evidence: page quoting AWS ("A listener already exists on this port")
    return Refusal(
        "DuplicateListener", f"A listener already exists on this port for this load balancer '{balancer}'"
    )


def priority_used(priority: int) -> Refusal:
    """A rule has that priority."""
    # evidence: https://github.com/stelligent/mu/issues/324
    return Refusal("PriorityInUse", f"Priority '{priority}' is currently in use")


def group_used(arn: str) -> Refusal:
    """A listener or a rule forwards to a target group."""
    # evidence: page quoting AWS ("is currently in use by a listener or a rule")
    return Refusal("ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule")


def group_taken(arn: str) -> Refusal:
    """A target group is another load balancer's."""
    # evidence: page quoting AWS ("cannot be associated with more than one load balancer")
    return Refusal(
        "TargetGroupAssociationLimit",
        f"The following target groups cannot be associated with more than one load balancer: {arn}",
    )


def protected(arn: str) -> Refusal:
    """A load balancer that is protected from deletion."""
    # evidence: page quoting AWS ("cannot be deleted because deletion protection is enabled")
    return not_permitted(f"Load balancer '{arn}' cannot be deleted because deletion protection is enabled")


def no_subnet(identifier: str) -> Refusal:
    """There is no such subnet."""
    # evidence: guess
    return Refusal("SubnetNotFound", f"The subnet ID '{identifier}' is not valid")


def few_zones() -> Refusal:
    """An Application Load Balancer is in two zones or more."""
    # evidence: https://github.com/aws-samples/aws-cdk-examples/issues/226
    return invalid("At least two subnets in two different Availability Zones must be specified")


def same_zone() -> Refusal:
    """A load balancer has one subnet in each zone."""
    # evidence: page quoting AWS ("cannot be attached to multiple subnets in the same Availability Zone")
    return configuration(
        "A load balancer cannot be attached to multiple subnets in the same Availability Zone"
    )


def bad_group() -> Refusal:
    """There is no such security group, or it is another VPC's."""
    # evidence: page quoting AWS ("One or more security groups are invalid")
    return configuration("One or more security groups are invalid")


def bad_subnet(message: str) -> Refusal:
    """A subnet that a load balancer cannot have."""
    # evidence: model; words: each caller's
    return Refusal("InvalidSubnet", message)


def target(message: str) -> Refusal:
    """A target that cannot be registered."""
    # evidence: model; words: each caller's
    return Refusal("InvalidTarget", message)


def no_certificate(arn: str) -> Refusal:
    """There is no such certificate."""
    # evidence: guess
    return Refusal("CertificateNotFound", f"Certificate '{arn}' not found")


def no_policy(name: str) -> Refusal:
    """There is no such security policy."""
    # evidence: guess
    return Refusal("SSLPolicyNotFound", f"SSL policy '{name}' not found")


def incompatible(listener: str, group: str) -> Refusal:
    """A listener cannot forward to a target group of that protocol."""
    # evidence: model; words: guess
    return Refusal(
        "IncompatibleProtocols",
        f"Listener protocol '{listener}' is not supported with a target group with the protocol '{group}'",
    )


def unsupported(message: str) -> Refusal:
    """A protocol that is not supported."""
    # evidence: model; words: each caller's
    return Refusal("UnsupportedProtocol", message)


def too_many(code: str, what: str) -> Refusal:
    """A quota is reached."""
    # evidence: model; words: guess
    return Refusal(code, f"The maximum number of {what} has been reached")


def repeated_key() -> Refusal:
    """A tag key is given twice."""
    # evidence: model; words: guess
    return Refusal("DuplicateTagKeys", "Tag keys must be unique")


def action(message: str) -> Refusal:
    """An action that cannot be."""
    # evidence: model; words: each caller's
    return Refusal("InvalidLoadBalancerAction", message)


def no_access(message: str) -> Refusal:
    """The caller, or the service, may not do what it takes."""
    # evidence: page CommonErrors.html; words: each caller's
    return Refusal("AccessDenied", message, status=403)
