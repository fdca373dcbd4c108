"""EC2: instances, from launch to end."""

from __future__ import annotations

import re

from ..driving import TIME, Kept, Story, call, refused
from .ec2_ids import of

MAC = re.compile(r"(?:[0-9a-f]{2}:){5}[0-9a-f]{2}")
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

METADATA = {
    "HttpTokens": "optional", "HttpPutResponseHopLimit": 1, "HttpEndpoint": "enabled",
    "HttpProtocolIpv6": "disabled", "InstanceMetadataTags": "disabled",
}  # fmt: skip
NAMES = {
    "HostnameType": "ip-name", "EnableResourceNameDnsARecord": False, "EnableResourceNameDnsAAAARecord": False,
}  # fmt: skip

STORIES = [
    Story(
        "ec2", "an instance is launched, shown, stopped, started and ended",
        [
            call("CreateVpc", {"CidrBlock": "10.0.0.0/16"}, {"Vpc": ...}, keeps={"vpc": "Vpc.VpcId"}),
            call(
                "CreateSubnet",
                {"VpcId": Kept("vpc"), "CidrBlock": "10.0.1.0/24", "AvailabilityZone": "us-east-1a"},
                {"Subnet": ...},
                keeps={"subnet": "Subnet.SubnetId"},
            ),
            call(
                "CreateSecurityGroup",
                {"VpcId": Kept("vpc"), "GroupName": "web", "Description": "d"},
                {"GroupId": of("sg"), "SecurityGroupArn": str},
                keeps={"group": "GroupId"},
            ),
            refused(
                "RunInstances",
                {"ImageId": "ami-00000000000000000", "MinCount": 2, "MaxCount": 1},
                "InvalidParameterValue",
            ),
            refused(
                "RunInstances",
                {"ImageId": "ami-0abcdef1234567890", "InstanceType": "t9.huge", "MinCount": 1, "MaxCount": 1},
                "InvalidParameterValue",
            ),
            refused(
                "RunInstances",
                {
                    "ImageId": "ami-0abcdef1234567890", "MinCount": 1, "MaxCount": 1,
                    "SubnetId": "subnet-00000000000000000",
                },
                "InvalidSubnetID.NotFound",
            ),
            refused(
                "RunInstances",
                {"ImageId": "ami-nope", "MinCount": 1, "MaxCount": 1},
                "InvalidAMIID.Malformed",
            ),
            refused(
                "RunInstances",
                {"ImageId": "ami-0abcdef1234567890", "MinCount": 1, "MaxCount": 1, "DryRun": True},
                "DryRunOperation",
            ),
            call(
                "RunInstances",
                {
                    "ImageId": "ami-0abcdef1234567890", "InstanceType": "t3.micro", "MinCount": 1, "MaxCount": 1,
                    "SubnetId": Kept("subnet"), "SecurityGroupIds": [Kept("group")],
                    "PrivateIpAddress": "10.0.1.10", "UserData": "#!/bin/bash",
                    "TagSpecifications": [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": "web"}]}],
                },
                {
                    "ReservationId": of("r"), "OwnerId": "123456789012", "Groups": [],
                    "Instances": [
                        {
                            "Architecture": "x86_64", "BlockDeviceMappings": [], "ClientToken": UUID,
                            "EbsOptimized": False, "EnaSupport": True, "Hypervisor": "xen",
                            "NetworkInterfaces": [
                                {
                                    "Attachment": {
                                        "AttachTime": TIME, "AttachmentId": of("eni-attach"),
                                        "DeleteOnTermination": True, "DeviceIndex": 0, "Status": "attaching",
                                        "NetworkCardIndex": 0,
                                    },
                                    "Description": "", "Groups": [{"GroupId": Kept("group"), "GroupName": "web"}],
                                    "Ipv6Addresses": [], "MacAddress": MAC, "NetworkInterfaceId": of("eni"),
                                    "OwnerId": "123456789012", "PrivateIpAddress": str,
                                    "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": str}],
                                    "SourceDestCheck": True, "Status": "in-use", "SubnetId": Kept("subnet"),
                                    "VpcId": Kept("vpc"), "InterfaceType": "interface",
                                    "Operator": {"Managed": False},
                                },
                            ],
                            "RootDeviceName": "/dev/xvda", "RootDeviceType": "ebs",
                            "SecurityGroups": [{"GroupId": Kept("group"), "GroupName": "web"}],
                            "SourceDestCheck": True, "StateReason": {"Code": "pending", "Message": "pending"},
                            "Tags": [{"Key": "Name", "Value": "web"}], "VirtualizationType": "hvm",
                            "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
                            "CapacityReservationSpecification": {"CapacityReservationPreference": "open"},
                            "MetadataOptions": {"State": "pending", **METADATA},
                            "EnclaveOptions": {"Enabled": False},
                            "PrivateDnsNameOptions": NAMES,
                            "MaintenanceOptions": {"AutoRecovery": "default"},
                            "CurrentInstanceBootMode": "legacy-bios", "Operator": {"Managed": False},
                            "InstanceId": of("i"), "ImageId": of("ami"), "State": {"Code": 0, "Name": "pending"},
                            "PrivateDnsName": str, "PublicDnsName": str, "StateTransitionReason": "",
                            "AmiLaunchIndex": 0, "ProductCodes": [], "InstanceType": "t3.micro", "LaunchTime": TIME,
                            "Placement": {
                                "AvailabilityZoneId": "use1-az1", "GroupName": "", "Tenancy": "default",
                                "AvailabilityZone": "us-east-1a",
                            },
                            "Monitoring": {"State": "disabled"}, "SubnetId": Kept("subnet"), "VpcId": Kept("vpc"),
                            "PrivateIpAddress": str,
                        },
                    ],
                },
                keeps={
                    "instance": "Instances.0.InstanceId", "reservation": "ReservationId",
                    "card": "Instances.0.NetworkInterfaces.0.NetworkInterfaceId",
                },
            ),
            call(
                "DescribeInstances",
                {"InstanceIds": [Kept("instance")]},
                {
                    "Reservations": [
                        {
                            "ReservationId": Kept("reservation"), "OwnerId": "123456789012", "Groups": [],
                            "Instances": [
                                {
                                    "Architecture": "x86_64",
                                    "BlockDeviceMappings": [
                                        {
                                            "DeviceName": "/dev/xvda",
                                            "Ebs": {
                                                "AttachTime": TIME, "DeleteOnTermination": True,
                                                "Status": "attached", "VolumeId": of("vol"),
                                            },
                                        },
                                    ],
                                    "ClientToken": UUID, "EbsOptimized": False, "EnaSupport": True,
                                    "Hypervisor": "xen",
                                    "NetworkInterfaces": [
                                        {
                                            "Attachment": {
                                                "AttachTime": TIME, "AttachmentId": of("eni-attach"),
                                                "DeleteOnTermination": True, "DeviceIndex": 0, "Status": "attached",
                                                "NetworkCardIndex": 0,
                                            },
                                            "Description": "",
                                            "Groups": [{"GroupId": Kept("group"), "GroupName": "web"}],
                                            "Ipv6Addresses": [], "MacAddress": MAC,
                                            "NetworkInterfaceId": Kept("card"), "OwnerId": "123456789012",
                                            "PrivateIpAddress": str,
                                            "PrivateIpAddresses": [{"Primary": True, "PrivateIpAddress": str}],
                                            "SourceDestCheck": True, "Status": "in-use", "SubnetId": Kept("subnet"),
                                            "VpcId": Kept("vpc"), "InterfaceType": "interface",
                                            "Operator": {"Managed": False},
                                        },
                                    ],
                                    "RootDeviceName": "/dev/xvda", "RootDeviceType": "ebs",
                                    "SecurityGroups": [{"GroupId": Kept("group"), "GroupName": "web"}],
                                    "SourceDestCheck": True, "Tags": [{"Key": "Name", "Value": "web"}],
                                    "VirtualizationType": "hvm",
                                    "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
                                    "CapacityReservationSpecification": {"CapacityReservationPreference": "open"},
                                    "HibernationOptions": {"Configured": False},
                                    "MetadataOptions": {"State": "applied", **METADATA},
                                    "EnclaveOptions": {"Enabled": False}, "PlatformDetails": "Linux/UNIX",
                                    "UsageOperation": "RunInstances", "UsageOperationUpdateTime": TIME,
                                    "PrivateDnsNameOptions": NAMES,
                                    "MaintenanceOptions": {"AutoRecovery": "default"},
                                    "CurrentInstanceBootMode": "legacy-bios",
                                    "NetworkPerformanceOptions": {"BandwidthWeighting": "default"},
                                    "Operator": {"Managed": False}, "InstanceId": Kept("instance"),
                                    "ImageId": of("ami"), "State": {"Code": 16, "Name": "running"},
                                    "PrivateDnsName": str, "PublicDnsName": str, "StateTransitionReason": "",
                                    "AmiLaunchIndex": 0, "ProductCodes": [], "InstanceType": "t3.micro",
                                    "LaunchTime": TIME,
                                    "Placement": {
                                        "AvailabilityZoneId": "use1-az1", "GroupName": "", "Tenancy": "default",
                                        "AvailabilityZone": "us-east-1a",
                                    },
                                    "Monitoring": {"State": "disabled"}, "SubnetId": Kept("subnet"),
                                    "VpcId": Kept("vpc"), "PrivateIpAddress": str,
                                },
                            ],
                        },
                    ],
                },
                keeps={"volume": "Reservations.0.Instances.0.BlockDeviceMappings.0.Ebs.VolumeId"},
            ),
            call(
                "DescribeInstances",
                {"Filters": [{"Name": "tag:Name", "Values": ["nobody"]}]},
                {"Reservations": []},
            ),
            refused("DescribeInstances", {"InstanceIds": ["i-00000000000000000"]}, "InvalidInstanceID.NotFound"),
            refused("DescribeInstances", {"InstanceIds": ["nope"]}, "InvalidInstanceID.Malformed"),
            call(
                "DescribeInstanceStatus",
                {"InstanceIds": [Kept("instance")]},
                {
                    "InstanceStatuses": [
                        {
                            "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1",
                            "Operator": {"Managed": False}, "InstanceId": Kept("instance"),
                            "InstanceState": {"Code": 16, "Name": "running"},
                            "InstanceStatus": {
                                "Details": [{"Name": "reachability", "Status": "passed"}], "Status": "ok",
                            },
                            "SystemStatus": {
                                "Details": [{"Name": "reachability", "Status": "passed"}], "Status": "ok",
                            },
                            "AttachedEbsStatus": {
                                "Details": [{"Name": "reachability", "Status": "passed"}], "Status": "ok",
                            },
                        },
                    ],
                },
            ),
            call(
                "DescribeInstanceAttribute",
                {"InstanceId": Kept("instance"), "Attribute": "userData"},
                {"InstanceId": Kept("instance"), "UserData": {"Value": "IyEvYmluL2Jhc2g="}},
            ),
            call(
                "DescribeInstanceAttribute",
                {"InstanceId": Kept("instance"), "Attribute": "disableApiTermination"},
                {"DisableApiTermination": {"Value": False}, "InstanceId": Kept("instance")},
            ),
            call(
                "DescribeInstanceAttribute",
                {"InstanceId": Kept("instance"), "Attribute": "blockDeviceMapping"},
                {
                    "BlockDeviceMappings": [
                        {
                            "DeviceName": "/dev/xvda",
                            "Ebs": {
                                "AttachTime": TIME, "DeleteOnTermination": True, "Status": "attached",
                                "VolumeId": Kept("volume"),
                            },
                        },
                    ],
                    "InstanceId": Kept("instance"),
                },
            ),
            call(
                "DescribeInstanceAttribute",
                {"InstanceId": Kept("instance"), "Attribute": "groupSet"},
                {"InstanceId": Kept("instance"), "Groups": [{"GroupId": Kept("group"), "GroupName": "web"}]},
            ),
            call("RebootInstances", {"InstanceIds": [Kept("instance")]}),
            call(
                "StopInstances",
                {"InstanceIds": [Kept("instance")]},
                {
                    "StoppingInstances": [
                        {
                            "InstanceId": Kept("instance"), "CurrentState": {"Code": 64, "Name": "stopping"},
                            "PreviousState": {"Code": 16, "Name": "running"},
                        },
                    ],
                },
            ),
            call("DescribeInstanceStatus", {"InstanceIds": [Kept("instance")]}, {"InstanceStatuses": []}),
            call(
                "DescribeInstanceStatus",
                {"InstanceIds": [Kept("instance")], "IncludeAllInstances": True},
                {
                    "InstanceStatuses": [
                        {
                            "AvailabilityZone": "us-east-1a", "AvailabilityZoneId": "use1-az1",
                            "Operator": {"Managed": False}, "InstanceId": Kept("instance"),
                            "InstanceState": {"Code": 80, "Name": "stopped"},
                            "InstanceStatus": {"Status": "not-applicable"},
                            "SystemStatus": {"Status": "not-applicable"},
                            "AttachedEbsStatus": {"Status": "not-applicable"},
                        },
                    ],
                },
            ),
            call(
                "StartInstances",
                {"InstanceIds": [Kept("instance")]},
                {
                    "StartingInstances": [
                        {
                            "InstanceId": Kept("instance"), "CurrentState": {"Code": 0, "Name": "pending"},
                            "PreviousState": {"Code": 80, "Name": "stopped"},
                        },
                    ],
                },
            ),
            call(
                "MonitorInstances",
                {"InstanceIds": [Kept("instance")]},
                {"InstanceMonitorings": [{"InstanceId": Kept("instance"), "Monitoring": {"State": "pending"}}]},
            ),
            call(
                "UnmonitorInstances",
                {"InstanceIds": [Kept("instance")]},
                {"InstanceMonitorings": [{"InstanceId": Kept("instance"), "Monitoring": {"State": "disabling"}}]},
            ),
            call(
                "GetConsoleOutput",
                {"InstanceId": Kept("instance")},
                {"InstanceId": Kept("instance"), "Timestamp": TIME, "Output": str},
            ),
            call(
                "TerminateInstances",
                {"InstanceIds": [Kept("instance")]},
                {
                    "TerminatingInstances": [
                        {
                            "InstanceId": Kept("instance"), "CurrentState": {"Code": 32, "Name": "shutting-down"},
                            "PreviousState": {"Code": 16, "Name": "running"},
                        },
                    ],
                },
            ),
            call(
                "TerminateInstances",
                {"InstanceIds": [Kept("instance")]},
                {
                    "TerminatingInstances": [
                        {
                            "InstanceId": Kept("instance"), "CurrentState": {"Code": 48, "Name": "terminated"},
                            "PreviousState": {"Code": 48, "Name": "terminated"},
                        },
                    ],
                },
            ),
            call(
                "DescribeInstances",
                {"InstanceIds": [Kept("instance")]},
                {
                    "Reservations": [
                        {
                            "ReservationId": Kept("reservation"), "OwnerId": "123456789012", "Groups": [],
                            "Instances": [
                                {
                                    "Architecture": "x86_64", "BlockDeviceMappings": [], "ClientToken": UUID,
                                    "EbsOptimized": False, "EnaSupport": True, "Hypervisor": "xen",
                                    "NetworkInterfaces": [], "RootDeviceName": "/dev/xvda", "RootDeviceType": "ebs",
                                    "SecurityGroups": [], "SourceDestCheck": True,
                                    "StateReason": {
                                        "Code": "Client.UserInitiatedShutdown",
                                        "Message": "Client.UserInitiatedShutdown: User initiated shutdown",
                                    },
                                    "Tags": [{"Key": "Name", "Value": "web"}], "VirtualizationType": "hvm",
                                    "CpuOptions": {"CoreCount": 1, "ThreadsPerCore": 2},
                                    "CapacityReservationSpecification": {"CapacityReservationPreference": "open"},
                                    "HibernationOptions": {"Configured": False},
                                    "MetadataOptions": {"State": "applied", **METADATA},
                                    "EnclaveOptions": {"Enabled": False}, "PlatformDetails": "Linux/UNIX",
                                    "UsageOperation": "RunInstances", "UsageOperationUpdateTime": TIME,
                                    "PrivateDnsNameOptions": NAMES,
                                    "MaintenanceOptions": {"AutoRecovery": "default"},
                                    "CurrentInstanceBootMode": "legacy-bios",
                                    "NetworkPerformanceOptions": {"BandwidthWeighting": "default"},
                                    "Operator": {"Managed": False}, "InstanceId": Kept("instance"),
                                    "ImageId": of("ami"), "State": {"Code": 48, "Name": "terminated"},
                                    "PrivateDnsName": str, "PublicDnsName": str, "StateTransitionReason": str,
                                    "AmiLaunchIndex": 0, "ProductCodes": [], "InstanceType": "t3.micro",
                                    "LaunchTime": TIME,
                                    "Placement": {
                                        "AvailabilityZoneId": "use1-az1", "GroupName": "", "Tenancy": "default",
                                        "AvailabilityZone": "us-east-1a",
                                    },
                                    "Monitoring": {"State": "disabled"},
                                },
                            ],
                        },
                    ],
                },
            ),
            refused("StartInstances", {"InstanceIds": [Kept("instance")]}, "IncorrectInstanceState"),
            refused("DescribeVolumes", {"VolumeIds": [Kept("volume")]}, "InvalidVolume.NotFound"),
        ],
    ),
]  # fmt: skip
