"""Engines: versions, families, ports, licences.

https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html (Engine, Port); of each major
version one minor version is known by name, the others are taken as they are asked for.
"""

from __future__ import annotations

import re

import msgspec

from backtrail import UnsetType
from backtrail_aws.rds import errors

CLASSES = (
    "db.t3.micro", "db.t3.small", "db.t3.medium", "db.t4g.micro", "db.t4g.small", "db.t4g.medium", "db.m5.large",
    "db.m5.xlarge", "db.m6g.large", "db.m6g.xlarge", "db.r5.large", "db.r5.xlarge", "db.r6g.large", "db.r6g.xlarge",
)  # fmt: skip
"""The classes that are shown as orderable; others are taken, too."""


class Engine(msgspec.Struct, frozen=True, kw_only=True):
    """One engine: major version -> its minor version of today; the last is the default."""

    name: str
    versions: dict[str, str]
    port: int
    licences: tuple[str, ...]
    what: str
    logs: tuple[str, ...]
    dash: str = ""

    @property
    def is_aurora(self) -> bool:
        return self.name.startswith("aurora")

    @property
    def default(self) -> str:
        return list(self.versions.values())[-1]

    def major(self, version: str) -> str:
        """The major version that a version belongs to. Raises `Refusal`."""
        for major in self.versions:
            if version == major or re.match(rf"{re.escape(major)}[.]", version):
                return major
        # evidence: guess
        raise errors.combination(f"Cannot find version {version} for {self.name}")

    def version(self, asked: str | UnsetType) -> str:
        """The version that is meant: the default, or a major version's minor version. Raises `Refusal`."""
        if isinstance(asked, UnsetType):
            return self.default
        major = self.major(asked)
        return self.versions[major] if asked == major else asked

    def family(self, version: str) -> str:
        """The parameter group family of a version."""
        return f"{self.name}{self.dash}{self.major(version)}"

    def options(self, version: str) -> str:
        """The default option group of a version."""
        return f"default:{self.name}-{self.major(version).replace('.', '-')}"


_GPL, _BRING, _INCLUDED, _POSTGRES = (
    "general-public-license", "bring-your-own-license", "license-included", "postgresql-license",
)  # fmt: skip
_MYSQL_LOGS, _POSTGRES_LOGS = ("audit", "error", "general", "slowquery"), ("postgresql", "upgrade")
_ORACLE = {"19": "19.0.0.0.ru-2024-10.rur-2024-10.r1", "21": "21.0.0.0.ru-2024-10.rur-2024-10.r1"}
_ORACLE_LOGS = ("alert", "audit", "listener", "trace", "oemagent")
_SQL_SERVER = {"14.00": "14.00.3480.1.v1", "15.00": "15.00.4410.1.v1", "16.00": "16.00.4165.4.v1"}
_POSTGRES_VERSIONS = {"13": "13.18", "14": "14.15", "15": "15.10", "16": "16.6", "17": "17.2"}

ENGINES = {
    one.name: one
    for one in (
        Engine(
            name="mysql", versions={"5.7": "5.7.44", "8.4": "8.4.3", "8.0": "8.0.40"}, port=3306, licences=(_GPL,),
            what="MySQL Community Edition", logs=_MYSQL_LOGS,
        ),
        Engine(
            name="mariadb", versions={"10.6": "10.6.20", "10.11": "10.11.10", "11.4": "11.4.4"}, port=3306,
            licences=(_GPL,), what="MariaDB Community Edition", logs=_MYSQL_LOGS,
        ),
        Engine(
            name="postgres", versions=_POSTGRES_VERSIONS, port=5432, licences=(_POSTGRES,), what="PostgreSQL",
            logs=_POSTGRES_LOGS,
        ),
        Engine(
            name="aurora-mysql", versions={"5.7": "5.7.mysql_aurora.2.12.4", "8.0": "8.0.mysql_aurora.3.08.0"},
            port=3306, licences=(_GPL,), what="Aurora MySQL", logs=_MYSQL_LOGS,
        ),
        Engine(
            name="aurora-postgresql", versions=_POSTGRES_VERSIONS, port=5432, licences=(_POSTGRES,),
            what="Aurora (PostgreSQL)", logs=_POSTGRES_LOGS[:1],
        ),
        *(
            Engine(
                name=f"oracle-{edition}", versions=_ORACLE, port=1521, licences=licences,
                what=f"Oracle Database {edition}", logs=_ORACLE_LOGS, dash="-",
            )
            for edition, licences in (
                ("ee", (_BRING,)), ("ee-cdb", (_BRING,)), ("se2", (_BRING, _INCLUDED)),
                ("se2-cdb", (_BRING, _INCLUDED)),
            )
        ),
        *(
            Engine(
                name=f"sqlserver-{edition}", versions=_SQL_SERVER, port=1433, licences=(_INCLUDED,),
                what=f"SQL Server {edition}", logs=("agent", "error"), dash="-",
            )
            for edition in ("ee", "ex", "se", "web")
        ),
    )
}  # fmt: skip


def engine(name: str) -> Engine:
    """The engine of a name. Raises `Refusal`."""
    found = ENGINES.get(name.lower())
    if found is None:
        # evidence: guess
        raise errors.value(f"Invalid DB engine: {name}")
    return found
