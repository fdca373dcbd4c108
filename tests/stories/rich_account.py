"""An account with something lasting of every service: what a trail has to tell of when it moves elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from .lambda_functions import ALLOW, TRUST, zipped

Client = Callable[..., Any]
ACCOUNT = "123456789012"
STRANGER = "210987654321"


def policy(action: str, resource: str, principal: Any = "*") -> str:
    """A policy that lets somebody do something."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action, "Resource": resource}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def populate(client: Client) -> None:
    """Make it all."""
    for make in (
        people,
        buckets,
        messages,
        secrets,
        functions,
        machines,
        databases,
        containers,
        organization,
    ):
        make(client)


def people(client: Client) -> None:
    """Users, groups, roles and policies; a key, a password, a provider; sessions."""
    iam = client("iam")
    iam.create_user(UserName="ann", Tags=[{"Key": "team", "Value": "a"}])
    iam.put_user_policy(UserName="ann", PolicyName="inline", PolicyDocument=ALLOW)
    iam.create_login_profile(UserName="ann", Password="Passw0rd!Passw0rd")
    key = iam.create_access_key(UserName="ann")["AccessKey"]
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="ann")
    arn = iam.create_policy(PolicyName="broad", PolicyDocument=ALLOW)["Policy"]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=ALLOW, SetAsDefault=True)
    iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
    trust = {"AWS": [f"arn:aws:iam::{ACCOUNT}:root", f"arn:aws:iam::{STRANGER}:root"]}
    assume = json.loads(policy("sts:AssumeRole", "", trust))
    del assume["Statement"][0]["Resource"]
    role = iam.create_role(RoleName="auditor", AssumeRolePolicyDocument=json.dumps(assume))["Role"]["Arn"]
    iam.attach_role_policy(RoleName="auditor", PolicyArn=arn)
    iam.create_instance_profile(InstanceProfileName="web")
    iam.add_role_to_instance_profile(InstanceProfileName="web", RoleName="auditor")
    iam.update_account_password_policy(MinimumPasswordLength=12)
    iam.create_account_alias(AccountAlias="rich")
    iam.create_open_id_connect_provider(
        Url="https://ci.example.com", ClientIDList=["a"], ThumbprintList=["a" * 40]
    )
    ann = client("sts", key=key["AccessKeyId"], secret=key["SecretAccessKey"])
    ann.assume_role(RoleArn=role, RoleSessionName="work")


def buckets(client: Client) -> None:
    """Buckets with all kinds of configuration, and objects."""
    s3 = client("s3")
    s3.create_bucket(Bucket="files")
    s3.put_bucket_versioning(Bucket="files", VersioningConfiguration={"Status": "Enabled"})
    s3.put_public_access_block(Bucket="files", PublicAccessBlockConfiguration={"BlockPublicPolicy": False})
    s3.put_bucket_policy(Bucket="files", Policy=policy("s3:GetObject", "arn:aws:s3:::files/*"))
    s3.put_bucket_tagging(Bucket="files", Tagging={"TagSet": [{"Key": "a", "Value": "b"}]})
    rule = {"ID": "old", "Status": "Enabled", "Filter": {"Prefix": "tmp/"}, "Expiration": {"Days": 3}}
    s3.put_bucket_lifecycle_configuration(Bucket="files", LifecycleConfiguration={"Rules": [rule]})
    cors = {"CORSRules": [{"AllowedMethods": ["GET"], "AllowedOrigins": ["*"]}]}
    s3.put_bucket_cors(Bucket="files", CORSConfiguration=cors)
    s3.put_object(Bucket="files", Key="a", Body=b"one", Tagging="k=v")
    s3.put_object(Bucket="files", Key="a", Body=b"two")
    s3.copy_object(Bucket="files", Key="b", CopySource={"Bucket": "files", "Key": "a"})
    s3.delete_object(Bucket="files", Key="a")
    client("s3", region="eu-west-1").create_bucket(
        Bucket="there", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"}
    )


def messages(client: Client) -> None:
    """Queues and topics, in two regions."""
    sqs, sns = client("sqs"), client("sns")
    dead = f"arn:aws:sqs:us-east-1:{ACCOUNT}:dead"
    sqs.create_queue(QueueName="dead", tags={"a": "b"})
    redrive = json.dumps({"deadLetterTargetArn": dead, "maxReceiveCount": 3})
    url = sqs.create_queue(QueueName="jobs", Attributes={"RedrivePolicy": redrive})["QueueUrl"]
    sqs.add_permission(QueueUrl=url, Label="other", AWSAccountIds=[STRANGER], Actions=["SendMessage"])
    sqs.send_message(QueueUrl=url, MessageBody="hello")
    client("sqs", region="eu-west-1").create_queue(QueueName="a.fifo", Attributes={"FifoQueue": "true"})
    topic = sns.create_topic(Name="news", Tags=[{"Key": "a", "Value": "b"}])["TopicArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:us-east-1:{ACCOUNT}:jobs")
    sns.set_topic_attributes(TopicArn=topic, AttributeName="DisplayName", AttributeValue="News")


