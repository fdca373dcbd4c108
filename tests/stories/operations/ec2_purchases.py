"""EC2: spot requests and fleets; reserved instances; dedicated hosts."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import of

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
FLEET = re.compile(r"(?:fleet|sfr)-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
SIR = re.compile(r"sir-[0-9a-f]{8}")

OFFERING = {
    "CurrencyCode": "USD", "InstanceTenancy": "default", "Marketplace": False, "OfferingClass": "standard",
    "OfferingType": "No Upfront", "PricingDetails": [],
    "RecurringCharges": [{"Amount": float, "Frequency": "Hourly"}], "Scope": "Region",
    "ReservedInstancesOfferingId": UUID, "InstanceType": "m5.large", "Duration": 31_536_000, "UsagePrice": 0.0,
    "FixedPrice": 0.0, "ProductDescription": "Linux/UNIX",
}  # fmt: skip

HISTORY = {
    "SpotFleetRequestId": Kept("fleet"), "HistoryRecords": [..., ...], "LastEvaluatedTime": TIME, "StartTime": TIME,
}  # fmt: skip

STORIES = [
    Story(
        "ec2", "a spot request is fulfilled and cancelled",
        [
            refused(
                "RequestSpotInstances",
                {
                    "SpotPrice": "nothing",
                    "LaunchSpecification": {"ImageId": "ami-0abcdef1234567890", "InstanceType": "m5.large"},
                },
                "InvalidParameterValue",
            ),
            call(
                "RequestSpotInstances",
                {
                    "SpotPrice": "1.00",
                    "LaunchSpecification": {"ImageId": "ami-0abcdef1234567890", "InstanceType": "m5.large"},
                },
                {
                    "SpotInstanceRequests": [
                        {
                            "CreateTime": TIME,
                            "LaunchSpecification": {
                                "ImageId": of("ami"), "InstanceType": "m5.large", "SecurityGroups": [],
                            },
                            "ProductDescription": "Linux/UNIX", "SpotInstanceRequestId": SIR, "SpotPrice": "1.00",
                            "State": "open",
                            "Status": {
                                "Code": "pending-evaluation",
                                "Message": re.compile("Your Spot request has been submitted for review, .*"),
                                "UpdateTime": TIME,
                            },
                            "Type": "one-time", "InstanceInterruptionBehavior": "terminate",
                        },
                    ],
                },
                keeps={"request": "SpotInstanceRequests.0.SpotInstanceRequestId"},
            ),
            call(
                "DescribeSpotInstanceRequests",
                {"SpotInstanceRequestIds": [Kept("request")]},
                {
                    "SpotInstanceRequests": [
                        {
                            "CreateTime": TIME, "InstanceId": of("i"),
                            "LaunchSpecification": {
                                "ImageId": of("ami"), "InstanceType": "m5.large", "SecurityGroups": [],
                            },
                            "LaunchedAvailabilityZone": "us-east-1a", "ProductDescription": "Linux/UNIX",
                            "SpotInstanceRequestId": Kept("request"), "SpotPrice": "1.00", "State": "active",
                            "Status": {
                                "Code": "fulfilled", "Message": "Your Spot request is fulfilled.",
                                "UpdateTime": TIME,
                            },
                            "Type": "one-time", "InstanceInterruptionBehavior": "terminate",
                        },
                    ],
                },
                keeps={"instance": "SpotInstanceRequests.0.InstanceId"},
            ),
            call(
                "CancelSpotInstanceRequests",
                {"SpotInstanceRequestIds": [Kept("request")]},
                {
                    "CancelledSpotInstanceRequests": [
                        {"SpotInstanceRequestId": Kept("request"), "State": "cancelled"},
                    ],
                },
            ),
            call(
                "DescribeSpotInstanceRequests",
                {"Filters": [{"Name": "state", "Values": ["cancelled"]}]},
                {
                    "SpotInstanceRequests": [
                        {
                            "CreateTime": TIME, "InstanceId": Kept("instance"),
                            "LaunchSpecification": {
                                "ImageId": of("ami"), "InstanceType": "m5.large", "SecurityGroups": [],
                            },
                            "LaunchedAvailabilityZone": "us-east-1a", "ProductDescription": "Linux/UNIX",
                            "SpotInstanceRequestId": Kept("request"), "SpotPrice": "1.00", "State": "cancelled",
                            "Status": {
                                "Code": "request-canceled-and-instance-running",
                                "Message": "Your Spot request is canceled, but your instance is still running.",
                                "UpdateTime": TIME,
                            },
                            "Type": "one-time", "InstanceInterruptionBehavior": "terminate",
                        },
                    ],
                },
            ),
            refused(
                "DescribeSpotInstanceRequests",
                {"SpotInstanceRequestIds": ["sir-00000000"]},
                "InvalidSpotInstanceRequestID.NotFound",
            ),
            call(
                "DescribeSpotPriceHistory",
                {
                    "InstanceTypes": ["m5.large"], "ProductDescriptions": ["Linux/UNIX"],
                    "AvailabilityZone": "us-east-1a",
                },
                {
                    "NextToken": "",
                    "SpotPriceHistory": [
                        {
                            "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1",
                            "InstanceType": "m5.large", "ProductDescription": "Linux/UNIX", "SpotPrice": str,
                            "Timestamp": TIME,
                        },
                    ],
                },
            ),
        ],
    ),
    Story(
        "ec2", "a spot fleet is asked for, changed and cancelled",
        [
            call(
                "RequestSpotFleet",
                {
                    "SpotFleetRequestConfig": {
                        "IamFleetRole": "arn:aws:iam::123456789012:role/fleet", "TargetCapacity": 1,
                        "LaunchSpecifications": [{"ImageId": "ami-0abcdef1234567890", "InstanceType": "m5.large"}],
                    },
                },
                {"SpotFleetRequestId": FLEET},
                keeps={"fleet": "SpotFleetRequestId"},
            ),
            call(
                "DescribeSpotFleetRequests",
                {"SpotFleetRequestIds": [Kept("fleet")]},
                {
                    "SpotFleetRequestConfigs": [
                        {
                            "ActivityStatus": "fulfilled", "CreateTime": TIME,
                            "SpotFleetRequestConfig": {
                                "AllocationStrategy": "lowestPrice", "ExcessCapacityTerminationPolicy": "Default",
                                "FulfilledCapacity": 1.0, "OnDemandFulfilledCapacity": 0.0,
                                "IamFleetRole": "arn:aws:iam::123456789012:role/fleet",
                                "LaunchSpecifications": [{"ImageId": of("ami"), "InstanceType": "m5.large"}],
                                "TargetCapacity": 1, "Type": "maintain",
                            },
                            "SpotFleetRequestId": Kept("fleet"), "SpotFleetRequestState": "active",
                        },
                    ],
                },
            ),
            call(
                "DescribeSpotFleetInstances",
                {"SpotFleetRequestId": Kept("fleet")},
                {
                    "ActiveInstances": [
                        {
                            "InstanceId": of("i"), "InstanceType": "m5.large", "SpotInstanceRequestId": SIR,
                            "InstanceHealth": "healthy",
                        },
                    ],
                    "SpotFleetRequestId": Kept("fleet"),
                },
            ),
            call(
                "ModifySpotFleetRequest",
                {"SpotFleetRequestId": Kept("fleet"), "TargetCapacity": 2},
                {"Return": True},
            ),
            call(
                "DescribeSpotFleetRequestHistory",
                {"SpotFleetRequestId": Kept("fleet"), "StartTime": "2020-01-01T00:00:00Z"},
                HISTORY,
            ),
            call(
                "CancelSpotFleetRequests",
                {"SpotFleetRequestIds": [Kept("fleet")], "TerminateInstances": True},
                {
                    "SuccessfulFleetRequests": [
                        {
                            "CurrentSpotFleetRequestState": "cancelled_terminating",
                            "PreviousSpotFleetRequestState": "active", "SpotFleetRequestId": Kept("fleet"),
                        },
                    ],
                    "UnsuccessfulFleetRequests": [],
                },
            ),
        ],
    ),
    Story(
        "ec2", "reserved instances are bought, hosts allocated",
        [
            call(
                "DescribeReservedInstancesOfferings",
                {
                    "InstanceType": "m5.large", "OfferingClass": "standard", "MaxDuration": 31536000,
                    "OfferingType": "No Upfront", "ProductDescription": "Linux/UNIX", "MaxResults": 100,
                },
                {"ReservedInstancesOfferings": [OFFERING, ...]},
                keeps={"offering": "ReservedInstancesOfferings.0.ReservedInstancesOfferingId"},
            ),
            call(
                "PurchaseReservedInstancesOffering",
                {"ReservedInstancesOfferingId": Kept("offering"), "InstanceCount": 1},
                {"ReservedInstancesId": UUID},
                keeps={"reserved": "ReservedInstancesId"},
            ),
            call(
                "DescribeReservedInstances",
                {"ReservedInstancesIds": [Kept("reserved")]},
                {
                    "ReservedInstances": [
                        {
                            "CurrencyCode": "USD", "InstanceTenancy": "default", "OfferingClass": "standard",
                            "OfferingType": "No Upfront",
                            "RecurringCharges": [{"Amount": float, "Frequency": "Hourly"}], "Scope": "Region",
                            "ReservedInstancesId": Kept("reserved"), "InstanceType": "m5.large", "Start": TIME,
                            "End": TIME, "Duration": 31536000, "UsagePrice": 0.0, "FixedPrice": 0.0,
                            "InstanceCount": 1, "ProductDescription": "Linux/UNIX", "State": "active",
                        },
                    ],
                },
            ),
            call(
                "AllocateHosts",
                {"AvailabilityZone": "us-east-1a", "InstanceType": "m5.large", "Quantity": 1},
                {"HostIds": [of("h")]},
                keeps={"host": "HostIds.0"},
            ),
            call(
                "DescribeHosts",
                {"HostIds": [Kept("host")]},
                {
                    "Hosts": [
                        {
                            "AutoPlacement": "on", "AvailabilityZone": "us-east-1a",
                            "AvailableCapacity": {
                                "AvailableInstanceCapacity": [
                                    {"AvailableCapacity": 48, "InstanceType": "m5.large", "TotalCapacity": 48},
                                ],
                                "AvailableVCpus": 96,
                            },
                            "HostId": Kept("host"),
                            "HostProperties": {
                                "Cores": 48, "InstanceType": "m5.large", "Sockets": 2, "TotalVCpus": 96,
                            },
                            "Instances": [], "State": "available", "AllocationTime": TIME, "HostRecovery": "off",
                            "AllowsMultipleInstanceTypes": "off", "OwnerId": "123456789012",
                            "AvailabilityZoneId": "use1-az1", "MemberOfServiceLinkedResourceGroup": False,
                            "HostMaintenance": "off",
                        },
                    ],
                },
            ),
            call(
                "ModifyHosts",
                {"HostIds": [Kept("host")], "AutoPlacement": "on"},
                {"Successful": [Kept("host")], "Unsuccessful": []},
            ),
            call(
                "ReleaseHosts",
                {"HostIds": [Kept("host"), "h-00000000000000000"]},
                {
                    "Successful": [Kept("host")],
                    "Unsuccessful": [
                        {
                            "Error": {
                                "Code": "Client.InvalidHost.NotFound",
                                "Message": "The specified host does not exist.",
                            },
                            "ResourceId": of("h"),
                        },
                    ],
                },
            ),
        ],
    ),
]  # fmt: skip
