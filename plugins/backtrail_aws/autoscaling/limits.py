"""Auto Scaling's numbers, each with the page it comes from."""

from __future__ import annotations

GROUPS_MAX = 500  # https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-quotas.html
CONFIGURATIONS_MAX = 200  # the same page
POLICIES_MAX = 50  # per group, the same page
SCHEDULES_MAX = 125  # per group, the same page
HOOKS_MAX = 50  # per group, the same page
TOPICS_MAX = 10  # per group, the same page
STEPS_MAX = 20  # step adjustments per policy, the same page
LOAD_BALANCERS_MAX, TARGET_GROUPS_MAX = 50, 50  # per group, the same page
TAGS_MAX = 50  # per group, the same page
COOLDOWN_S = 300  # API_CreateAutoScalingGroup, DefaultCooldown
GRACE_S = 0  # API_CreateAutoScalingGroup, HealthCheckGracePeriod
HEARTBEAT_S = 3600  # API_PutLifecycleHook, HeartbeatTimeout
HEARTBEAT_RANGE_S = (30, 7200)  # API_PutLifecycleHook
GLOBAL_TIMEOUT_MAX_S = 172_800  # API_LifecycleHook, GlobalTimeout: 48 hours, or 100 times the heartbeat
LIFETIME_RANGE_S = (86_400, 31_536_000)  # API_CreateAutoScalingGroup, MaxInstanceLifetime
RECORDS = (50, 100)  # API_DescribeAutoScalingGroups, MaxRecords: default, most
ACTIVITIES_RECORDS = (100, 100)  # API_DescribeScalingActivities
INSTANCES_RECORDS = (50, 50)  # API_DescribeAutoScalingInstances
NAMED_MAX = 50  # API_DescribeAutoScalingGroups: names that may be passed in
ATTACHED_MAX = 20  # API_AttachInstances, API_DetachInstances
BATCH_MAX = 50  # API_BatchPutScheduledUpdateGroupAction
ACTIVITY_DAYS = 42  # API_DescribeScalingActivities: the last six weeks
REBALANCE_MARGIN = 10  # auto-scaling-benefits.html: 10 percent, at least one instance, over the maximum
CHECK_S = (60, 900)  # health is looked at every minute; where nothing changes, ever more seldom
RETRY_S = (60, 3600)  # guess: a launch that failed is tried again, ever more seldom
PREFERRED_HEALTHY, LIFECYCLE_TOKEN_S = 90, 3600  # API_RefreshPreferences, MinHealthyPercentage
CHECKPOINT_DELAY_S = 3600  # API_RefreshPreferences, CheckpointDelay
