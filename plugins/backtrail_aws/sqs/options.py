"""What may be turned of SQS: what AWS allows itself with standard queues, and what tests seldom want to wait for.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/standard-queues.html
"""

from __future__ import annotations

from backtrail_aws.sqs.state import service

SHUFFLE = service.option(
    "shuffle", 0,
    "Among how many messages at the head of a standard queue a receive takes by chance; 0 keeps them in order.",
    least=0, most=10_000,
)  # fmt: skip
DUPLICATES = service.option(
    "duplicates", 0.0,
    "The chance that a standard queue gives a message out without hiding it, so that others receive it as well.",
    least=0, most=1,
)  # fmt: skip
THROTTLING = service.option(
    "throttling", False,
    "Whether a FIFO queue refuses more calls of an action within a second than its quota: 300, or in high throughput "
    "70,000, and 300 of a message group.",
)  # fmt: skip
RECREATE_WAIT_S = service.option(
    "recreate_wait", 60, "Seconds until the name of a deleted queue may be used again.", least=0, most=60
)
PURGE_WAIT_S = service.option(
    "purge_wait", 60, "Seconds until a queue that was purged may be purged again.", least=0, most=60
)
