"""Auto Scaling over a real socket: every operation, a group that heals itself, alarms that scale it, what is wrong."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from click.testing import CliRunner

from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry

from .acting import Boto3, Cli, act
from .driving import Story
from .lambda_functions import received, soon
from .network_lab import IMAGE, Lab
from .operations import autoscaling, autoscaling_cli, autoscaling_parts
from .records import records

Client = Callable[..., Any]
NAME = "web"
STORIES = [*autoscaling.STORIES, *autoscaling_parts.STORIES]
CLI_STORIES = autoscaling_cli.STORIES


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_boto3_acts_out(endpoint: str, server: BackgroundServer, story: Story) -> None:
    """Each call is answered with the members that AWS gives, no more and no fewer, and is one record."""
    act(story, Boto3(endpoint))

    written = [record for record in records(server) if record["eventType"] == "AwsApiCall"]
    ours = [record for record in written if record["eventSource"] == "autoscaling.amazonaws.com"]
    assert [(record["eventName"], "errorCode" in record) for record in ours] == [
        (step.action, step.code is not None) for step in story.steps if step.service(story) == "autoscaling"
    ]


@pytest.mark.parametrize("story", CLI_STORIES, ids=[story.name for story in CLI_STORIES])
@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))


def test_no_operation_is_missing() -> None:
    """Every operation that the plugin serves is called with success in a story."""
    handlers = registry().services["autoscaling"].handlers
    served = {action for action, handler in handlers.items() if not handler.internal}
    steps = [step for story in STORIES for step in story.steps if step.service(story) == "autoscaling"]
    called = {step.action for step in steps if step.code is None}

    assert called == served


class ScalingLab(Lab):
    """A server on a log of its own, with a launch template and a group in two zones."""

    def __init__(self, log: Path) -> None:
        super().__init__(log)
        self.scaling = self.of("autoscaling")
        self.zones = {
            one["AvailabilityZone"]: one["SubnetId"] for one in self.ec2.describe_subnets()["Subnets"]
        }
        self.ec2.create_launch_template(
            LaunchTemplateName="small", LaunchTemplateData={"ImageId": IMAGE, "InstanceType": "t3.micro"}
        )

    def of(self, service: str) -> Any:
        """A client of a service."""
        return boto3.client(
            service, endpoint_url=self.server.endpoint, region_name="us-east-1", aws_access_key_id="test",
            aws_secret_access_key="test", config=Config(retries={"total_max_attempts": 1}),
        )  # fmt: skip

    def scale(self, least: int, most: int, **more: Any) -> None:
        """A group in two zones."""
        subnets = f"{self.zones['us-east-1a']},{self.zones['us-east-1b']}"
        self.scaling.create_auto_scaling_group(
            AutoScalingGroupName=NAME, MinSize=least, MaxSize=most, VPCZoneIdentifier=subnets,
            **({"LaunchTemplate": {"LaunchTemplateName": "small"}} | more),
        )  # fmt: skip

    @property
    def web(self) -> dict[str, Any]:
        """The group."""
        found: dict[str, Any] = self.scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[NAME])[
            "AutoScalingGroups"
        ][0]
        return found

    def zoned(self, count: int, *without: str) -> dict[str, str]:
        """Its instances with their zones, once it has so many and none of some."""
        with soon() as waiting:
            while waiting():
                held = self.web["Instances"]
                ids = [one["InstanceId"] for one in held if one["LifecycleState"] == "InService"]
                if len(ids) == len(held) == count and not set(ids) & set(without):
                    return {one["InstanceId"]: one["AvailabilityZone"] for one in held}
        raise AssertionError

    @property
    def activities(self) -> list[dict[str, Any]]:
        """What it did, the newest first."""
        found: list[dict[str, Any]] = self.scaling.describe_scaling_activities(AutoScalingGroupName=NAME)[
            "Activities"
        ]
        return found

    def blow(self, service: str, action: str, **params: str) -> None:
        """Bring about a fault of any service."""
        words = ["inject", service, action, *(f"{key}={value}" for key, value in params.items())]
        done = CliRunner().invoke(cli, [*words, "--endpoint", self.server.endpoint], catch_exceptions=False)
        assert done.exit_code == 0, done.output


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[ScalingLab]:
    """A server on a log of its own."""
    made = ScalingLab(tmp_path / "scaling.db")
    yield made
    made.stop()


def blamed(found: dict[str, Any], action: str) -> None:
    """The record that a finding names is one of this action."""
    assert found["record"]["action"] == action, found
    assert found["record"]["event_id"] and found["record"]["by"]


def test_min_2_over_2_zones_heals_itself(lab: ScalingLab) -> None:
    """An instance that somebody terminates is replaced in its zone, and `why` names the chain of records."""
    lab.scale(2, 4)
    before = lab.zoned(2)
    assert sorted(before.values()) == ["us-east-1a", "us-east-1b"]
    lost = next(iter(before))
    lab.ec2.terminate_instances(InstanceIds=[lost])
    after = lab.zoned(2, lost)
    assert sorted(after.values()) == ["us-east-1a", "us-east-1b"]
    (new,) = set(after) - set(before)
    tags = lab.ec2.describe_instances(InstanceIds=[new])["Reservations"][0]["Instances"][0]["Tags"]
    assert {"Key": "aws:autoscaling:groupName", "Value": NAME} in tags
    told = lab.run("why", new)
    actions = [one["action"].rpartition(" ")[2] for one in told["chain"]]
    assert {"RunInstances", "AdjustGroup", "TerminateInstances"} <= set(actions), told
    by = {one["action"].rpartition(" ")[2]: one for one in told["chain"]}
    assert by["RunInstances"]["by"] == "role AWSServiceRoleForAutoScaling/AutoScaling"
    assert by["TerminateInstances"]["resource"] == lost


def test_an_unhealthy_target_is_replaced(lab: ScalingLab) -> None:
    """ELB: an instance whose target is unhealthy is terminated and another registered; with EC2 checks it stays."""
    elb, vpc = lab.of("elbv2"), lab.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    arn = elb.create_target_group(
        Name="web", Protocol="HTTP", Port=80, VpcId=vpc, TargetType="instance", HealthCheckIntervalSeconds=30,
        UnhealthyThresholdCount=2,
    )["TargetGroups"][0]["TargetGroupArn"]  # fmt: skip
    elb.create_load_balancer(Name="front", Subnets=list(lab.zones.values())[:2])
    balancer = elb.describe_load_balancers()["LoadBalancers"][0]["LoadBalancerArn"]
    elb.create_listener(
        LoadBalancerArn=balancer, Protocol="HTTP", Port=80,
        DefaultActions=[{"Type": "forward", "TargetGroupArn": arn}],
    )  # fmt: skip
    lab.scale(2, 4, TargetGroupARNs=[arn], HealthCheckType="EC2")
    before = lab.zoned(2)

    def targets() -> set[str]:
        found = elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"]
        return {one["Target"]["Id"] for one in found if one["TargetHealth"]["State"] != "draining"}

    with soon() as waiting:
        while targets() != set(before) and waiting():
            pass
    lost = next(iter(before))
    lab.blow("elbv2", "FailTarget", targetGroupArn=arn, id=lost, answer="503")
    lab.later("10m")
    assert set(lab.zoned(2)) == set(before)
    lab.scaling.update_auto_scaling_group(AutoScalingGroupName=NAME, HealthCheckType="ELB")
    lab.later("10m")
    after = lab.zoned(2, lost)
    with soon() as waiting:
        while targets() != set(after) and waiting():
            pass
    causes = [one["Cause"] for one in lab.activities]
    assert any("ELB system health check failure" in one for one in causes)


def metric(lab: ScalingLab, value: float, minutes: int) -> None:
    """So many minutes of the group's CPU, one value each, up to the log's time."""
    cloudwatch = lab.of("cloudwatch")
    for _ in range(minutes):
        lab.later("1m")
        cloudwatch.put_metric_data(
            Namespace="App",
            MetricData=[
                {
                    "MetricName": "Load", "Value": value, "Unit": "Percent",
                    "Dimensions": [{"Name": "AutoScalingGroupName", "Value": NAME}],
                }
            ],
        )  # fmt: skip
    lab.later("1m")


def policy(lab: ScalingLab, name: str, by: int, threshold: float, above: bool, **more: Any) -> str:
    """A simple policy with the alarm that executes it; the alarm's name."""
    arn = lab.scaling.put_scaling_policy(
        AutoScalingGroupName=NAME,
        PolicyName=name,
        AdjustmentType="ChangeInCapacity",
        ScalingAdjustment=by,
        Cooldown=150,
    )["PolicyARN"]
    given = {"Dimensions": [{"Name": "AutoScalingGroupName", "Value": NAME}], "AlarmActions": [arn]} | more
    lab.of("cloudwatch").put_metric_alarm(
        AlarmName=f"{name}-alarm", Namespace="App", MetricName="Load", Statistic="Average", Period=60,
        EvaluationPeriods=1, Threshold=threshold,
        ComparisonOperator="GreaterThanThreshold" if above else "LessThanThreshold", **given,
    )  # fmt: skip
    return f"{name}-alarm"


