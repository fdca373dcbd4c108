"""RDS's numbers, as this page has them unless another one is named.

https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
"""

from __future__ import annotations

INSTANCES_MAX = 40
CLUSTERS_MAX = 40
MANUAL_SNAPSHOTS_MAX = 100
CLUSTER_SNAPSHOTS_MAX = 100
PARAMETER_GROUPS_MAX = 50
SUBNET_GROUPS_MAX = 50
SUBNETS_MAX = 20
OPTION_GROUPS_MAX = 20
SHARED_ACCOUNTS_MAX = 20
REPLICAS_MAX = 15
SECURITY_GROUPS_MAX = 25

BACKUP_DAYS = (0, 35)
BACKUP_DAYS_DEFAULT = 1
"""https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html (BackupRetentionPeriod)."""

PASSWORD = (8, 41, 128)
"""Least, most of MySQL and MariaDB, most of the others: the same page (MasterUserPassword)."""

PORTS = (1150, 65535)
"""The same page (Port)."""

RECORDS = (20, 100)
"""MaxRecords: the least and the most, which is the default."""

TAGS_MAX = 50
"""https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Tagging.html"""

EVENT_MINUTES = (60, 20160)
"""DescribeEvents: the default duration, and how far back events are kept (14 days), in minutes."""
