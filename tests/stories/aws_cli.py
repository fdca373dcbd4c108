"""The AWS CLI in this process: real command lines, parsed and sent by awscli, without a Python for each."""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from botocore import xform_name

from .driving import plain

_FOUND = find_spec("awscli")
DATA = Path(str(_FOUND.origin if _FOUND else "")).parent / "data"
"""The CLI's own data: it looks for them where the environment says, and sets that once, when it is imported."""
MFA_DEVICE = "CreateVirtualMFADevice"
OUTFILE = {"GetObject": "Body", "SelectObjectContent": "Payload", MFA_DEVICE: "Base32StringSeed"}
"""Operations of whose answers the CLI writes a part into a file, and the member that it is."""
FROM_FILE = {"PutObject": "Body", "UploadPart": "Body"}
"""Operations whose content it reads from a file."""


class Output(NamedTuple):
    """What a command left: its exit code, what it printed, what it complained of."""

    code: int
    text: str
    error: str

    @property
    def answer(self) -> Any:
        """The printed JSON; an empty answer prints nothing."""
        return json.loads(self.text) if self.text.strip() else {}


class AwsCli:
    """`aws`, with an endpoint, credentials and a folder of its own."""

    def __init__(
        self, endpoint: str, folder: Path, credentials: Sequence[str], region: str = "us-east-1"
    ) -> None:
        self.endpoint, self.folder = endpoint, folder
        names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
        self.environment = {
            **dict(zip(names, credentials, strict=False)),
            "AWS_DEFAULT_REGION": region, "AWS_CONFIG_FILE": str(folder / "config"), "AWS_MAX_ATTEMPTS": "1",
            "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"), "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_PAGER": "", "AWS_DATA_PATH": str(DATA),
        }  # fmt: skip
        self._driver: Any = None

    def __call__(self, *words: str) -> Output:
        """Runs `aws WORDS…` in this process."""
        out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
        with _environment(self.environment), contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = self._main(["--endpoint-url", self.endpoint, "--output", "json", *words])
            out.flush()
        printed = out.buffer.getvalue().decode()
        return Output(code, printed, err.getvalue())

    def _main(self, words: list[str]) -> int:
        from awscli.clidriver import create_clidriver

        if self._driver is None:
            self._driver = create_clidriver()
        try:
            return int(self._driver.main(words))
        except SystemExit as ended:
            return int(ended.code or 0)

    def operation(self, service: str, operation: str, params: Mapping[str, Any]) -> Output:
        """Calls an API operation by its own command; contents go through files."""
        words = ["s3api" if service == "s3" else service, xform_name(operation, "-")]
        given = dict(params)
        if operation == "RunInstances":  # the command has one option for both
            given["Count"] = f"{given.pop('MinCount')}:{given.pop('MaxCount')}"
        for name, value in given.items():
            words += self._option(operation, name, value)
        if not self.environment.get("AWS_ACCESS_KEY_ID"):
            words.append("--no-sign-request")
        outfile = self.folder / "content"
        if operation == MFA_DEVICE:
            output = self(*words, "--outfile", str(outfile), "--bootstrap-method", "Base32StringSeed")
        elif operation in OUTFILE:
            output = self(*words, str(outfile))
        else:
            return self("--no-paginate", *words)
        if output.code != 0:
            return output
        answer, content = output.answer, outfile.read_bytes().decode("latin-1")
        (answer if operation != MFA_DEVICE else answer["VirtualMFADevice"])[OUTFILE[operation]] = content
        return output._replace(text=json.dumps(answer))

    def _option(self, operation: str, name: str, value: Any) -> list[str]:
        option = "--" + xform_name(name, "-")
        if isinstance(value, bool):
            return [option if value else option.replace("--", "--no-", 1)]
        if isinstance(value, bytes):
            held = self.folder / name
            held.write_bytes(value)
            return [option, str(held) if FROM_FILE.get(operation) == name else f"fileb://{held}"]
        if isinstance(value, str):
            return [f"{option}={value}"]
        return [option, plain(value)]


@contextlib.contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update(values)
    arguments, sys.argv = sys.argv, ["aws"]
    try:
        yield
    finally:
        sys.argv = arguments
        os.environ.clear()
        os.environ.update(before)