def test_an_alarm_scales_the_group(lab: ScalingLab) -> None:
    """PutMetricData, the alarm, ExecutePolicy, TerminateInstances: when load drops, one instance goes."""
    lab.scale(1, 4, DesiredCapacity=2)
    lab.zoned(2)
    policy(lab, "in", -1, 70.0, False)
    metric(lab, 60.0, 2)
    lab.zoned(1)
    (newest, *_) = lab.activities
    assert (
        "a monitor alarm in-alarm in state ALARM triggered policy in changing the desired capacity from 2 to 1."
        in (newest["Cause"])
    )
    (shown,) = lab.scaling.describe_policies(AutoScalingGroupName=NAME)["ScalingPolicies"]
    assert [one["AlarmName"] for one in shown["Alarms"]] == ["in-alarm"]


def test_target_tracking_follows_its_metric(lab: ScalingLab) -> None:
    """The policy's own alarms are CloudWatch's, execute it, and go with it."""
    lab.scale(1, 6, DesiredCapacity=2)
    lab.zoned(2)
    custom = {
        "MetricName": "Load", "Namespace": "App", "Statistic": "Average",
        "Dimensions": [{"Name": "AutoScalingGroupName", "Value": NAME}],
    }  # fmt: skip
    made = lab.scaling.put_scaling_policy(
        AutoScalingGroupName=NAME, PolicyName="half", PolicyType="TargetTrackingScaling",
        TargetTrackingConfiguration={"TargetValue": 50.0, "CustomizedMetricSpecification": custom},
    )  # fmt: skip
    wanted = {one["AlarmName"] for one in made["Alarms"]}
    cloudwatch = lab.of("cloudwatch")

    def alarms() -> set[str]:
        return {one["AlarmName"] for one in cloudwatch.describe_alarms()["MetricAlarms"]}

    with soon() as waiting:
        while alarms() != wanted and waiting():
            pass
    metric(lab, 100.0, 4)
    assert len(lab.zoned(4)) == 4
    lab.scaling.delete_policy(AutoScalingGroupName=NAME, PolicyName="half")
    with soon() as waiting:
        while alarms() and waiting():
            pass


