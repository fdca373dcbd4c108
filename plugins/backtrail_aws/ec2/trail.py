"""How CloudTrail writes EC2: two forms of its own, and `<sensitiveDataRemoved>` for user data and key material.

Measured on real records (RunInstances, CreateKeyPair, ModifyInstanceAttribute). That the keys of VPN tunnels, the
configurations made of them, UEFI variables and presigned URLs are removed likewise is a guess on the safe side; the
service's model calls them sensitive.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail
from backtrail.trail.times import IsoMillisZ

TRAIL = Trail(
    form="ec2",
    time=IsoMillisZ,
    removed=frozenset(
        {
            "CopySnapshot.PresignedUrl",
            "CreateKeyPairResult.KeyMaterial",
            "FleetLaunchTemplateSpecificationRequest.LaunchTemplateSpecificationUserData",
            "GetInstanceUefiDataResult.UefiData",
            "LaunchSpecification.UserData",
            "ModifyInstanceAttribute.UserData",
            "RegisterImage.UefiData",
            "RequestLaunchTemplateData.UserData",
            "RequestSpotLaunchSpecification.UserData",
            "ResponseLaunchTemplateData.UserData",
            "RunInstances.UserData",
            "SpotFleetLaunchSpecification.UserData",
            "TunnelOption.PreSharedKey",
            "VpnConnection.CustomerGatewayConfiguration",
            "VpnTunnelOptionsSpecification.PreSharedKey",
        }
    ),
    # Records of DescribeVpcAttribute leave out which one was asked for (incident-a, production-a).
    noted=frozenset({"DescribeVpcAttribute.Attribute"}),
    open=frozenset({"ModifyInstanceAttribute.Value", "SecureBlobAttributeValue.Value"}),
)
"""EC2's declaration."""
