"""Systems Manager's numbers, each with its page.

QUOTAS: https://docs.aws.amazon.com/general/latest/gr/ssm.html
"""

from __future__ import annotations

STANDARD_MAX = 10_000  # QUOTAS: standard parameters
ADVANCED_MAX = 100_000  # QUOTAS: advanced parameters
STANDARD_BYTES, ADVANCED_BYTES = 4096, 8192  # QUOTAS: parameter value size
VERSIONS_MAX = 100  # QUOTAS: parameter history
LABELS_MAX = 10  # sysman-paramstore-labels.html: labels of one version
LEVELS_MAX = 15  # API_PutParameter: levels of a hierarchy
POLICIES_MAX = 10  # QUOTAS: policies of one advanced parameter
PARAMETER_PAGE = (1, 10)  # API_GetParametersByPath
PARAMETER_LIST_PAGE = (1, 50)  # API_DescribeParameters, API_GetParameterHistory

DOCUMENTS_MAX = 500  # QUOTAS: documents
DOCUMENT_VERSIONS_MAX = 1000  # QUOTAS: versions of a document
DOCUMENT_BYTES = 65_536  # QUOTAS: content of a document
SHARED_MAX = 1000  # QUOTAS: accounts that a document is shared with
SHARED_PAGE = 200  # API_DescribeDocumentPermission
DOCUMENT_PAGE = 50  # API_ListDocuments

COMMAND_INSTANCES_MAX = 50  # API_SendCommand: InstanceIds
COMMAND_TIMEOUT_S = (30, 2_592_000)  # API_SendCommand: TimeoutSeconds
COMMAND_TIMEOUT_DEFAULT_S = 3600  # real records of SendCommand
EXECUTION_TIMEOUT_DEFAULT_S = 3600  # sysman-param-runcommand.html: executionTimeout
COMMAND_PAGE = 50  # API_ListCommands

WINDOWS_MAX = 50  # QUOTAS: maintenance windows
WINDOW_TARGETS_MAX = 100  # QUOTAS: targets of a window
WINDOW_TASKS_MAX = 20  # QUOTAS: tasks of a window
WINDOW_PAGE = 50  # API_DescribeMaintenanceWindows says 100 at most, and 50 is what a call without one gives

BASELINES_MAX = 50  # QUOTAS: patch baselines
GROUPS_MAX = 25  # QUOTAS: patch groups of a baseline
BASELINE_PAGE = 50  # API_DescribePatchBaselines

TAGS_MAX, TAG_KEY_MAX, TAG_VALUE_MAX = 50, 128, 256  # API_AddTagsToResource, API_Tag
INSTANCE_PAGE = 50  # API_DescribeInstanceInformation
PING_LOST_S = 300  # an agent calls every five minutes: ssm-agent-technical-details.html
SESSION_PAGE = 200  # API_DescribeSessions
