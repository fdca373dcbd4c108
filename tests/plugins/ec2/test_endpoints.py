"""VPC endpoints, and the services that they lead to."""

from __future__ import annotations

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where


def test_a_gateway_endpoint_is_a_route() -> None:
    """Given a table, when an endpoint for S3 is made and deleted, then its route comes and goes."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    table = ec2.table(vpc)
    call = api.CreateVpcEndpoint(
        vpc_id=vpc, service_name="com.amazonaws.us-east-1.s3", route_table_ids=[table]
    )
    made = ec2.did(call).vpc_endpoint
    assert (made.state, made.vpc_endpoint_type, made.private_dns_enabled) == ("available", "Gateway", False)
    routes = ec2.did(api.DescribeRouteTables(route_table_ids=[table])).route_tables[0].routes
    assert [one.gateway_id for one in routes if one.destination_prefix_list_id] == [made.vpc_endpoint_id]
    ec2.given(api.ModifyVpcEndpoint(vpc_endpoint_id=made.vpc_endpoint_id, remove_route_table_ids=[table]))
    assert len(ec2.did(api.DescribeRouteTables(route_table_ids=[table])).route_tables[0].routes) == 1
    assert ec2.did(api.DeleteVpcEndpoints(vpc_endpoint_ids=[made.vpc_endpoint_id])).unsuccessful == []
    (lost,) = ec2.did(api.DeleteVpcEndpoints(vpc_endpoint_ids=[made.vpc_endpoint_id])).unsuccessful
    assert lost.error.code == "InvalidVpcEndpoint.NotFound"
    ec2.replays()


def test_an_interface_endpoint_has_interfaces() -> None:
    """Given two subnets, when an endpoint is made in one and then in both, then it has an interface in each."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    ec2.given(api.ModifyVpcAttribute(vpc_id=vpc, enable_dns_hostnames=api.AttributeBooleanValue(value=True)))
    one = ec2.subnet(vpc, "10.0.1.0/24", availability_zone="us-east-1a")
    two = ec2.subnet(vpc, "10.0.2.0/24", availability_zone="us-east-1b")
    same = ec2.subnet(vpc, "10.0.3.0/24", availability_zone="us-east-1a")
    call = api.CreateVpcEndpoint(
        vpc_id=vpc,
        service_name="com.amazonaws.us-east-1.logs",
        vpc_endpoint_type="Interface",
        subnet_ids=[one],
    )
    made = ec2.did(call).vpc_endpoint
    name = str(made.vpc_endpoint_id)
    assert (made.state, made.private_dns_enabled, len(made.network_interface_ids)) == ("pending", True, 1)
    ec2.when(call).refused("InvalidParameter")
    ec2.when(api.ModifyVpcEndpoint(vpc_endpoint_id=name, add_subnet_ids=[same])).refused(
        "DuplicateSubnetsInSameZone"
    )
    ec2.given(api.ModifyVpcEndpoint(vpc_endpoint_id=name, add_subnet_ids=[two]))
    held = ec2.did(
        api.DescribeNetworkInterfaces(filters=where(interface_type="vpc_endpoint"))
    ).network_interfaces
    assert {one.subnet_id for one in held} == {one, two}
    ec2.when(api.DeleteSubnet(subnet_id=one)).refused("DependencyViolation")
    ec2.given(api.DeleteVpcEndpoints(vpc_endpoint_ids=[name]))
    assert not ec2.did(api.DescribeNetworkInterfaces()).network_interfaces
    ec2.replays()


def test_refusals_of_endpoints() -> None:
    """Given wrong names, types and policies, when endpoints are asked for, then each is refused."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    name = "com.amazonaws.us-east-1.s3"
    for code, call in (
        ("MissingParameter", api.CreateVpcEndpoint(vpc_id=vpc)),
        (
            "InvalidServiceName",
            api.CreateVpcEndpoint(vpc_id=vpc, service_name="com.amazonaws.us-east-1.none"),
        ),
        (
            "InvalidVpcEndpointType",
            api.CreateVpcEndpoint(vpc_id=vpc, service_name=name, vpc_endpoint_type="x"),
        ),
        ("InvalidPolicyDocument", api.CreateVpcEndpoint(vpc_id=vpc, service_name=name, policy_document="x")),
        (
            "InvalidRouteTableID.NotFound",
            api.CreateVpcEndpoint(vpc_id=vpc, service_name=name, route_table_ids=["rtb-00000000000000000"]),
        ),
    ):
        ec2.when(call).refused(code)
    ec2.when(api.DescribeVpcEndpoints(vpc_endpoint_ids=["vpce-1"])).refused("InvalidVpcEndpointId.Malformed")
    ec2.replays()


def test_a_service_of_ones_own() -> None:
    """Given a load balancer, when a service is offered, then others may be let in, and it is listed."""
    ec2 = Ec2()
    balancer = "arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/net/n/1"
    made = ec2.did(
        api.CreateVpcEndpointServiceConfiguration(network_load_balancer_arns=[balancer])
    ).service_configuration
    name = str(made.service_id)
    assert (made.service_state, made.acceptance_required) == ("Available", True)
    change = api.ModifyVpcEndpointServiceConfiguration(service_id=name, acceptance_required=False)
    assert ec2.did(change).return_ is True
    ec2.when(
        api.ModifyVpcEndpointServiceConfiguration(
            service_id=name, remove_network_load_balancer_arns=[balancer]
        )
    ).refused("InvalidParameterCombination")
    who = "arn:aws:iam::210987654321:root"
    ec2.given(api.ModifyVpcEndpointServicePermissions(service_id=name, add_allowed_principals=[who]))
    (allowed,) = ec2.did(api.DescribeVpcEndpointServicePermissions(service_id=name)).allowed_principals
    assert (allowed.principal, allowed.principal_type) == (who, "Account")
    found = ec2.did(api.DescribeVpcEndpointServices(service_names=[made.service_name]))
    assert found.service_details[0].acceptance_required is False
    assert "com.amazonaws.us-east-1.s3" in ec2.did(api.DescribeVpcEndpointServices()).service_names
    ec2.given(api.DeleteVpcEndpointServiceConfigurations(service_ids=[name]))
    assert not ec2.did(api.DescribeVpcEndpointServiceConfigurations()).service_configurations
    ec2.replays()
