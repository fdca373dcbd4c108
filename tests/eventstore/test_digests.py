"""CloudTrail's digest files beside the log files: what they vouch for, and what they find."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from backtrail_eventstore import Code, ImportReport, SqliteStore, digests, import_trails, manifest
from backtrail_eventstore.digests import Input, NoKeys, Verdict

from .digesting import Delivered, change
from .forms import balanced

V = Verdict


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    """Three hours of a trail."""
    return Delivered(tmp_path_factory.mktemp("bucket"))


@pytest.fixture
def bucket(made: Delivered, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with."""
    return shutil.copytree(made.root, tmp_path / "bucket")


def log_of(made: Delivered, bucket: Path, number: int) -> Path:
    """A log file of the copy."""
    return bucket / made.logs[number].relative_to(made.root)


def digest_of(made: Delivered, bucket: Path, number: int) -> Path:
    """A digest file of the copy."""
    return bucket / made.digests[number].relative_to(made.root)


async def verdicts(
    store: SqliteStore, keys: dict[str, bytes] | None = None
) -> dict[str, tuple[Verdict, str]]:
    """What is said of each file."""
    found: list[Input] = await store.read_with(manifest.of, keys)
    return {one.name: (one.verdict, one.why) for one in found}


async def test_hashes_and_chain_are_checked_without_keys(
    store: SqliteStore, made: Delivered, bucket: Path
) -> None:
    """Digests are no rejections; all is as delivered, and it is said that no signature was checked."""
    report = balanced(await import_trails(store, [bucket]))
    assert (report.new, report.rejected, report.files, report.digests) == (30, 0, 9, 3)
    assert report.verdicts == {V.UNSIGNED: 9}
    assert {one[0] for one in (await verdicts(store)).values()} == {V.UNSIGNED}


async def test_signatures_are_checked_with_keys(store: SqliteStore, made: Delivered, bucket: Path) -> None:
    """Each digest is signed by the one that follows; the last one's signature is in no file. The log keeps the keys."""
    keys = digests.public_keys(made.public_keys())
    report = balanced(await import_trails(store, [bucket], public_keys=keys))
    assert report.verdicts == {V.VERIFIED: 6, V.UNSIGNED: 3}
    found = await verdicts(store)
    assert found[made.digests[1].name] == (V.VERIFIED, "")
    assert found[made.digests[2].name] == (V.UNSIGNED, "nothing that was given holds its signature")
    assert [found[path.name][0] for path in made.logs] == [V.VERIFIED] * 4 + [V.UNSIGNED] * 2


async def test_a_changed_log_file_is_named(store: SqliteStore, made: Delivered, bucket: Path) -> None:
    """Its records are taken, and the rejection names it, also when it is imported again."""
    change(log_of(made, bucket, 2), b"queue-12", b"queue-99")
    for new in (30, 0):
        report = balanced(await import_trails(store, [bucket]))
        assert (report.new, report.rejected) == (new, 1)
        (rejection,) = report.rejections
        assert (rejection.file, rejection.code) == (str(log_of(made, bucket, 2)), Code.CHANGED_FILE)
        assert made.digests[1].name in rejection.reason
        assert report.verdicts == {V.UNSIGNED: 8, V.CHANGED: 1}


async def test_a_missing_log_file_is_named(store: SqliteStore, made: Delivered, bucket: Path) -> None:
    """What a digest names and the folder does not hold was removed."""
    log_of(made, bucket, 3).unlink()
    report = balanced(await import_trails(store, [bucket]))
    (rejection,) = report.rejections
    assert rejection.code is Code.MISSING_FILE
    assert rejection.file == made.logs[3].relative_to(made.root).as_posix()
    assert report.verdicts == {V.UNSIGNED: 8, V.MISSING: 1}


async def test_log_files_that_were_not_given_are_not_missing(
    store: SqliteStore, made: Delivered, bucket: Path
) -> None:
    """Digests alone accuse nobody; log files that come later get their verdict from them."""
    report = balanced(await import_trails(store, [bucket / "AWSLogs/123456789012/CloudTrail-Digest"]))
    assert (report.read, report.verdicts) == (0, {V.UNSIGNED: 3})
    change(log_of(made, bucket, 0), b"queue-1", b"queue-9")
    report = balanced(await import_trails(store, [bucket / "AWSLogs/123456789012/CloudTrail"]))
    assert report.verdicts == {V.CHANGED: 1, V.UNSIGNED: 5}
    assert report.by_code == {Code.CHANGED_FILE: 1}


async def test_a_changed_digest_is_found_by_the_next(
    store: SqliteStore, made: Delivered, bucket: Path
) -> None:
    """The chain holds the hash of each digest; what a changed one names is not vouched for."""
    change(digest_of(made, bucket, 1), b'"digestS3Bucket"', b'"digestS3bucket": "x", "digestS3Bucket"')
    keys = digests.public_keys(made.public_keys())
    report = balanced(await import_trails(store, [bucket], public_keys=keys))
    assert report.by_code == {Code.CHANGED_DIGEST: 1}
    found = await verdicts(store)
    assert found[made.logs[2].name] == (V.UNSIGNED, "its digest was changed")
    assert found[made.logs[0].name] == (V.VERIFIED, "")


async def test_a_wrong_signature_is_found(store: SqliteStore, made: Delivered, bucket: Path) -> None:
    """Whoever changes a digest and the hash in the next one cannot make the signature."""
    before = digest_of(made, bucket, 1)
    other = Delivered(bucket.parent / "other")
    report = balanced(
        await import_trails(store, [bucket], public_keys=digests.public_keys(other.public_keys()))
    )
    assert report.by_code == {Code.CHANGED_DIGEST: 2}
    found = await verdicts(store)
    assert found[before.name] == (V.CHANGED, "its signature does not fit")


async def test_a_missing_digest_is_named(store: SqliteStore, made: Delivered, bucket: Path) -> None:
    """A gap in the chain is named; its beginning is none, for every import begins somewhere."""
    digest_of(made, bucket, 1).unlink()
    report = balanced(await import_trails(store, [bucket]))
    assert report.by_code == {Code.MISSING_DIGEST: 1}
    assert report.verdicts == {V.UNSIGNED: 6, V.NO_DIGEST: 2, V.MISSING: 1}
    digest_of(made, bucket, 0).unlink()
    for path in (log_of(made, bucket, 0), log_of(made, bucket, 1)):
        path.unlink()
    async with SqliteStore.open(str(bucket.parent / "later.db")) as later:
        assert balanced(await import_trails(later, [bucket])).rejected == 0


async def test_a_copy_under_another_name_is_the_same_file(
    store: SqliteStore, made: Delivered, bucket: Path
) -> None:
    """Names may be lost on the way; the hash says what a file is."""
    log_of(made, bucket, 0).rename(log_of(made, bucket, 0).with_name("download (1).json.gz"))
    report: ImportReport = balanced(await import_trails(store, [bucket]))
    assert report.verdicts == {V.UNSIGNED: 9}


@pytest.mark.parametrize(
    "text", [b"", b"{}", b'{"PublicKeyList":[{"Value":"?","Fingerprint":"a"}]}', b"\xff"]
)
def test_what_is_no_list_of_keys_is_refused(text: bytes) -> None:
    """In words that say what it should be."""
    with pytest.raises(NoKeys, match="list-public-keys"):
        digests.public_keys(text)