def secrets(client: Client) -> None:
    """Keys, secrets and parameters."""
    kms, secretsmanager, ssm = client("kms"), client("secretsmanager"), client("ssm")
    key = kms.create_key(Description="main", Tags=[{"TagKey": "a", "TagValue": "b"}])["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName="alias/main", TargetKeyId=key)
    kms.enable_key_rotation(KeyId=key)
    kms.create_grant(KeyId=key, GranteePrincipal=f"arn:aws:iam::{ACCOUNT}:user/ann", Operations=["Decrypt"])
    doomed = kms.create_key()["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=doomed, PendingWindowInDays=7)
    arn = secretsmanager.create_secret(Name="db", SecretString="s3cr3t", KmsKeyId="alias/main")["ARN"]
    secretsmanager.put_secret_value(SecretId="db", SecretString="n3w")
    secretsmanager.put_resource_policy(
        SecretId="db", ResourcePolicy=policy("secretsmanager:GetSecretValue", arn, {"AWS": STRANGER})
    )
    ssm.put_parameter(Name="/app/url", Value="x", Type="String")
    ssm.put_parameter(Name="/app/password", Value="s3cr3t", Type="SecureString")
    ssm.put_parameter(Name="/app/url", Value="y", Type="String", Overwrite=True)


def functions(client: Client) -> None:
    """A function that others may call, and its logs."""
    lam, logs = client("lambda"), client("logs")
    role = client("iam").create_role(RoleName="runner", AssumeRolePolicyDocument=TRUST)["Role"]["Arn"]
    code = {"ZipFile": zipped(f__py="def handler(event, context): return 1")}
    lam.create_function(
        FunctionName="f", Role=role, Runtime="python3.12", Handler="f.handler", Code=code, Publish=True
    )
    lam.create_alias(FunctionName="f", Name="live", FunctionVersion="1")
    lam.create_function_url_config(FunctionName="f", AuthType="NONE")
    lam.add_permission(
        FunctionName="f",
        StatementId="all",
        Action="lambda:InvokeFunctionUrl",
        Principal="*",
        FunctionUrlAuthType="NONE",
    )
    lam.update_function_configuration(FunctionName="f", Timeout=9, Environment={"Variables": {"MODE": "b"}})
    logs.create_log_group(logGroupName="/app", tags={"a": "b"})
    logs.put_retention_policy(logGroupName="/app", retentionInDays=7)
    logs.create_log_stream(logGroupName="/app", logStreamName="s")
    metric = {"metricName": "errors", "metricNamespace": "app", "metricValue": "1"}
    logs.put_metric_filter(
        logGroupName="/app", filterName="errors", filterPattern="ERROR", metricTransformations=[metric]
    )


def machines(client: Client) -> None:
    """A network with machines in it that the internet reaches; a volume, a snapshot and an image for everybody."""
    ec2 = client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
    gateway = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=vpc)
    table = ec2.create_route_table(VpcId=vpc)["RouteTable"]["RouteTableId"]
    ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    group = ec2.create_security_group(GroupName="web", Description="web", VpcId=vpc)["GroupId"]
    world = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[world])
    ec2.modify_subnet_attribute(SubnetId=subnet, MapPublicIpOnLaunch={"Value": True})
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    (made,) = ec2.run_instances(
        ImageId=image,
        InstanceType="t3.micro",
        MinCount=1,
        MaxCount=1,
        SubnetId=subnet,
        SecurityGroupIds=[group],
    )["Instances"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    ec2.associate_address(AllocationId=address, InstanceId=made["InstanceId"])
    volume = ec2.create_volume(AvailabilityZone="us-east-1a", Size=9)["VolumeId"]
    snapshot = ec2.create_snapshot(VolumeId=volume)["SnapshotId"]
    ec2.modify_snapshot_attribute(
        SnapshotId=snapshot, Attribute="createVolumePermission", OperationType="add", GroupNames=["all"]
    )
    own = ec2.create_image(InstanceId=made["InstanceId"], Name="mine")["ImageId"]
    ec2.modify_image_attribute(ImageId=own, LaunchPermission={"Add": [{"Group": "all"}]})
    ec2.create_tags(Resources=[vpc, subnet], Tags=[{"Key": "Name", "Value": "main"}])
    ec2.create_key_pair(KeyName="k")
    ec2.create_launch_template(LaunchTemplateName="template", LaunchTemplateData={"ImageId": image})


def databases(client: Client) -> None:
    """An instance that the internet reaches, and a snapshot for everybody."""
    rds = client("rds")
    rds.create_db_instance(
        DBInstanceIdentifier="db", Engine="postgres", DBInstanceClass="db.t3.micro", AllocatedStorage=20,
        MasterUsername="admin1", MasterUserPassword="s3cr3t-pass", PubliclyAccessible=True,
    )  # fmt: skip
    rds.create_db_snapshot(DBSnapshotIdentifier="nightly", DBInstanceIdentifier="db")
    rds.modify_db_snapshot_attribute(
        DBSnapshotIdentifier="nightly", AttributeName="restore", ValuesToAdd=["all"]
    )


def containers(client: Client) -> None:
    """A repository for everybody, and clusters."""
    ecr = client("ecr")
    ecr.create_repository(repositoryName="app")
    ecr.set_repository_policy(repositoryName="app", policyText=policy("ecr:BatchGetImage", "*"))
    client("ecs").create_cluster(clusterName="c")


def organization(client: Client) -> None:
    """An organization with a unit, an account and a policy."""
    organizations = client("organizations")
    organizations.create_organization(FeatureSet="ALL")
    root = organizations.list_roots()["Roots"][0]["Id"]
    unit = organizations.create_organizational_unit(ParentId=root, Name="dev")["OrganizationalUnit"]["Id"]
    organizations.enable_policy_type(RootId=root, PolicyType="SERVICE_CONTROL_POLICY")
    made = organizations.create_policy(
        Name="p", Description="d", Type="SERVICE_CONTROL_POLICY", Content=ALLOW
    )
    organizations.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=unit)
