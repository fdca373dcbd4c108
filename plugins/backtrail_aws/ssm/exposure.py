"""Documents that are shared."""

from __future__ import annotations

from collections.abc import Iterator

from backtrail.exposing import EVERYBODY, Exposure
from backtrail_aws.ssm.state import Ssm, service


@service.exposes
def open_documents(state: Ssm, account: str, region: str) -> Iterator[Exposure]:
    """Each document that others may read and run."""
    for document in state.documents.values():
        for whom in document.shared:
            yield Exposure(
                resource=document.arn, names=(document.name, document.arn), through="sharing",
                to=EVERYBODY if whom.lower() == "all" else whom, what="read and run it",
                actions=("ModifyDocumentPermission",),
            )  # fmt: skip
