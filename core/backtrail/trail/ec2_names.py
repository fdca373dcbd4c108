"""Which of its two forms EC2 writes an action in, and what the classic form calls things in requests.

The classic form is that of EC2's SOAP API: actions that are older than May 2015 keep it. Every record met
bears this
out: all 57 actions met in the classic form are in the API version 2015-03-01, none of the 24 met in the newer
    one is.
"""

from __future__ import annotations

from collections.abc import Callable

# The actions of EC2's API version 2015-03-01.
CLASSIC = frozenset(
    {
        "AcceptVpcPeeringConnection", "AllocateAddress", "AssignPrivateIpAddresses", "AssociateAddress",
        "AssociateDhcpOptions", "AssociateRouteTable", "AttachClassicLinkVpc", "AttachInternetGateway",
        "AttachNetworkInterface", "AttachVolume", "AttachVpnGateway", "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress", "BundleInstance", "CancelBundleTask", "CancelConversionTask",
        "CancelExportTask", "CancelImportTask", "CancelReservedInstancesListing",
        "CancelSpotInstanceRequests", "ConfirmProductInstance", "CopyImage", "CopySnapshot",
        "CreateCustomerGateway", "CreateDhcpOptions", "CreateImage", "CreateInstanceExportTask",
        "CreateInternetGateway", "CreateKeyPair", "CreateNetworkAcl", "CreateNetworkAclEntry",
        "CreateNetworkInterface", "CreatePlacementGroup", "CreateReservedInstancesListing",
        "CreateRoute", "CreateRouteTable", "CreateSecurityGroup", "CreateSnapshot",
        "CreateSpotDatafeedSubscription", "CreateSubnet", "CreateTags", "CreateVolume", "CreateVpc",
        "CreateVpcPeeringConnection", "CreateVpnConnection", "CreateVpnConnectionRoute",
        "CreateVpnGateway", "DeleteCustomerGateway", "DeleteDhcpOptions", "DeleteInternetGateway",
        "DeleteKeyPair", "DeleteNetworkAcl", "DeleteNetworkAclEntry", "DeleteNetworkInterface",
        "DeletePlacementGroup", "DeleteRoute", "DeleteRouteTable", "DeleteSecurityGroup",
        "DeleteSnapshot", "DeleteSpotDatafeedSubscription", "DeleteSubnet", "DeleteTags",
        "DeleteVolume", "DeleteVpc", "DeleteVpcPeeringConnection", "DeleteVpnConnection",
        "DeleteVpnConnectionRoute", "DeleteVpnGateway", "DeregisterImage", "DescribeAccountAttributes",
        "DescribeAddresses", "DescribeAvailabilityZones", "DescribeBundleTasks",
        "DescribeClassicLinkInstances", "DescribeConversionTasks", "DescribeCustomerGateways",
        "DescribeDhcpOptions", "DescribeExportTasks", "DescribeImageAttribute", "DescribeImages",
        "DescribeImportImageTasks", "DescribeImportSnapshotTasks", "DescribeInstanceAttribute",
        "DescribeInstanceStatus", "DescribeInstances", "DescribeInternetGateways", "DescribeKeyPairs",
        "DescribeNetworkAcls", "DescribeNetworkInterfaceAttribute", "DescribeNetworkInterfaces",
        "DescribePlacementGroups", "DescribeRegions", "DescribeReservedInstances",
        "DescribeReservedInstancesListings", "DescribeReservedInstancesModifications",
        "DescribeReservedInstancesOfferings", "DescribeRouteTables", "DescribeSecurityGroups",
        "DescribeSnapshotAttribute", "DescribeSnapshots", "DescribeSpotDatafeedSubscription",
        "DescribeSpotInstanceRequests", "DescribeSpotPriceHistory", "DescribeSubnets", "DescribeTags",
        "DescribeVolumeAttribute", "DescribeVolumeStatus", "DescribeVolumes", "DescribeVpcAttribute",
        "DescribeVpcClassicLink", "DescribeVpcPeeringConnections", "DescribeVpcs",
        "DescribeVpnConnections", "DescribeVpnGateways", "DetachClassicLinkVpc",
        "DetachInternetGateway", "DetachNetworkInterface", "DetachVolume", "DetachVpnGateway",
        "DisableVgwRoutePropagation", "DisableVpcClassicLink", "DisassociateAddress",
        "DisassociateRouteTable", "EnableVgwRoutePropagation", "EnableVolumeIO", "EnableVpcClassicLink",
        "GetConsoleOutput", "GetPasswordData", "ImportImage", "ImportInstance", "ImportKeyPair",
        "ImportSnapshot", "ImportVolume", "ModifyImageAttribute", "ModifyInstanceAttribute",
        "ModifyNetworkInterfaceAttribute", "ModifyReservedInstances", "ModifySnapshotAttribute",
        "ModifySubnetAttribute", "ModifyVolumeAttribute", "ModifyVpcAttribute", "MonitorInstances",
        "PurchaseReservedInstancesOffering", "RebootInstances", "RegisterImage",
        "RejectVpcPeeringConnection", "ReleaseAddress", "ReplaceNetworkAclAssociation",
        "ReplaceNetworkAclEntry", "ReplaceRoute", "ReplaceRouteTableAssociation",
        "ReportInstanceStatus", "RequestSpotInstances", "ResetImageAttribute", "ResetInstanceAttribute",
        "ResetNetworkInterfaceAttribute", "ResetSnapshotAttribute", "RevokeSecurityGroupEgress",
        "RevokeSecurityGroupIngress", "RunInstances", "StartInstances", "StopInstances",
        "TerminateInstances", "UnassignPrivateIpAddresses", "UnmonitorInstances",
    }
)  # fmt: skip

