"""A scenario with KMS, whose effect is carried out at once."""

from __future__ import annotations

from typing import Any

import backtrail_aws.kms
from backtrail.call import Effect, Outcome
from backtrail.testing import Scenario
from backtrail_aws.kms import api, effects


class Keys(Scenario):
    """Calls of KMS: an effect runs where it is asked for."""

    def __init__(self, **given: Any) -> None:
        super().__init__(backtrail_aws.kms, **given)

    def when(self, call: Any, *, service: str | None = None, **given: Any) -> Keys:
        """One call, with its effect."""
        super().when(call, service=service, **given)
        if isinstance(self.answer, Effect):
            done = Outcome(result=effects.computed(self.answer.args))
            super().when(call, service=service, outcome=done, **given)
        return self

    def did(self, call: Any) -> Any:
        """The answer of a call that succeeds."""
        return self.given(call).answer

    def key(self, **given: Any) -> str:
        """The ARN of a new key."""
        return str(self.did(api.CreateKey(**given)).key_metadata.arn)
