"""What Kinesis is told: https://docs.aws.amazon.com/kinesis/latest/APIReference/API_PutRecord.html"""

from __future__ import annotations

from backtrail import UNSET, Params, Sealed, UnsetType, field


class PutRecord(Params):
    """One record for a data stream."""

    stream_name: str = field(name="streamName")
    stream_arn: str = field(name="streamARN")
    partition_key: str = field(name="partitionKey")
    data: Sealed[bytes] | UnsetType = UNSET