# List members of classic requests: the record's name of the list, and of the one member that each element has
# where the API has a bare text. Measured, but for those marked (S), which follow the SOAP API's names.
LISTS: dict[str, tuple[str, str]] = {
    "AllocationIds": ("allocationIdsSet", "allocationId"),
    "AttributeNames": ("accountAttributeNameSet", "attributeName"),
    "BlockDeviceMappings": ("blockDeviceMapping", ""),
    "BundleIds": ("bundlesSet", "bundleId"),  # (S)
    "ConversionTaskIds": ("conversionTaskIdSet", "conversionTaskId"),  # (S)
    "CustomerGatewayIds": ("customerGatewaySet", "customerGatewayId"),  # (S)
    "DhcpConfigurations": ("dhcpConfigurationSet", ""),  # (S)
    "DhcpOptionsIds": ("dhcpOptionsSet", "dhcpOptionsId"),
    "ExecutableUsers": ("executableBySet", "user"),
    "ExportTaskIds": ("exportTaskIdSet", "exportTaskId"),  # (S)
    "Filters": ("filterSet", ""),
    "Groups": ("groupSet", "groupId"),
    "ImageIds": ("imagesSet", "imageId"),
    "InstanceIds": ("instancesSet", "instanceId"),
    "InternetGatewayIds": ("internetGatewayIdSet", "internetGatewayId"),
    "IpPermissions": ("ipPermissions", ""),
    "IpRanges": ("ipRanges", ""),
    "Ipv6Addresses": ("ipv6AddressesSet", ""),
    "Ipv6Ranges": ("ipv6Ranges", ""),
    "KeyNames": ("keySet", "keyName"),
    "NetworkAclIds": ("networkAclIdSet", "networkAclId"),
    "NetworkInterfaceIds": ("networkInterfaceIdSet", "networkInterfaceId"),
    "NetworkInterfaces": ("networkInterfaceSet", ""),
    "OwnerIds": ("ownersSet", "owner"),
    "Owners": ("ownersSet", "owner"),
    "PrefixListIds": ("prefixListIds", ""),
    "PrivateIpAddresses": ("privateIpAddressesSet", ""),
    "ProductCodes": ("productCodes", "productCode"),  # (S)
    "PublicIps": ("publicIpsSet", "publicIp"),
    "RegionNames": ("regionSet", "regionName"),  # (S)
    "ReservedInstancesIds": ("reservedInstancesSet", "reservedInstancesId"),  # (S)
    "Resources": ("resourcesSet", "resourceId"),
    "RestorableByUserIds": ("sharedUsersSet", "user"),
    "RouteTableIds": ("routeTableIdSet", "routeTableId"),
    "SecurityGroupIds": ("groupSet", "groupId"),
    "SecurityGroups": ("groupSet", "groupName"),
    "SnapshotIds": ("snapshotSet", "snapshotId"),
    "SpotInstanceRequestIds": ("spotInstanceRequestIdSet", "spotInstanceRequestId"),  # (S)
    "SubnetIds": ("subnetSet", "subnetId"),
    "TagSpecifications": ("tagSpecificationSet", ""),
    "UserIdGroupPairs": ("groups", ""),
    "Values": ("valueSet", "value"),
    "VolumeIds": ("volumeSet", "volumeId"),
    "VpcIds": ("vpcSet", "vpcId"),
    "VpcPeeringConnectionIds": ("vpcPeeringConnectionIdSet", "vpcPeeringConnectionId"),
    "VpnConnectionIds": ("vpnConnectionSet", "vpnConnectionId"),  # (S)
    "VpnGatewayIds": ("vpnGatewaySet", "vpnGatewayId"),  # (S)
    "ZoneIds": ("availabilityZoneIdSet", "zoneId"),
    "ZoneNames": ("availabilityZoneSet", "zoneName"),
}

