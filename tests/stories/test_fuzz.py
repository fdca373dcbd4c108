"""Requests that are almost right: mutated at random, each is answered, none breaks anything.

BACKTRAIL_FUZZ sets how many (400), BACKTRAIL_SEED the seed, which is printed.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable

from .outsider import Outsider, Reply, cbor_call, form_call, json_call, s3_call

COUNT = int(os.environ.get("BACKTRAIL_FUZZ", "400"))
QUEUE = b'"QueueUrl":"http://localhost/123456789012/good"'
BATCH = (
    b"Action=SendMessageBatch&Version=2012-11-05&QueueUrl=http%3A%2F%2Flocalhost%2F123456789012%2Fgood"
    b"&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=b"
    b"&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=c"
    b"&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=Number"
    b"&SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=1e3"
)
POLICY = b"%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%7B%22Effect%22%3A%22Allow%22%7D%5D%7D"
ASSUME = b"Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A1%3Arole%2Fa&RoleSessionName=b"
RIGHT = [
    json_call("AmazonSQS.SendMessage", b"{" + QUEUE + b',"MessageBody":"a","DelaySeconds":1}'),
    json_call(
        "AmazonSQS.SendMessage",
        b"{" + QUEUE + b',"MessageBody":"a","MessageAttributes":'
        b'{"b":{"DataType":"Binary","BinaryValue":"AAEC"},"c":{"DataType":"Number","StringValue":"1"}}}',
    ),
    json_call("AmazonSQS.ReceiveMessage", b"{" + QUEUE + b',"MaxNumberOfMessages":10,"VisibilityTimeout":1}'),
    json_call("AmazonSQS.SetQueueAttributes", b"{" + QUEUE + b',"Attributes":{"DelaySeconds":"9"}}'),
    json_call("AmazonSQS.CreateQueue", b'{"QueueName":"good","Attributes":{},"tags":{"a":"b"}}'),
    form_call(BATCH),
    form_call(b"Action=CreateUser&Version=2010-05-08&UserName=a&Tags.member.1.Key=b&Tags.member.1.Value=c", "iam"),
    form_call(b"Action=CreatePolicy&Version=2010-05-08&PolicyName=a&PolicyDocument=" + POLICY, "iam"),
    form_call(b"Action=GetCallerIdentity&Version=2011-06-15", "sts"),
    form_call(ASSUME, "sts"),
    cbor_call(
        "GraniteServiceVersion20100801/operation/PutMetricData",
        b"\xa2iNamespaceaajMetricData\x81\xa2jMetricNameaaeValue\xfb\x3f\xf0\0\0\0\0\0\0",
    ),
    s3_call("PUT", "/bucket/fuzz%20%2B?a=b", "x-amz-meta-a: b", "Content-Type: text/plain", body=b"abc"),
    s3_call("PUT", "/bucket/fuzz", "x-amz-checksum-crc32: NSRBwg==", "x-amz-tagging: a=b&c=d", body=b"abc"),
    s3_call("GET", "/bucket/fuzz?versionId=null", "Range: bytes=0-1", 'If-None-Match: "a"'),
    s3_call("GET", "/bucket?list-type=2&prefix=a&delimiter=%2F&max-keys=10&encoding-type=url"),
    s3_call("GET", "/bucket?uploads&key-marker=a&upload-id-marker=b"),
    s3_call("POST", "/bucket/fuzz?uploads", "x-amz-storage-class: STANDARD"),
    s3_call("PUT", "/bucket/copy", "x-amz-copy-source: /bucket/fuzz?versionId=null"),
    s3_call("POST", "/bucket?delete", body=b"<Delete><Object><Key>a</Key></Object><Quiet>true</Quiet></Delete>"),
    s3_call(
        "PUT", "/bucket?tagging",
        body=b"<Tagging><TagSet><Tag><Key>a</Key><Value>b</Value></Tag></TagSet></Tagging>",
    ),
    s3_call("DELETE", "/bucket/fuzz?versionId=null"),
]  # fmt: skip
ODD = [
    b"\0", b"\xff", b"\xc3\xa9", b"%", b"%00", b"%ff", b"&", b"=", b'"', b"<", b">", b"{", b"}", b"[", b":", b",",
    b"-1", b"0", b"9" * 25, b"1e999", b"null", b"true", b"\r", b"\n", b"\r\n\r\n", b" ", b"\\u0000", b"\\ud800",
    b"&#x0;", b"]]>", b"a" * 3000, b"/../", b"//", b"?", b"#", b";", b"\xef\xbb\xbf", b"\xe2\x80\xae",
]  # fmt: skip


def _cut(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    del data[at : at + chance.randrange(1, 12)]


def _insert(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    data[at:at] = chance.choice(ODD)


def _flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] = chance.randrange(256)


def _repeat(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    piece = data[at : at + chance.randrange(1, 40)]
    data[at:at] = piece * chance.choice((1, 2, 50))


CHANGES: list[Callable[[bytearray, random.Random], None]] = [_cut, _insert, _flip, _repeat]


def _mutated(right: bytes, chance: random.Random) -> bytes:
    """A request that was changed here and there; mostly its length is right, so that what is in it is read."""
    head, _, body = right.partition(b"\r\n\r\n")
    where = chance.choice(("head", "body", "body"))
    parts = {"head": bytearray(head), "body": bytearray(body)}
    for _ in range(chance.choice((1, 1, 2, 5))):
        data = parts[where] or parts["head"]
        chance.choice(CHANGES)(data, chance)
    head, body = bytes(parts["head"]), bytes(parts["body"])
    if chance.random() < 0.9:
        lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
        head = b"\r\n".join([*lines, b"Content-Length: %d" % len(body)])
    return head + b"\r\n\r\n" + body


def _answer(endpoint: str, data: bytes) -> Reply | None:
    """What comes back; None where the request says that more follows, which does not."""
    with Outsider(endpoint, seconds=0.5) as one:
        try:
            return one.send(data).reply(head=data.startswith(b"HEAD"))
        except TimeoutError:
            return None


def test_what_is_almost_right_is_answered(bad: str) -> None:
    """No mutation of a good request is a 500, hangs without need, or disturbs the server."""
    seed = int(os.environ.get("BACKTRAIL_SEED", str(random.randrange(1 << 32))))
    print("seed", seed)
    chance = random.Random(seed)
    silent = 0
    for _ in range(COUNT):
        data = _mutated(chance.choice(RIGHT), chance)
        reply = _answer(bad, data)
        silent += reply is None
        assert (
            reply is None
            or reply.status in (200, 204, 206)
            or 300 <= reply.status < 500
            or reply.status == 501
        ), (
            data,
            reply,
        )
    assert silent < COUNT / 20
