"""The first API's refusals, in AWS's words where they are known, each with its evidence."""

from __future__ import annotations

from backtrail import Refusal

CODES: dict[str, str] = {
    "ValidationError": "https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/CommonErrors.html",
    "AccessDenied": "https://docs.aws.amazon.com/elasticloadbalancing/2012-06-01/APIReference/CommonErrors.html",
}
"""Codes that the model lacks, with the page that has them."""


def invalid(message: str) -> Refusal:
    """A parameter has a value that it cannot have."""
    # evidence: page CommonErrors.html; words: each caller's
    return Refusal("ValidationError", message)


def configuration(message: str) -> Refusal:
    """What is asked for does not fit together."""
    # evidence: model; words: each caller's
    return Refusal("InvalidConfigurationRequest", message, status=409)


def no_balancer(name: str) -> Refusal:
    """There is no such load balancer."""
    # evidence: page quoting AWS ("There is no ACTIVE Load Balancer named 'x'")
    return Refusal("LoadBalancerNotFound", f"There is no ACTIVE Load Balancer named '{name}'")


def balancer_exists(name: str) -> Refusal:
    """There is a load balancer of that name, and it is another one."""
    # evidence: page quoting AWS ("already exists and it is configured with different parameters")
    return Refusal(
        "DuplicateLoadBalancerName",
        f"Load Balancer named '{name}' already exists and it is configured with different parameters.",
    )


def no_listener(name: str, port: int) -> Refusal:
    """There is no listener at that port."""
    # evidence: model; words: guess
    return Refusal("ListenerNotFound", f"Load Balancer {name} has no listener on port {port}.")


def listener_exists(name: str, port: int) -> Refusal:
    """There is another listener at that port."""
    # evidence: guess
    return Refusal(
        "DuplicateListener",
        f"A listener already exists for {name} with LoadBalancerPort {port}, but with a different InstancePort, "
        "Protocol, or SSLCertificateId",
    )


def no_subnet(identifier: str) -> Refusal:
    """There is no such subnet."""
    # evidence: model; words: guess
    return Refusal("SubnetNotFound", f"Subnet {identifier} not found.")


def bad_subnet(message: str) -> Refusal:
    """A subnet that a load balancer cannot have."""
    # evidence: model; words: each caller's
    return Refusal("InvalidSubnet", message)


def bad_group() -> Refusal:
    """There is no such security group, or it is another VPC's."""
    # evidence: guess
    return Refusal("InvalidSecurityGroup", "One or more of the specified security groups do not exist.")


def instance(message: str) -> Refusal:
    """An instance that is not there, or cannot be registered."""
    # evidence: model; words: each caller's
    return Refusal("InvalidInstance", message)


def no_certificate(arn: str) -> Refusal:
    """There is no such certificate."""
    # evidence: page quoting AWS ("Server Certificate not found for the key: arn")
    return Refusal("CertificateNotFound", f"Server Certificate not found for the key: {arn}")


def no_policy(name: str) -> Refusal:
    """There is no such policy."""
    # evidence: model; words: guess
    return Refusal("PolicyNotFound", f"There is no policy with name {name}.")


def no_policy_type(name: str) -> Refusal:
    """There is no such type of policies."""
    # evidence: model; words: guess
    return Refusal("PolicyTypeNotFound", f"Policy type {name} does not exist.")


def policy_exists(name: str) -> Refusal:
    """There is a policy of that name."""
    # evidence: model; words: guess
    return Refusal("DuplicatePolicyName", f"Policy {name} already exists and has different parameters.")


def protocol(name: str) -> Refusal:
    """A protocol that listeners do not have."""
    # evidence: model; words: guess
    return Refusal("UnsupportedProtocol", f"Protocol {name} is not supported.")


def scheme(name: str) -> Refusal:
    """A scheme that there is not."""
    # evidence: model; words: guess
    return Refusal("InvalidScheme", f"'{name}' is not a valid scheme; 'internal' and 'internet-facing' are.")


def too_many(code: str, what: str) -> Refusal:
    """A quota is reached."""
    # evidence: model; words: guess
    return Refusal(code, f"Exceeded quota of account: {what}.")


def repeated_key() -> Refusal:
    """A tag key is given twice."""
    # evidence: model; words: guess
    return Refusal("DuplicateTagKeys", "Tag keys must be unique.")


def no_access(message: str) -> Refusal:
    """The caller may not do what it takes."""
    # evidence: page CommonErrors.html; words: each caller's
    return Refusal("AccessDenied", message, status=403)