def test_topics_are_told(lab: ScalingLab) -> None:
    """A test first, then every launch and termination, with its cause."""
    sns, sqs = lab.of("sns"), lab.of("sqs")
    topic, queue = (
        sns.create_topic(Name="scaling")["TopicArn"],
        sqs.create_queue(QueueName="scaling")["QueueUrl"],
    )
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    sqs.set_queue_attributes(QueueUrl=queue, Attributes={"Policy": json.dumps({"Statement": [allow]})})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn, Attributes={"RawMessageDelivery": "true"})
    lab.scale(0, 2)
    kinds = ["autoscaling:EC2_INSTANCE_LAUNCH", "autoscaling:EC2_INSTANCE_TERMINATE"]
    lab.scaling.put_notification_configuration(
        AutoScalingGroupName=NAME, TopicARN=topic, NotificationTypes=kinds
    )
    lab.scaling.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=1)
    (instance,) = lab.zoned(1)
    lab.scaling.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=0)
    got = [json.loads(one["Body"]) for one in received(sqs, queue, 3)]
    held = {one["Event"]: one for one in got}
    assert set(held) == {"autoscaling:TEST_NOTIFICATION", *kinds}
    assert {held[kind]["EC2InstanceId"] for kind in kinds} == {instance}
    assert "increasing the capacity from 0 to 1" in held[kinds[0]]["Cause"]


