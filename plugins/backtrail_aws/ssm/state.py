"""What is known of one account's Systems Manager in one region, and the service that keeps it.

UNSET is what no record told. Values stand in the State, which is encrypted wherever it is kept.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from backtrail import UNSET, Event, Sealed, Service, SortedMap, State, UnsetType, field, known
from backtrail_aws.ssm import api, limits
from backtrail_aws.ssm.errors import CODES
from backtrail_aws.ssm.trail import TRAIL


class Version(msgspec.Struct, kw_only=True):
    """One version of a parameter. `value` is UNSET where no record told it; `origin` is the record that made it."""

    number: int
    origin: str = ""
    value: Sealed[str] | UnsetType = UNSET
    type: str | UnsetType = UNSET
    key: str | UnsetType = UNSET
    made: datetime | UnsetType = UNSET
    user: str | UnsetType = UNSET
    description: str | UnsetType = UNSET
    pattern: str | UnsetType = UNSET
    tier: str | UnsetType = UNSET
    policies: str | UnsetType = UNSET
    data_type: str | UnsetType = UNSET
    labels: list[str] = []


class Parameter(msgspec.Struct, kw_only=True):
    """A parameter. `versions` are oldest first; one that was inferred has none. `expires` is its policy's time."""

    name: str
    arn: str
    versions: list[Version] = []
    tags: dict[str, str] = {}
    expires: datetime | UnsetType = UNSET

    def current(self) -> Version | None:
        """The newest version."""
        return self.versions[-1] if self.versions else None


class DocumentVersion(msgspec.Struct, kw_only=True):
    """One version of a document; what is read out of its content is UNSET where the content is not known."""

    number: str
    content: str | UnsetType = UNSET
    format: str | UnsetType = UNSET
    made: datetime | UnsetType = UNSET
    name: str | UnsetType = UNSET
    display_name: str | UnsetType = UNSET
    target_type: str | UnsetType = UNSET
    requires: list[api.DocumentRequires] | UnsetType = UNSET
    attachments: list[str] = []


class Document(msgspec.Struct, kw_only=True):
    """A document. `shared` is account (or `all`) -> version."""

    name: str
    arn: str
    owner: str
    type: str | UnsetType = UNSET
    default: str = "1"
    versions: dict[str, DocumentVersion] = {}
    shared: dict[str, str] = {}
    tags: dict[str, str] = {}

    def latest(self) -> str:
        """The number of the newest version."""
        return str(max((int(number) for number in self.versions), default=1))


class Command(msgspec.Struct, kw_only=True):
    """A command that was sent to the `reached` instances; for the `cancelled` ones it was cancelled in time."""

    id: str
    sent: datetime
    told: api.Command
    delivery_s: int = limits.COMMAND_TIMEOUT_DEFAULT_S
    reached: list[str] = []
    cancelled: list[str] = []


class Window(msgspec.Struct, kw_only=True):
    """A maintenance window, its targets and tasks. `settings` is what it was made of, and changed to."""

    id: str
    arn: str
    settings: api.UpdateMaintenanceWindow
    made: datetime | UnsetType = UNSET
    changed: datetime | UnsetType = UNSET
    targets: dict[str, api.MaintenanceWindowTarget] = {}
    tasks: dict[str, api.GetMaintenanceWindowTaskResult] = {}
    tags: dict[str, str] = {}


class Baseline(msgspec.Struct, kw_only=True):
    """A patch baseline of the account's own."""

    id: str
    arn: str
    system: str | UnsetType = UNSET
    settings: api.UpdatePatchBaseline
    made: datetime | UnsetType = UNSET
    changed: datetime | UnsetType = UNSET
    tags: dict[str, str] = {}


class Run(msgspec.Struct, kw_only=True):
    """How an association went on an instance the last time."""

    at: datetime | UnsetType = UNSET
    succeeded: datetime | UnsetType = UNSET
    status: str | UnsetType = UNSET
    summary: str | UnsetType = UNSET
    error: str | UnsetType = UNSET


class Instance(msgspec.Struct, kw_only=True):
    """A managed instance, as its agent tells of itself."""

    id: str
    arn: str
    seen: datetime | UnsetType = UNSET
    registered: datetime | UnsetType = UNSET
    agent_version: str | UnsetType = UNSET
    agent_status: str | UnsetType = UNSET
    platform: str | UnsetType = UNSET
    platform_name: str | UnsetType = UNSET
    platform_version: str | UnsetType = UNSET
    address: str | UnsetType = UNSET
    computer: str | UnsetType = UNSET
    inventory: dict[str, api.InventoryItem] = {}
    compliance: dict[str, list[api.ComplianceItem]] = {}
    associations: dict[str, Run] = {}
    tags: dict[str, str] = {}


