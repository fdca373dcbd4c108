"""EC2: managed prefix lists and flow logs."""

from __future__ import annotations

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import arn, of

THERE = "Error. There is an existing Flow Log with the same configuration and log destination."
FORMAT = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} "
    "${bytes} ${start} ${end} ${action} ${log-status}"
)

STORIES = [
    Story(
        "ec2",
        "a prefix list has versions",
        [
            call(
                "CreateManagedPrefixList",
                {
                    "PrefixListName": "offices", "AddressFamily": "IPv4", "MaxEntries": 3,
                    "Entries": [{"Cidr": "10.0.0.0/16", "Description": "one"}],
                    "TagSpecifications": [
                        {"ResourceType": "prefix-list", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {
                    "PrefixList": {
                        "PrefixListId": of("pl"), "AddressFamily": "IPv4", "State": "create-in-progress",
                        "PrefixListArn": arn("prefix-list/pl"),
                        "PrefixListName": "offices", "MaxEntries": 3, "Version": 1,
                        "Tags": [{"Key": "Name", "Value": "mine"}], "OwnerId": "123456789012",
                    },
                },
                keeps={"list": "PrefixList.PrefixListId"},
            ),
            call(
                "ModifyManagedPrefixList",
                {"PrefixListId": Kept("list"), "CurrentVersion": 1, "AddEntries": [{"Cidr": "10.1.0.0/16"}]},
                {
                    "PrefixList": {
                        "PrefixListId": Kept("list"), "AddressFamily": "IPv4", "State": "modify-in-progress",
                        "PrefixListArn": arn("prefix-list/pl"),
                        "PrefixListName": "offices", "MaxEntries": 3, "Version": 1,
                        "Tags": [{"Key": "Name", "Value": "mine"}], "OwnerId": "123456789012",
                    },
                },
            ),
            refused(
                "ModifyManagedPrefixList",
                {"PrefixListId": Kept("list"), "CurrentVersion": 1, "AddEntries": [{"Cidr": "10.2.0.0/16"}]},
                "PrefixListVersionMismatch",
            ),
            call(
                "GetManagedPrefixListEntries",
                {"PrefixListId": Kept("list")},
                {"Entries": [{"Cidr": "10.0.0.0/16", "Description": "one"}, {"Cidr": "10.1.0.0/16"}]},
            ),
            call(
                "GetManagedPrefixListEntries",
                {"PrefixListId": Kept("list"), "TargetVersion": 1},
                {"Entries": [{"Cidr": "10.0.0.0/16", "Description": "one"}]},
            ),
            call(
                "DescribeManagedPrefixLists",
                {"PrefixListIds": [Kept("list")]},
                {
                    "PrefixLists": [
                        {
                            "PrefixListId": Kept("list"), "AddressFamily": "IPv4", "State": "modify-complete",
                            "PrefixListArn": arn("prefix-list/pl"),
                            "PrefixListName": "offices", "MaxEntries": 3, "Version": 2,
                            "Tags": [{"Key": "Name", "Value": "mine"}], "OwnerId": "123456789012",
                        },
                    ],
                },
            ),
            call(
                "DescribePrefixLists",
                {"Filters": [{"Name": "prefix-list-name", "Values": ["com.amazonaws.us-east-1.s3"]}]},
                {
                    "PrefixLists": [
                        {
                            "Cidrs": ["52.216.0.0/15", "54.231.0.0/16"], "PrefixListId": "pl-63a5400a",
                            "PrefixListName": "com.amazonaws.us-east-1.s3",
                        },
                    ],
                },
            ),
            refused(
                "CreateManagedPrefixList",
                {"PrefixListName": "com.amazonaws.mine", "AddressFamily": "IPv4", "MaxEntries": 3},
                "InvalidParameterValue",
            ),
            call(
                "DeleteManagedPrefixList",
                {"PrefixListId": Kept("list")},
                {
                    "PrefixList": {
                        "PrefixListId": Kept("list"), "AddressFamily": "IPv4", "State": "delete-in-progress",
                        "PrefixListArn": arn("prefix-list/pl"),
                        "PrefixListName": "offices", "MaxEntries": 3, "Version": 2,
                        "Tags": [{"Key": "Name", "Value": "mine"}], "OwnerId": "123456789012",
                    },
                },
            ),
            refused(
                "DescribeManagedPrefixLists",
                {"PrefixListIds": [Kept("list")]},
                "InvalidPrefixListID.NotFound",
            ),
        ],
    ),
    Story(
        "ec2",
        "flow logs watch a VPC",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateFlowLogs",
                {
                    "ResourceIds": [Kept("vpc")], "ResourceType": "VPC", "TrafficType": "ALL",
                    "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::box/logs/",
                    "MaxAggregationInterval": 60,
                    "TagSpecifications": [
                        {"ResourceType": "vpc-flow-log", "Tags": [{"Key": "Name", "Value": "mine"}]},
                    ],
                },
                {"ClientToken": str, "FlowLogIds": [of("fl")], "Unsuccessful": []},
                keeps={"log": "FlowLogIds.0"},
            ),
            call(
                "CreateFlowLogs",
                {
                    "ResourceIds": [Kept("vpc")], "ResourceType": "VPC", "TrafficType": "ALL",
                    "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::box/logs/",
                },
                {
                    "ClientToken": str, "FlowLogIds": [],
                    "Unsuccessful": [
                        {
                            "Error": {
                                "Code": "FlowLogAlreadyExists",
                                "Message": THERE,
                            },
                            "ResourceId": Kept("vpc"),
                        },
                    ],
                },
            ),
            call(
                "CreateFlowLogs",
                {
                    "ResourceIds": [Kept("vpc")], "ResourceType": "VPC", "TrafficType": "REJECT",
                    "LogGroupName": "flows",
                    "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/flows",
                    "ClientToken": "token",
                },
                {"ClientToken": "token", "FlowLogIds": [of("fl")], "Unsuccessful": []},
                keeps={"second": "FlowLogIds.0"},
            ),
            call(
                "DescribeFlowLogs",
                {"Filter": [{"Name": "log-destination-type", "Values": ["s3"]}]},
                {
                    "FlowLogs": [
                        {
                            "CreationTime": TIME, "DeliverLogsStatus": "SUCCESS", "FlowLogId": Kept("log"),
                            "FlowLogStatus": "ACTIVE", "ResourceId": Kept("vpc"), "TrafficType": "ALL",
                            "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::box/logs/",
                            "LogFormat": FORMAT, "Tags": [{"Key": "Name", "Value": "mine"}],
                            "MaxAggregationInterval": 60,
                            "DestinationOptions": {
                                "FileFormat": "plain-text", "HiveCompatiblePartitions": False,
                                "PerHourPartition": False,
                            },
                        },
                    ],
                },
            ),
            call(
                "DescribeFlowLogs",
                {"FlowLogIds": [Kept("second")]},
                {
                    "FlowLogs": [
                        {
                            "CreationTime": TIME,
                            "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/flows",
                            "DeliverLogsStatus": "SUCCESS", "FlowLogId": Kept("second"),
                            "FlowLogStatus": "ACTIVE", "LogGroupName": "flows", "ResourceId": Kept("vpc"),
                            "TrafficType": "REJECT", "LogDestinationType": "cloud-watch-logs",
                            "LogFormat": FORMAT, "Tags": [], "MaxAggregationInterval": 600,
                        },
                    ],
                },
            ),
            refused(
                "CreateFlowLogs",
                {
                    "ResourceIds": ["vpc-00000000000000000"], "ResourceType": "VPC", "TrafficType": "ALL",
                    "LogDestinationType": "s3", "LogDestination": "arn:aws:s3:::box",
                },
                "InvalidVpcID.NotFound",
            ),
            call("DeleteFlowLogs", {"FlowLogIds": [Kept("log")]}, {"Unsuccessful": []}),
            call("DescribeFlowLogs", {"FlowLogIds": [Kept("log")]}, {"FlowLogs": []}),
            refused("DeleteFlowLogs", {"FlowLogIds": [Kept("log")]}, "InvalidFlowLogId.NotFound"),
        ],
    ),
]  # fmt: skip
