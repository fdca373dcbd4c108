"""What Firehose is told: https://docs.aws.amazon.com/firehose/latest/APIReference/API_PutRecord.html"""

from __future__ import annotations

from backtrail import UNSET, Params, Sealed, UnsetType, field


class Record(Params):
    """What a record holds."""

    data: Sealed[bytes] | UnsetType = UNSET


class PutRecord(Params):
    """One record for a delivery stream."""

    delivery_stream_name: str = field(name="deliveryStreamName")
    record: Record
