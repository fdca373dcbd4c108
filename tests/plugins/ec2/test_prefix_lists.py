"""Managed prefix lists and flow logs."""

from __future__ import annotations

from backtrail_aws.ec2 import api

from .ec2_scenario import Ec2, where


def test_a_prefix_list_has_versions() -> None:
    """Given a list, when its entries change, then a new version holds them and the old one stays."""
    ec2 = Ec2()
    made = ec2.did(
        api.CreateManagedPrefixList(
            prefix_list_name="mine", address_family="IPv4", max_entries=2,
            entries=[api.AddPrefixListEntry(cidr="10.0.0.0/8", description="ten")],
        )
    ).prefix_list  # fmt: skip
    name = made.prefix_list_id
    assert (made.version, made.state) == (1, "create-in-progress")
    change = api.ModifyManagedPrefixList(
        prefix_list_id=name, current_version=1, add_entries=[api.AddPrefixListEntry(cidr="11.0.0.0/8")]
    )
    ec2.given(change).when(change).refused("PrefixListVersionMismatch")
    entries = ec2.did(api.GetManagedPrefixListEntries(prefix_list_id=name)).entries
    assert [one.cidr for one in entries] == ["10.0.0.0/8", "11.0.0.0/8"]
    old = ec2.did(api.GetManagedPrefixListEntries(prefix_list_id=name, target_version=1)).entries
    assert [(one.cidr, one.description) for one in old] == [("10.0.0.0/8", "ten")]
    more = [api.AddPrefixListEntry(cidr="12.0.0.0/8")]
    full = api.ModifyManagedPrefixList(prefix_list_id=name, current_version=2, add_entries=more)
    ec2.when(full).refused("PrefixListMaxEntriesExceeded")
    wrong = api.CreateManagedPrefixList(
        prefix_list_name="x", address_family="IPv6", max_entries=1, entries=more
    )
    ec2.when(wrong).refused("InvalidParameterValue")
    ec2.given(api.DeleteManagedPrefixList(prefix_list_id=name))
    ec2.when(api.DeleteManagedPrefixList(prefix_list_id=name)).refused("InvalidPrefixListID.NotFound")
    ec2.replays()


def test_the_lists_of_aws() -> None:
    """Given no list of one's own, those for gateway endpoints are there, and are AWS's."""
    ec2 = Ec2()
    found = ec2.did(api.DescribeManagedPrefixLists(filters=where(owner_id="AWS"))).prefix_lists
    assert {one.prefix_list_name.rpartition(".")[2] for one in found} == {"s3", "dynamodb"}
    assert {one.prefix_list_id for one in ec2.did(api.DescribePrefixLists()).prefix_lists} == {
        one.prefix_list_id for one in found
    }
    ec2.replays()


def test_flow_logs() -> None:
    """Given a VPC, when its traffic is logged twice to one place, then the second is unsuccessful."""
    ec2 = Ec2()
    vpc = ec2.vpc()
    call = api.CreateFlowLogs(
        resource_ids=[vpc], resource_type="VPC", traffic_type="ALL", log_destination_type="s3",
        log_destination="arn:aws:s3:::flows",
    )  # fmt: skip
    (name,) = ec2.did(call).flow_log_ids
    again = ec2.did(call)
    assert (again.flow_log_ids, again.unsuccessful[0].error.code) == ([], "FlowLogAlreadyExists")
    (found,) = ec2.did(api.DescribeFlowLogs(filter=where(resource_id=vpc))).flow_logs
    assert (found.flow_log_id, found.flow_log_status, found.max_aggregation_interval) == (name, "ACTIVE", 600)
    for wrong in (
        api.CreateFlowLogs(resource_ids=[vpc], resource_type="VPC", log_group_name="g"),
        api.CreateFlowLogs(resource_ids=[vpc], resource_type="VPC", traffic_type="ALL"),
    ):
        ec2.when(wrong).refused("MissingParameter")
    missing = api.CreateFlowLogs(
        resource_ids=["vpc-00000000000000000"],
        resource_type="VPC",
        traffic_type="ALL",
        log_destination_type="s3",
        log_destination="arn:aws:s3:::x",
    )
    ec2.when(missing).refused("InvalidVpcID.NotFound")
    ec2.given(api.DeleteFlowLogs(flow_log_ids=[name]))
    ec2.when(api.DeleteFlowLogs(flow_log_ids=[name])).refused("InvalidFlowLogId.NotFound")
    ec2.replays()


def test_what_a_list_refuses() -> None:
    """Given a list, when entries come twice, too many at once or with another size, then AWS's words say so."""
    ec2 = Ec2()
    call = api.CreateManagedPrefixList(prefix_list_name="l", address_family="IPv4", max_entries=1001)
    ec2.when(call).refused("InvalidParameterValue", "Must specify a max size between 1 and 1000")
    entry = api.AddPrefixListEntry(cidr="10.0.0.0/16", description="one")
    call = api.CreateManagedPrefixList(
        prefix_list_name="l", address_family="IPv4", max_entries=3, entries=[entry]
    )
    name = ec2.did(call).prefix_list.prefix_list_id
    again = api.ModifyManagedPrefixList(prefix_list_id=name, current_version=1, add_entries=[entry])
    ec2.when(again).refused(
        "InvalidPrefixListModification",
        "An entry with the CIDR (10.0.0.0/16) and description (one) already exists.",
    )
    both = api.ModifyManagedPrefixList(
        prefix_list_id=name, current_version=1, max_entries=5,
        add_entries=[api.AddPrefixListEntry(cidr="10.1.0.0/16")],
    )  # fmt: skip
    ec2.when(both).refused("InvalidParameterCombination")
    many = [api.AddPrefixListEntry(cidr=f"10.{number}.0.0/16") for number in range(101)]
    ec2.when(api.ModifyManagedPrefixList(prefix_list_id=name, current_version=1, add_entries=many)).refused(
        "InvalidParameterValue", "The number of entries per request cannot exceeds limit (100)."
    )
    ec2.replays()