def test_cyclic_scaling(lab: ScalingLab) -> None:
    """At eight each morning more, by a cron expression in a time zone, as the clock is moved on."""
    lab.scale(1, 3)
    lab.zoned(1)
    now = datetime.now(UTC)
    hour = (now + timedelta(hours=2)).hour
    lab.scaling.put_scheduled_update_group_action(
        AutoScalingGroupName=NAME, ScheduledActionName="morning", Recurrence=f"0 {hour} * * *", TimeZone="Etc/UTC",
        DesiredCapacity=3,
    )  # fmt: skip
    lab.later("3h")
    assert len(lab.zoned(3)) == 3


# what is wrong


def test_thresholds_too_close(lab: ScalingLab) -> None:
    """DIAG-11: the group comes and goes, for its alarms stand closer than one instance moves the metric."""
    lab.scale(1, 4, DesiredCapacity=2, DefaultCooldown=60)
    lab.zoned(2)
    policy(lab, "out", 1, 60.0, True)
    down = policy(lab, "in", -1, 55.0, False)
    for value, count in ((70.0, 3), (50.0, 2), (70.0, 3), (50.0, 2)):
        metric(lab, value, 2)
        lab.zoned(count)
    found = lab.diagnose(NAME)["DIAG-11"]
    assert "too close: 5 apart" in found["cause"] and down in found["cause"]
    blamed(found, "PutMetricAlarm")
    assert "DIAG-11" in lab.diagnose(lab.web["AutoScalingGroupARN"])


def test_the_maximum_is_reached(lab: ScalingLab) -> None:
    """DIAG-12: the alarm rings, and nothing is launched; who set the maximum is named. Raised, it scales."""
    lab.scale(1, 1)
    lab.zoned(1)
    alarm = policy(lab, "out", 1, 60.0, True)
    metric(lab, 90.0, 2)
    found = lab.diagnose(NAME)["DIAG-12"]
    assert f"alarm {alarm} is in ALARM, but the group's maximum is reached" in found["cause"]
    blamed(found, "CreateAutoScalingGroup")
    lab.scaling.update_auto_scaling_group(AutoScalingGroupName=NAME, MaxSize=2)
    lab.scaling.execute_policy(AutoScalingGroupName=NAME, PolicyName="out")
    lab.zoned(2)
    lab.scaling.update_auto_scaling_group(AutoScalingGroupName=NAME, MaxSize=3)
    assert "DIAG-12" not in lab.diagnose(NAME) or "maximum" not in lab.diagnose(NAME)["DIAG-12"]["cause"]


def test_processes_are_suspended(lab: ScalingLab) -> None:
    """DIAG-12: Launch is suspended, and by whom."""
    lab.scale(1, 3)
    lab.zoned(1)
    lab.scaling.suspend_processes(AutoScalingGroupName=NAME, ScalingProcesses=["Launch"])
    lab.scaling.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=2)
    found = lab.diagnose(NAME)["DIAG-12"]
    assert found["cause"] == "processes of the group are suspended: Launch"
    blamed(found, "SuspendProcesses")


def test_launches_fail(lab: ScalingLab) -> None:
    """DIAG-12: there is no capacity in either zone: the failed launch is named."""
    lab.inject("FailZone", zone="us-east-1a")
    lab.inject("FailZone", zone="us-east-1b")
    lab.scale(1, 3)
    with soon() as waiting:
        while len([one for one in lab.activities if one["StatusCode"] == "Failed"]) < 2 and waiting():
            pass
    found = lab.diagnose(NAME)["DIAG-12"]
    assert "InsufficientInstanceCapacity" in found["cause"]
    assert found["record"]["event_id"]


def test_an_alarm_that_watches_nothing(lab: ScalingLab) -> None:
    """DIAG-12: a wrong dimension, actions that are disabled."""
    lab.scale(1, 3)
    policy(lab, "out", 1, 60.0, True, Dimensions=[{"Name": "AutoScalingGroupName", "Value": "other"}])
    found = lab.diagnose(NAME)["DIAG-12"]
    assert "watches another group" in found["cause"]
    blamed(found, "PutMetricAlarm")
    policy(lab, "out", 1, 60.0, True)
    lab.of("cloudwatch").disable_alarm_actions(AlarmNames=["out-alarm"])
    causes = [one["cause"] for one in lab.run("diagnose", NAME)["findings"]]
    assert any("actions of alarm out-alarm are disabled" in one for one in causes)
