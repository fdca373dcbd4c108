"""Short words for the tests of CloudWatch Logs."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import backtrail_aws.logs
from backtrail import UNSET
from backtrail.testing import ACCOUNT, REGION, Scenario
from backtrail_aws.logs import api
from backtrail_aws.logs.state import LogGroup, Logs

DAY_MS = 86_400_000


def group_arn(name: str, account: str = ACCOUNT) -> str:
    """A log group's ARN, without what follows it in policies."""
    return f"arn:aws:logs:{REGION}:{account}:log-group:{name}"


class CloudWatchLogs(Scenario):
    """A scenario with CloudWatch Logs, and words for what tests do most."""

    def __init__(self, *plugins: object, **given: Any) -> None:
        super().__init__(backtrail_aws.logs, *plugins, **given)

    @property
    def now_ms(self) -> int:
        """The time of the last call, in milliseconds."""
        return int((self.now - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds() * 1000)

    def group(self, name: str = "g", *streams: str, **more: Any) -> CloudWatchLogs:
        """A new group with streams."""
        self.given(api.CreateLogGroup(log_group_name=name, **more))
        for stream in streams:
            self.given(api.CreateLogStream(log_group_name=name, log_stream_name=stream))
        return self

    def put(
        self, *messages: str, group: str = "g", stream: str = "s", at: int | None = None, step: int = 1
    ) -> api.PutLogEventsResult:
        """Put messages, `step` milliseconds apart, from a time on (now)."""
        start = self.now_ms if at is None else at
        events = [
            api.InputLogEvent(timestamp=start + place * step, message=message)
            for place, message in enumerate(messages)
        ]
        self.given(api.PutLogEvents(log_group_name=group, log_stream_name=stream, log_events=events))
        answer: api.PutLogEventsResult = self.answer
        return answer

    def get(self, stream: str = "s", group: str = "g", **more: Any) -> api.GetLogEventsResult:
        """A page of a stream."""
        self.given(api.GetLogEvents(log_group_name=group, log_stream_name=stream, **more))
        answer: api.GetLogEventsResult = self.answer
        return answer

    def events(self, stream: str = "s", group: str = "g", **more: Any) -> list[api.OutputLogEvent]:
        """The events of a page of a stream."""
        found = self.get(stream, group, **more).events
        return [] if found is UNSET else list(found)

    def messages(self, stream: str = "s", group: str = "g", **more: Any) -> list[str]:
        """The messages of a page of a stream."""
        return texts(self.get(stream, group, **more).events)

    def search(self, pattern: str = "", group: str = "g", **more: Any) -> list[str]:
        """The messages that match a pattern."""
        self.given(api.FilterLogEvents(log_group_name=group, filter_pattern=pattern or UNSET, **more))
        return texts(self.answer.events)

    def query(self, text: str, group: str = "g", **more: Any) -> list[dict[str, str]]:
        """The rows of a query over the last and the next day, without their pointers."""
        now = self.now_ms // 1000
        self.given(
            api.StartQuery(
                log_group_name=group,
                query_string=text,
                start_time=now - 86_400,
                end_time=now + 86_400,
                **more,
            )
        )
        self.given(api.GetQueryResults(query_id=self.answer.query_id))
        rows = [{str(cell.field): str(cell.value) for cell in row} for row in self.answer.results]
        return [{name: value for name, value in row.items() if name != "@ptr"} for row in rows]

    def state(self) -> Logs:
        """What the account's home region holds."""
        state = self.machine.state(("logs", self.account, self.region))
        assert isinstance(state, Logs)
        return state

    def held(self, name: str = "g") -> LogGroup:
        """A group as the state has it."""
        return self.state().groups[name]


def texts(events: Any) -> list[str]:
    """The messages of events."""
    return [] if events is UNSET else [str(event.message) for event in events]
