"""A served log whose networks a story builds with boto3, and asks about by command and by Reachability Analyzer."""

from __future__ import annotations

import json
import uuid
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config
from click.testing import CliRunner

from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import Options

IMAGE = "ami-0abcdef1234567890"
WORLD = "0.0.0.0/0"


class Lab:
    """A server on a log of its own, an EC2 client, and short words for what stories do most."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self.server = BackgroundServer(Options(port=0, log=log)).start()
        self.ec2 = self.client()

    def client(self, region: str = "us-east-1") -> Any:
        """A client of a region."""
        return boto3.client(
            "ec2", endpoint_url=self.server.endpoint, region_name=region, aws_access_key_id="test",
            aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}),
        )  # fmt: skip

    def stop(self) -> None:
        """End it; the log folded afresh must give the live state."""
        live, replayed = self.server.run(self.server.digests())
        self.server.stop()
        assert live == replayed

    # making

    def vpc(self, cidr: str = "10.0.0.0/16") -> str:
        """A VPC."""
        return str(self.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"])

    def subnet(self, vpc: str, cidr: str, *, zone: str = "us-east-1a", public: bool = False) -> str:
        """A subnet, which gives public addresses or not."""
        made = self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone)["Subnet"]["SubnetId"]
        if public:
            self.ec2.modify_subnet_attribute(SubnetId=made, MapPublicIpOnLaunch={"Value": True})
        return str(made)

    def gateway(self, vpc: str) -> str:
        """An internet gateway of a VPC."""
        made = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc)
        return str(made)

    def table(self, vpc: str, *subnets: str, **routes: str) -> str:
        """A route table of subnets, with a default route: `GatewayId=…`."""
        made = str(self.ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"])
        if routes:
            self.ec2.create_route(RouteTableId=made, DestinationCidrBlock=WORLD, **routes)
        for subnet in subnets:
            self.ec2.associate_route_table(RouteTableId=made, SubnetId=subnet)
        return made

    def group(self, vpc: str, *ports: int) -> str:
        """A security group that lets some TCP ports in from everywhere."""
        name = f"g-{uuid.uuid4()}"
        made = str(self.ec2.create_security_group(GroupName=name, Description="d", VpcId=vpc)["GroupId"])
        for port in ports:
            self.ec2.authorize_security_group_ingress(
                GroupId=made, IpProtocol="tcp", FromPort=port, ToPort=port, CidrIp=WORLD
            )
        return made

    def instance(self, subnet: str, *groups: str, **more: Any) -> str:
        """A running instance."""
        given: dict[str, Any] = {"SecurityGroupIds": list(groups)} if groups else {}
        given = {"ImageId": IMAGE, "InstanceType": "t2.micro", "SubnetId": subnet, **given, **more}
        made = self.ec2.run_instances(MinCount=1, MaxCount=1, **given)
        return str(made["Instances"][0]["InstanceId"])

    def elastic(self, instance: str) -> str:
        """An elastic IP of an instance."""
        made = self.ec2.allocate_address(Domain="vpc")["AllocationId"]
        self.ec2.associate_address(AllocationId=made, InstanceId=instance)
        return str(made)

    def acl(self, subnet: str, *entries: tuple[int, bool, int, int]) -> str:
        """A network ACL of a subnet's own: (number, egress, from port, to port), all allowed."""
        vpc = self.ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
        made = str(self.ec2.create_network_acl(VpcId=vpc)["NetworkAcl"]["NetworkAclId"])
        filters = [{"Name": "association.subnet-id", "Values": [subnet]}]
        (old,) = self.ec2.describe_network_acls(Filters=filters)["NetworkAcls"]
        (association,) = [one for one in old["Associations"] if one["SubnetId"] == subnet]
        for entry in entries:
            self.allow(made, *entry)
        self.ec2.replace_network_acl_association(
            AssociationId=association["NetworkAclAssociationId"], NetworkAclId=made
        )
        return made

    def allow(self, acl: str, number: int, egress: bool, first: int, last: int) -> None:
        """A rule that allows TCP from and to everywhere."""
        self.ec2.create_network_acl_entry(
            NetworkAclId=acl, RuleNumber=number, Protocol="6", RuleAction="allow", Egress=egress, CidrBlock=WORLD,
            PortRange={"From": first, "To": last},
        )  # fmt: skip

    # asking

    def reach(self, source: str, destination: str, port: int = 80) -> list[str]:
        """Why packets do not get there, by command and by Reachability Analyzer alike; empty where they do."""
        answer = self.run("reach", source, destination, f"tcp/{port}")
        codes = [str(one["explanationCode"]) for one in answer["explanations"]]
        assert answer["reachable"] is (not codes)
        assert self._analysed(source, destination, port) == codes
        return codes

    def _analysed(self, source: str, destination: str, port: int) -> list[str]:
        end = {"DestinationIp": destination} if destination[0].isdigit() else {"Destination": destination}
        path = self.ec2.create_network_insights_path(
            Source=source, Protocol="tcp", DestinationPort=port, ClientToken=str(uuid.uuid4()), **end
        )["NetworkInsightsPath"]["NetworkInsightsPathId"]
        begun = self.ec2.start_network_insights_analysis(
            NetworkInsightsPathId=path, ClientToken=str(uuid.uuid4())
        )["NetworkInsightsAnalysis"]["NetworkInsightsAnalysisId"]
        (found,) = self.ec2.describe_network_insights_analyses(NetworkInsightsAnalysisIds=[begun])[
            "NetworkInsightsAnalyses"
        ]
        assert found["Status"] == "succeeded"
        assert bool(found.get("ForwardPathComponents")) is found["NetworkPathFound"]
        self.ec2.delete_network_insights_analysis(NetworkInsightsAnalysisId=begun)
        self.ec2.delete_network_insights_path(NetworkInsightsPathId=path)
        return [one["ExplanationCode"] for one in found.get("Explanations", [])]

    def diagnose(self, resource: str, *words: str) -> dict[str, dict[str, Any]]:
        """What is wrong with a resource: the finding of each rule."""
        return {one["rule"]: one for one in self.run("diagnose", resource, *words)["findings"]}

    def run(self, *words: str) -> Any:
        """A command's answer."""
        done = CliRunner().invoke(cli, [*words, "--log", str(self.log), "--json"], catch_exceptions=False)
        assert done.exit_code in (0, 1), done.output
        return json.loads(done.stdout)

    def turn(self, option: str, value: object) -> None:
        """Set one of EC2's options."""
        words = ["option", "set", "ec2", option, str(value), "--endpoint", self.server.endpoint]
        done = CliRunner().invoke(cli, words, catch_exceptions=False)
        assert done.exit_code == 0, done.output

    def later(self, span: str) -> None:
        """Let time go by: `7d1s`."""
        for words in (["freeze"], ["advance", span]):
            given = ["clock", *words, "--endpoint", self.server.endpoint]
            done = CliRunner().invoke(cli, given, catch_exceptions=False)
            assert done.exit_code == 0, done.output

    def inject(self, action: str, **params: str) -> None:
        """Bring about a fault."""
        words = ["inject", "ec2", action, *(f"{key}={value}" for key, value in params.items())]
        done = CliRunner().invoke(cli, [*words, "--endpoint", self.server.endpoint], catch_exceptions=False)
        assert done.exit_code == 0, done.output
