"""What can be wrong with a policy that is to be evaluated."""

from __future__ import annotations

from backtrail.errors import BacktrailError


class BadPolicy(BacktrailError):
    """A policy that cannot be evaluated. Whoever asks denies: an error in evaluation is a deny.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
    ("If the AWS enforcement code encounters an error at any point during the evaluation, it generates an exception
    and closes").
    """
