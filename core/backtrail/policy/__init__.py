"""Policy evaluation: AWS's logic over compiled documents, pure.

    decision = evaluate(Request(principal=..., action="s3:GetObject", resource=arn, context=Keys({...})), policies)

`document(text)` compiles a policy once. A decision names the statements that decided; `words` says it as AWS does.
"""

from backtrail.policy.context import Keys, Value
from backtrail.policy.documents import Document, document
from backtrail.policy.errors import BadPolicy
from backtrail.policy.evaluation import (
    Decision,
    Explained,
    Kind,
    Match,
    Outcome,
    Policies,
    Policy,
    Request,
    evaluate,
)
from backtrail.policy.principals import Principal, Who
from backtrail.policy.words import Denial

__all__ = [
    "BadPolicy", "Decision", "Denial", "Document", "Explained", "Keys", "Kind", "Match", "Outcome", "Policies",
    "Policy", "Principal", "Request", "Value", "Who", "document", "evaluate",
]  # fmt: skip
