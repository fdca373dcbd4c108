"""Volume types and their numbers.

https://docs.aws.amazon.com/ebs/latest/userguide/ebs-volume-types.html
"""

from __future__ import annotations

import msgspec

from backtrail import UNSET, Refusal, UnsetType, told
from backtrail_aws.ec2 import errors
from backtrail_aws.ec2.state_storage import Figures


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """What a volume type allows: GiB; IOPS (none where `iops` is None) and how many a GiB; MiB/s."""

    size: tuple[int, int]
    iops: tuple[int, int] | None = None
    ratio: int = 0
    needed: bool = False
    throughput: tuple[int, int] | None = None
    boots: bool = True


RULES = {
    "gp2": Rule(size=(1, 16_384)),
    "gp3": Rule(size=(1, 65_536), iops=(3_000, 80_000), ratio=500, throughput=(125, 2_000)),
    "io1": Rule(size=(4, 16_384), iops=(100, 64_000), ratio=50, needed=True),
    "io2": Rule(size=(4, 65_536), iops=(100, 256_000), ratio=1_000, needed=True),
    "st1": Rule(size=(125, 16_384), boots=False),
    "sc1": Rule(size=(125, 16_384), boots=False),
    "standard": Rule(size=(1, 1_024)),
}
GP2_IOPS = (100, 16_000)  # 3 a GiB, at least and at most
THROUGHPUT_PER_IOPS = 0.25  # gp3: MiB/s for each


def settled(figures: Figures) -> Figures:
    """The figures that a volume has which is made with these. Raises `Refusal` where the type does not allow them."""
    kind = told(figures.kind, "gp2")
    rule = RULES.get(kind)
    if rule is None:
        # evidence: page errors-overview.html (UnknownVolumeType); words: guess
        raise Refusal("UnknownVolumeType", f"Unsupported volume type '{kind}' for volume creation.")
    size = told(figures.size, rule.size[0])
    _check_size(kind, size, rule)
    _check_iops(kind, size, figures, rule)
    if rule.throughput is None and not isinstance(figures.throughput, UnsetType):
        # evidence: page errors-overview.html; words: guess
        raise errors.combination(f"The parameter throughput is not supported for {kind} volumes.")
    if figures.multi_attach is True and kind not in ("io1", "io2"):
        # evidence: page ebs/latest/userguide/ebs-volumes-multi.html; words: guess
        raise errors.combination(f"The parameter MultiAttachEnabled is not supported for {kind} volumes.")
    iops = figures.iops if rule.iops is not None else (_gp2_iops(size) if kind == "gp2" else UNSET)
    if rule.iops is not None and isinstance(iops, UnsetType):
        iops = rule.iops[0]
    throughput = told(figures.throughput, 125) if rule.throughput is not None else UNSET
    _check_throughput(throughput, told(iops, 0), rule)
    return Figures(
        kind=kind, size=size, iops=iops, throughput=throughput, multi_attach=figures.multi_attach is True
    )


def _gp2_iops(size: int) -> int:
    return min(max(3 * size, GP2_IOPS[0]), GP2_IOPS[1])


def _check_size(kind: str, size: int, rule: Rule) -> None:
    least, most = rule.size
    if size < least:
        # evidence: page ebs-volume-types.html; words: guess
        raise errors.invalid(
            f"Volume of {size}GiB is too small for volume type {kind}; minimum is {least}GiB."
        )
    if size > most:
        # evidence: page ebs-volume-types.html; words: guess
        raise errors.invalid(
            f"Volume of {size}GiB is too large for volume type {kind}; maximum is {most}GiB."
        )


def _check_iops(kind: str, size: int, figures: Figures, rule: Rule) -> None:
    if isinstance(figures.iops, UnsetType):
        if rule.needed:
            # evidence: page errors-overview.html; words: guess
            raise Refusal("MissingParameter", f"The parameter iops must be specified for {kind} volumes.")
        return
    if rule.iops is None:
        # evidence: page API_CreateVolume; words: guess
        raise errors.combination(f"The parameter iops is not supported for {kind} volumes.")
    least, most = rule.iops
    if figures.iops < least:
        # evidence: page ebs-volume-types.html; words: guess
        raise errors.invalid(f"Volume iops of {figures.iops} is too low; minimum is {least}.")
    if figures.iops > most:
        # evidence: page ebs-volume-types.html; words: guess
        raise errors.invalid(f"Volume iops of {figures.iops} is too high; maximum is {most}.")
    if figures.iops > max(rule.ratio * size, least):
        # evidence: page ebs-volume-types.html; words: guess
        raise errors.combination(
            f"Iops to volume size ratio of {figures.iops / size:.6f} is too high; maximum is {rule.ratio}.000000."
        )


def _check_throughput(throughput: int | UnsetType, iops: int, rule: Rule) -> None:
    if isinstance(throughput, UnsetType) or rule.throughput is None:
        return
    least, most = rule.throughput
    if not least <= throughput <= most:
        # evidence: page ebs-volume-types.html; words: guess
        raise errors.invalid(
            f"Throughput of {throughput} MiBps is not within the range of {least} to {most} MiBps."
        )
    if throughput > iops * THROUGHPUT_PER_IOPS:
        # evidence: page ebs-volume-types.html; words: guess
        raise errors.combination(
            f"Throughput (MiBps) to iops ratio of {throughput / max(iops, 1):.6f} is too high; maximum is "
            f"{THROUGHPUT_PER_IOPS:.6f} MiBps per iops."
        )
