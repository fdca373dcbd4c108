"""Credentials, region and endpoint for reading a bucket: options, environment, then the profile files of the AWS CLI.

https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html
"""

from __future__ import annotations

import configparser
import os
from collections.abc import Mapping
from pathlib import Path

from backtrail_cli.faults import Fault
from backtrail_eventstore.buckets import Access

EXPORTED = '`eval "$(aws configure export-credentials --format env)"` turns any other sign-in into keys'


def find(endpoint: str | None = None, profile: str | None = None, region: str | None = None) -> Access:
    """How to reach S3. Raises `Fault` for a profile that is not there, or that has no keys of its own."""
    environment = os.environ
    name = profile or environment.get("AWS_PROFILE") or environment.get("AWS_DEFAULT_PROFILE")
    settings = _profile(name or "default", must=name is not None)
    keys = _keys(environment) if profile is None else None
    if keys is None:
        keys = _keys({key.upper(): value for key, value in settings.items()})
    if keys is None and name is not None:
        raise Fault(f"the profile {name} has no access key; {EXPORTED}")
    key, secret, token = keys or ("", "", "")
    return Access(
        endpoint=endpoint
        or environment.get("AWS_ENDPOINT_URL_S3")
        or environment.get("AWS_ENDPOINT_URL")
        or settings.get("endpoint_url"),
        region=region
        or environment.get("AWS_REGION")
        or environment.get("AWS_DEFAULT_REGION")
        or settings.get("region")
        or "us-east-1",
        key=key,
        secret=secret,
        token=token,
    )


def _keys(settings: Mapping[str, str]) -> tuple[str, str, str] | None:
    key, secret = settings.get("AWS_ACCESS_KEY_ID", ""), settings.get("AWS_SECRET_ACCESS_KEY", "")
    return (key, secret, settings.get("AWS_SESSION_TOKEN", "")) if key and secret else None


def _profile(name: str, *, must: bool) -> dict[str, str]:
    """What both files say of a profile; the credentials file has the last word."""
    found: dict[str, str] = {}
    there = False
    for variable, file, section in (
        ("AWS_CONFIG_FILE", "config", name if name == "default" else f"profile {name}"),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", name),
    ):
        path = Path(os.environ.get(variable) or Path.home() / ".aws" / file).expanduser()
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError) as error:
            raise Fault(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
        if parser.has_section(section):
            there = True
            found |= dict(parser.items(section))
    if must and not there:
        raise Fault(f"there is no profile {name} in ~/.aws/config or ~/.aws/credentials")
    return found
