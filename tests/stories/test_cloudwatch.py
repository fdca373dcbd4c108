"""CloudWatch over a real socket: every operation, every protocol, and what alarms make others do, in virtual time."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import botocore.session
import pytest
from click.testing import CliRunner

from backtrail_cli import causes
from backtrail_cli.group import cli
from backtrail_cli.server.background import BackgroundServer
from backtrail_cli.server.running import registry
from backtrail_eventstore import SqliteStore

from .acting import Boto3, Cli, act
from .driving import Story
from .lambda_functions import Functions, received, soon
from .operations.cloudwatch import STORIES
from .records import records

Client = Callable[..., Any]
ACCOUNT = "123456789012"
BURNING = {
    "Namespace": "Oven", "MetricName": "Heat", "Statistic": "Average", "Period": 60, "EvaluationPeriods": 1,
    "Threshold": 200, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES, ids=[story.name for story in STORIES])
def test_boto3_acts_out(endpoint: str, server: BackgroundServer, story: Story) -> None:
    """Each call is answered with the members that AWS gives, no more and no fewer, and is one record."""
    act(story, Boto3(endpoint))

    calls = [record for record in records(server) if record["eventType"] == "AwsApiCall"]
    ours = [record for record in calls if record["eventSource"] == "monitoring.amazonaws.com"]
    assert [(record["eventName"], "errorCode" in record) for record in ours] == [
        (step.action, step.code is not None) for step in story.steps
    ]


@pytest.mark.parametrize("story", STORIES[2:], ids=[story.name for story in STORIES[2:]])
@pytest.mark.filterwarnings(
    "ignore:unclosed file:ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_the_cli_acts_out(endpoint: str, tmp_path: Path, story: Story) -> None:
    """Each command prints the members that AWS gives, or names the refusal's code."""
    act(story, Cli(endpoint, tmp_path))


def test_no_operation_is_missing() -> None:
    """Every operation that the plugin serves is called with success in a story."""
    handlers = registry().services["cloudwatch"].handlers
    served = {action for action, handler in handlers.items() if not handler.internal}
    called = {step.action for story in STORIES for step in story.steps if step.code is None}

    assert called == served


def advance(endpoint: str, **by: float) -> None:
    """Move the clock."""
    data = json.dumps({"advance_s": timedelta(**by).total_seconds()}).encode()
    request = urllib.request.Request(f"{endpoint}/_backtrail/clock", data=data, method="POST")
    with urllib.request.urlopen(request, timeout=60) as answer:
        assert answer.status == 200