class Session(msgspec.Struct, kw_only=True):
    """A session of Session Manager. Nobody ends one by itself here: `ended` is when it was terminated."""

    id: str
    target: str | UnsetType = UNSET
    owner: str | UnsetType = UNSET
    document: str | UnsetType = UNSET
    reason: str | UnsetType = UNSET
    started: datetime | UnsetType = UNSET
    ended: datetime | UnsetType = UNSET


class Ssm(State):
    """`due` is `time/name` of the parameters that expire; `groups` is `system/patch group` -> baseline."""

    parameters: SortedMap[str, Parameter] = field(default_factory=SortedMap[str, Parameter])
    due: SortedMap[str, str] = field(default_factory=SortedMap[str, str])
    documents: SortedMap[str, Document] = field(default_factory=SortedMap[str, Document])
    commands: SortedMap[str, Command] = field(default_factory=SortedMap[str, Command])
    windows: SortedMap[str, Window] = field(default_factory=SortedMap[str, Window])
    baselines: SortedMap[str, Baseline] = field(default_factory=SortedMap[str, Baseline])
    groups: SortedMap[str, str] = field(default_factory=SortedMap[str, str])
    defaults: dict[str, str] = {}
    instances: SortedMap[str, Instance] = field(default_factory=SortedMap[str, Instance])
    sessions: SortedMap[str, Session] = field(default_factory=SortedMap[str, Session])
    other_tags: dict[str, dict[str, str]] = {}

    def parameter(self, event: Event[Any, Any], name: str) -> Parameter:
        """The parameter of a name, inferred where no record made it."""
        return known(
            self.parameters, name, event,
            lambda: Parameter(name=name, arn=event.arn("ssm", f"parameter/{name.removeprefix('/')}")),
        )  # fmt: skip

    def document(self, event: Event[Any, Any], name: str) -> Document:
        """The document of a name, inferred where no record made it."""
        return known(
            self.documents, name, event,
            lambda: Document(name=name, arn=event.arn("ssm", f"document/{name}"), owner=event.account),
        )  # fmt: skip

    def window(self, event: Event[Any, Any], identifier: str) -> Window:
        """The window of an id, inferred where no record made it."""
        return known(
            self.windows, identifier, event,
            lambda: Window(
                id=identifier, arn=event.arn("ssm", f"maintenancewindow/{identifier}"),
                settings=api.UpdateMaintenanceWindow(window_id=identifier),
            ),
        )  # fmt: skip

    def baseline(self, event: Event[Any, Any], identifier: str) -> Baseline:
        """The baseline of an id, inferred where no record made it."""
        return known(
            self.baselines, identifier, event,
            lambda: Baseline(
                id=identifier, arn=event.arn("ssm", f"patchbaseline/{identifier}"),
                settings=api.UpdatePatchBaseline(baseline_id=identifier),
            ),
        )  # fmt: skip

    def instance(self, event: Event[Any, Any], identifier: str) -> Instance:
        """The managed instance of an id: what an agent says is the first that is heard of one."""
        found = self.instances.get(identifier)
        if found is None:
            managed = identifier.startswith("mi-")
            arn = event.arn("ssm", f"managed-instance/{identifier}") if managed else event.arn(
                "ec2", f"instance/{identifier}"
            )  # fmt: skip
            found = self.instances[identifier] = Instance(id=identifier, arn=arn, registered=event.time)
        return found


def _declare(service: Service[Ssm]) -> Service[Ssm]:
    """The quotas; where no document tells AWS's code, it is one of Backtrail's own."""
    for name, default, title in (
        ("standard-parameters", limits.STANDARD_MAX, "Standard parameters per Region"),
        ("advanced-parameters", limits.ADVANCED_MAX, "Advanced parameters per Region"),
        ("documents", limits.DOCUMENTS_MAX, "Documents per Region"),
        ("maintenance-windows", limits.WINDOWS_MAX, "Maintenance windows per Region"),
        ("patch-baselines", limits.BASELINES_MAX, "Patch baselines per Region"),
    ):
        service.quota(
            f"ssm-{name}", name, default, title, what=f"The maximum number of {name.replace('-', ' ')}"
        )
    return service


service = _declare(Service("ssm", Ssm, trail=TRAIL, errors=CODES, validate=True))
service.resource(
    "AWS::SSM::Parameter", lambda state: state.parameters, lambda one: one.arn, lambda one: one.tags
)
service.resource(
    "AWS::SSM::Document", lambda state: state.documents, lambda one: one.arn, lambda one: one.tags
)
service.resource(
    "AWS::SSM::MaintenanceWindow", lambda state: state.windows, lambda one: one.arn, lambda one: one.tags
)
service.resource(
    "AWS::SSM::PatchBaseline", lambda state: state.baselines, lambda one: one.arn, lambda one: one.tags
)
service.resource(
    "AWS::SSM::ManagedInstance", lambda state: state.instances, lambda one: one.arn, lambda one: one.tags
)
