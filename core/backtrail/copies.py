"""Records that are one call: AWS delivers one to each account that a call concerns, and they share a `sharedEventID`.

A log that takes in both accounts' trails has both. Each folds into its own account's State; into one that both are
about (a bucket's, a queue's) the call folds once, whichever record comes first.
https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from __future__ import annotations

from datetime import datetime

from backtrail.payload import State
from backtrail.service import Place

PLACE: Place = ("backtrail.copies", "", "")


class Copies(State):
    """What shared records of one moment have folded into: copies have the same eventTime, so they fold side by side."""

    second: int = 0
    folded: list[str] = []

    def is_copy(self, shared: str, time: datetime, place: Place, projector: str) -> bool:
        """Whether this call was folded into a State by this projector already; it is taken down as such."""
        second = int(time.timestamp())
        if second != self.second:
            self.second, self.folded = second, []
        key = " ".join((shared, *place, projector))
        if key in self.folded:
            return True
        self.folded.append(key)
        return False