def listening(client: Client) -> tuple[str, str]:
    """A topic, and the URL of a queue that hears it."""
    sns, sqs = client("sns"), client("sqs")
    topic = sns.create_topic(Name="alerts")["TopicArn"]
    url = sqs.create_queue(QueueName="q", Attributes={"VisibilityTimeout": "43200"})["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
    allow = {"Effect": "Allow", "Principal": "*", "Action": "sqs:SendMessage", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    return topic, url


def test_data_alarm_topic_queue(client: Client, endpoint: str, server: BackgroundServer) -> None:
    """CW-02, SCN-13: data over the threshold, a minute later the queue has the notice; `why` names the chain."""
    cw, sqs = client("cloudwatch"), client("sqs")
    topic, url = listening(client)
    cw.put_metric_alarm(AlarmName="hot", AlarmActions=[topic], OKActions=[topic], **BURNING)
    cw.put_metric_data(Namespace="Oven", MetricData=[{"MetricName": "Heat", "Value": 250}])
    assert state(cw, "hot") == "INSUFFICIENT_DATA"

    advance(endpoint, minutes=1)

    assert state(cw, "hot") == "ALARM"
    (message,) = received(sqs, url)
    body = json.loads(message["Body"])
    assert body["Subject"] == 'ALARM: "hot" in US East (N. Virginia)'
    notice = json.loads(body["Message"])
    assert (notice["OldStateValue"], notice["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert notice["NewStateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoints [250.0 (")
    assert notice["Trigger"]["Statistic"] == "AVERAGE"
    chain = why(server, "SendMessage")
    assert [step["action"] for step in chain[:4]] == [
        "sqs SendMessage", "sns Publish", "monitoring ChangeAlarmState", "monitoring PutMetricData",
    ]  # fmt: skip
    assert chain[2]["how"] == "cloudwatch.act_on_change"

    cw.put_metric_data(Namespace="Oven", MetricData=[{"MetricName": "Heat", "Value": 20}])
    advance(endpoint, minutes=1)

    assert state(cw, "hot") == "OK"
    (message,) = received(sqs, url)
    assert json.loads(message["Body"])["Subject"].startswith('OK: "hot"')


@pytest.mark.parametrize("protocol", ["smithy-rpc-v2-cbor", "json", "query"])
def test_every_protocol_of_cloudwatch(endpoint: str, protocol: str) -> None:
    """What boto3 spoke once, speaks, and will: data in, an alarm, data out, and a refusal that it can read."""
    cw = speaking(endpoint, protocol)
    now = datetime.now(UTC)
    door = [{"Name": "Door", "Value": "a b&"}]
    data = [
        {
            "MetricName": "Heat",
            "Value": 7,
            "Dimensions": door,
            "Timestamp": now,
        },
        {"MetricName": "Heat", "Values": [1.5, 2.5], "Dimensions": door},
    ]
    cw.put_metric_data(Namespace="Oven", MetricData=data)
    cw.put_metric_alarm(AlarmName="hot", Dimensions=door, **BURNING)
    (alarm,) = cw.describe_alarms()["MetricAlarms"]
    assert (alarm["AlarmName"], alarm["Threshold"], alarm["Dimensions"]) == (
        "hot",
        200.0,
        door,
    )
    assert abs(alarm["StateUpdatedTimestamp"] - now) < timedelta(minutes=1)
    query = {
        "Metric": {"Namespace": "Oven", "MetricName": "Heat", "Dimensions": door},
        "Period": 86400, "Stat": "Sum",
    }  # fmt: skip
    given = cw.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": query}], StartTime=now - timedelta(hours=1),
        EndTime=now + timedelta(hours=1),
    )  # fmt: skip
    (result,) = given["MetricDataResults"]
    assert sum(result["Values"]) == 11.0
    with pytest.raises(cw.exceptions.ResourceNotFound, match="does not exist"):
        cw.set_alarm_state(AlarmName="none", StateValue="OK", StateReason="x")
    cw.close()


def speaking(endpoint: str, protocol: str) -> Any:
    """A client that speaks one protocol."""
    core = botocore.session.get_session()
    loader = core.get_component("data_loader")
    load = loader.load_service_model

    def one(service: str, kind: str, **more: Any) -> Any:
        model = load(service, kind, **more)
        if service == "cloudwatch" and kind == "service-2":
            spoken = {"protocol": protocol, "protocols": [protocol]}
            return {**model, "metadata": {**model["metadata"], **spoken}}
        return model

    loader.load_service_model = one
    return core.create_client(
        "cloudwatch", region_name="us-east-1", endpoint_url=endpoint, aws_access_key_id="test",
        aws_secret_access_key="test",
    )  # fmt: skip


def test_a_services_metric_stops_an_instance(client: Client, endpoint: str, server: BackgroundServer) -> None:
    """CW-02, CW-05: CPU of 80 % for five minutes, as whoever runs the log says it was, stops the instance."""
    cw, ec2 = client("cloudwatch"), client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    launched = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, InstanceType="t3.micro")
    instance = launched["Instances"][0]["InstanceId"]
    cw.put_metric_alarm(
        AlarmName="idle", Namespace="AWS/EC2", MetricName="CPUUtilization", Statistic="Average", Period=300,
        Dimensions=[{"Name": "InstanceId", "Value": instance}], EvaluationPeriods=1, Threshold=80,
        ComparisonOperator="GreaterThanOrEqualToThreshold", AlarmActions=["arn:aws:automate:us-east-1:ec2:stop"],
    )  # fmt: skip
    words = ["inject", "cloudwatch", "PutServiceMetric", "namespace=AWS/EC2", "metricName=CPUUtilization"]
    words += ["value=80", f"dimensions=InstanceId={instance}", "unit=Percent", "--endpoint", endpoint]
    told = CliRunner().invoke(cli, words)
    assert told.exit_code == 0, told.output

    advance(endpoint, minutes=5)

    assert state(cw, "idle") == "ALARM"
    with soon() as waiting:
        while not [one for one in records(server) if one["eventName"] == "StopInstances"] and waiting():
            pass
    (stop,) = [one for one in records(server) if one["eventName"] == "StopInstances"]
    assert stop["userIdentity"]["invokedBy"] == "cloudwatch.amazonaws.com" and "errorCode" not in stop
    (metric,) = cw.list_metrics(Namespace="AWS/EC2")["Metrics"]
    assert metric["Dimensions"] == [{"Name": "InstanceId", "Value": instance}]


def test_a_group_shrinks_when_little_is_done(client: Client, endpoint: str, server: BackgroundServer) -> None:
    """ASG-11, CW-07: CPU under 70 % executes a policy, which ends an instance; the chain goes back to the data."""
    cw, ec2, group = client("cloudwatch"), client("ec2"), client("autoscaling")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    group.create_launch_configuration(LaunchConfigurationName="lc", ImageId=image, InstanceType="t3.micro")
    group.create_auto_scaling_group(
        AutoScalingGroupName="g", LaunchConfigurationName="lc", MinSize=1, MaxSize=4, DesiredCapacity=2,
        AvailabilityZones=["us-east-1a"],
    )  # fmt: skip
    policy = group.put_scaling_policy(
        AutoScalingGroupName="g", PolicyName="in", AdjustmentType="ChangeInCapacity", ScalingAdjustment=-1
    )["PolicyARN"]
    under = {**BURNING, "MetricName": "Cpu", "Threshold": 70, "ComparisonOperator": "LessThanThreshold"}
    cw.put_metric_alarm(AlarmName="low", AlarmActions=[policy], **under)
    with soon() as waiting:
        while [one["eventName"] for one in records(server)].count("RunInstances") < 2 and waiting():
            pass
    cw.put_metric_data(Namespace="Oven", MetricData=[{"MetricName": "Cpu", "Value": 60}])

    advance(endpoint, minutes=1)

    with soon() as waiting:
        while "TerminateInstances" not in [one["eventName"] for one in records(server)] and waiting():
            pass
    assert group.describe_auto_scaling_groups()["AutoScalingGroups"][0]["DesiredCapacity"] == 1
    chain = [step["action"] for step in why(server, "TerminateInstances")]
    assert chain[0] == "ec2 TerminateInstances"
    assert chain[-3:] == [
        "autoscaling ExecutePolicy", "monitoring ChangeAlarmState", "monitoring PutMetricData",
    ]  # fmt: skip


def test_a_function_is_told(client: Client, endpoint: str, server: BackgroundServer) -> None:
    """An alarm invokes a function that lets alarms; one that does not is in the history as a failure."""
    cw = client("cloudwatch")
    functions = Functions(client)
    functions.make("f", "def handler(event, context): print(event['alarmData']['state']['value'])")
    functions.make("g", "def handler(event, context): pass")
    functions.lam.add_permission(
        FunctionName="f", StatementId="s", Action="lambda:InvokeFunction",
        Principal="lambda.alarms.cloudwatch.amazonaws.com", SourceAccount=ACCOUNT,
    )  # fmt: skip
    arns = [f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{name}" for name in "fg"]
    cw.put_metric_alarm(AlarmName="hot", AlarmActions=arns, **BURNING)
    cw.set_alarm_state(AlarmName="hot", StateValue="ALARM", StateReason="testing")
    with soon() as waiting:
        while len(done := actions(cw, "hot")) < 2 or ("Failed" not in "".join(done) and waiting()):
            pass
    assert sorted(done) == [f"Failed to execute action {arns[1]}", f"Successfully executed action {arns[0]}"]


def actions(cw: Any, name: str) -> list[str]:
    """What an alarm's history says of its actions."""
    items = cw.describe_alarm_history(AlarmName=name, HistoryItemType="Action")["AlarmHistoryItems"]
    return [item["HistorySummary"] for item in items]


def test_what_is_logged_is_counted(client: Client, endpoint: str, server: BackgroundServer) -> None:
    """CW-12: a metric filter counts errors by their code, and an alarm on the count goes off."""
    cw, logs = client("cloudwatch"), client("logs")
    logs.create_log_group(logGroupName="app")
    logs.create_log_stream(logGroupName="app", logStreamName="s")
    counted = {"metricName": "Errors", "metricNamespace": "App", "metricValue": "1", "defaultValue": 0}
    took = {
        "metricName": "Took", "metricNamespace": "App", "metricValue": "$.ms", "unit": "Milliseconds",
        "dimensions": {"Code": "$.code"},
    }  # fmt: skip
    for name, pattern, how in (("errors", "ERROR", counted), ("took", "{ $.ms > 0 }", took)):
        logs.put_metric_filter(
            logGroupName="app", filterName=name, filterPattern=pattern, metricTransformations=[how]
        )
    cw.put_metric_alarm(
        AlarmName="errors",
        **{**BURNING, "Namespace": "App", "MetricName": "Errors", "Statistic": "Sum", "Threshold": 1},
    )  # fmt: skip
    now = datetime.now(UTC)
    at = int(now.timestamp() * 1000)
    for messages in (
        ["ERROR one", "ERROR two", "fine"],
        ['{"ms": 12.5, "code": "a"}', '{"ms": 7, "code": "b"}'],
    ):
        events = [{"timestamp": at, "message": message} for message in messages]
        logs.put_log_events(logGroupName="app", logStreamName="s", logEvents=events)
    with soon() as waiting:
        while [one["eventName"] for one in records(server)].count("PutMetricData") < 3 and waiting():
            pass

    advance(endpoint, minutes=1)

    assert state(cw, "errors") == "ALARM"
    listed = cw.list_metrics(Namespace="App", MetricName="Took")["Metrics"]
    assert [metric["Dimensions"] for metric in listed] == [[{"Name": "Code", "Value": one}] for one in "ab"]
    window = {"StartTime": now - timedelta(hours=1), "EndTime": now + timedelta(hours=1), "Period": 7200}
    given = cw.get_metric_statistics(
        Namespace="App", MetricName="Errors", Statistics=["Sum", "SampleCount"], **window
    )
    (point,) = given["Datapoints"]
    assert (point["Sum"], point["SampleCount"]) == (2.0, 3.0)
    puts = [record for record in records(server) if record["eventName"] == "PutMetricData"]
    assert {record["userIdentity"]["invokedBy"] for record in puts} == {"logs.amazonaws.com"}


def test_a_composite_alarm_speaks_for_its_children(client: Client, endpoint: str) -> None:
    """Two metrics over their thresholds, one notice: that of the alarm whose rule takes both."""
    cw, sqs = client("cloudwatch"), client("sqs")
    topic, url = listening(client)
    for name in ("left", "right"):
        cw.put_metric_alarm(AlarmName=name, **{**BURNING, "MetricName": name})
    cw.put_composite_alarm(AlarmName="both", AlarmRule="ALARM(left) AND ALARM(right)", AlarmActions=[topic])
    cw.put_metric_data(Namespace="Oven", MetricData=[{"MetricName": "left", "Value": 300}])
    advance(endpoint, minutes=1)
    (both,) = cw.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert both["StateValue"] == "OK"
    data = [{"MetricName": name, "Value": 300} for name in ("left", "right")]
    cw.put_metric_data(Namespace="Oven", MetricData=data)
    advance(endpoint, minutes=1)
    (message,) = received(sqs, url)
    notice = json.loads(json.loads(message["Body"])["Message"])
    assert (notice["AlarmName"], notice["NewStateValue"]) == ("both", "ALARM")
    assert notice["AlarmRule"] == "ALARM(left) AND ALARM(right)"
    assert notice["TriggeringChildren"][0]["State"]["Value"] == "ALARM"


def why(server: BackgroundServer, name: str) -> list[dict[str, Any]]:
    """The chain behind the last record of a name."""
    event = [record for record in records(server) if record["eventName"] == name][-1]["eventID"]
    steps = server.run(causes.chain(cast("SqliteStore", server.engine.store), event))
    return [causes.plain(step) for step in steps]


def state(cw: Any, name: str) -> str:
    """The state of an alarm."""
    (alarm,) = cw.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    value: str = alarm["StateValue"]
    return value