# The same, where an action has its own.
ACTION_LISTS: dict[tuple[str, str], tuple[str, str]] = {
    ("CreateTags", "Tags"): ("tagSet", ""),
    ("DeleteTags", "Tags"): ("tagSet", ""),
    ("DescribePlacementGroups", "GroupNames"): ("placementGroupSet", "groupName"),
    ("DescribeSecurityGroups", "GroupIds"): ("securityGroupIdSet", "groupId"),
    ("DescribeSecurityGroups", "GroupNames"): ("securityGroupSet", "groupName"),
}

# Elements that stand without a wrapper: `tagSpecificationSet.items[].tags[]` (measured).
BARE_LISTS = frozenset({("TagSpecification", "Tags")})

# Lists that are `{"item": []}` in the classic form as well (measured): (action or `RESULTS`, record's name).
RESULTS = "*"
ITEM_LISTS = frozenset({(RESULTS, "privateIpAddressesSet"), ("DescribeVpcClassicLink", "vpcSet")})

# Values that the classic form writes in its own way (measured).
SPECIAL: dict[tuple[str, str], Callable[[object], object]] = {
    ("BlockDeviceMapping", "NoDevice"): lambda written: written or {},
    ("CreateVolume", "Size"): str,
    ("CreateVolumeResult", "Size"): str,
}

# Requests of the newer form whose wrapper has another name than `<Action>Request` (measured).
REQUESTS = {"DeleteTransitGatewayVpcAttachment": "DelTGwVpcAttachReq"}

# Single members of classic requests and of every result: the record's name.
MEMBERS: dict[tuple[str, str], str] = {
    ("CreateInstanceExportTask", "ExportToS3Task"): "exportToS3",
    ("CreateNetworkAclEntry", "IcmpTypeCode"): "icmpTypeCode",
    ("CreateNetworkAclEntry", "Protocol"): "aclProtocol",
    ("CreateSecurityGroup", "Description"): "groupDescription",
    ("CreateVolume", "AvailabilityZone"): "zone",
    ("CreateVolumeResult", "AvailabilityZone"): "zone",
    ("ReplaceNetworkAclEntry", "IcmpTypeCode"): "icmpTypeCode",
    ("ReplaceNetworkAclEntry", "Protocol"): "aclProtocol",
}

# Lists that stand in classic requests even when they are empty (measured), by action or shape; and all that
# LISTS knows of every describing action.
ALWAYS: dict[str, tuple[str, ...]] = {
    "AuthorizeSecurityGroupIngress": ("IpPermissions",),
    "CreateNetworkInterface": ("Groups",),
    "IpPermission": ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs"),
    "RunInstances": ("BlockDeviceMappings",),
}
