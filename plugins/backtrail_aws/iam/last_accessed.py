"""Service last accessed data, from the log itself.

https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed-view-data.html. A job is done at once; it
tells what the log knows when it is read, not when it was begun. All actions are tracked.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from backtrail import UNSET, Call, Event, UnsetType, told
from backtrail.call import LastUse
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, errors, grants, policy_lookup, simulations, uses
from backtrail_aws.iam.listing import ends, listed
from backtrail_aws.iam.names import entity_key
from backtrail_aws.iam.state import Entity, Iam, Job, key_of, service

SERVICE_LEVEL, ACTION_LEVEL = "SERVICE_LEVEL", "ACTION_LEVEL"
_DONE = "COMPLETED"


@service.read
def generate_service_last_accessed_details(
    state: Iam, call: Call[api.GenerateServiceLastAccessedDetails]
) -> api.GenerateServiceLastAccessedDetailsResult:
    """Begin a report on a user, a group, a role or a policy."""
    _check(state, call.params.arn)
    return api.GenerateServiceLastAccessedDetailsResult(job_id=call.new_id("uuid", "job"))


@service.project
def report_begun(
    state: Iam,
    event: Event[api.GenerateServiceLastAccessedDetails, api.GenerateServiceLastAccessedDetailsResult],
) -> None:
    """There is this report."""
    job = told(event.result.job_id, event.new_id("uuid", "job"))
    level = told(event.params.granularity, SERVICE_LEVEL)
    state.jobs[job] = Job(about=event.params.arn, level=level, begun=SpacedTime.of(event.time))


def _check(state: Iam, arn: str) -> None:
    if ":policy/" in arn:
        policy_lookup.policy_at(state, arn)
    else:
        simulations.subject(state, arn)


@service.read
def get_service_last_accessed_details(
    state: Iam, call: Call[api.GetServiceLastAccessedDetails]
) -> api.GetServiceLastAccessedDetailsResult:
    """When each service that is open to a user, group or role, or by a policy, was used last."""
    job = _job(state, call.params.job_id, call.account)
    used = {arn: uses.by_service(call.accessed(arn), call.time) for arn in _entities(state, job.about)}
    rows = {prefix: prefix for prefix in sorted(_open(state, job.about))}
    page = listed(rows, call.params)
    return api.GetServiceLastAccessedDetailsResult(
        job_status=_DONE,
        job_type=job.level,
        job_creation_date=job.begun,
        job_completion_date=job.begun,
        services_last_accessed=[_service(prefix, used, job) for prefix in page.items],
        **ends(page),
    )


def _job(state: Iam, job_id: str, account: str) -> Job:
    found = state.jobs.get(job_id)
    if found is None:
        # evidence: model; words: guess
        raise errors.no_such_entity(f"Job {job_id} for account {account} is not found.")
    return found


def _open(state: Iam, arn: str) -> set[str]:
    """The prefixes of the services that a subject's policies open."""
    if ":policy/" in arn:
        held = [simulations.managed(state, arn)]
    else:
        held = list(simulations.sources(state, simulations.subject(state, arn)))
    found: set[str] = set()
    for source in held:
        found |= grants.opened(source.text)
    return found


def _entities(state: Iam, arn: str) -> dict[str, tuple[str, Entity]]:
    """The users and roles that a report is about: those in a group, those that have a policy."""
    found: dict[str, tuple[str, Entity]] = {}
    if ":policy/" not in arn:
        about = simulations.subject(state, arn)
        if about.kind != "group":
            return {about.entity.arn: (about.kind, about.entity)}
        _add_members(state, about.entity, found)
        return found
    for key in (*state.attachments.to(arn), *state.boundaries.to(arn)):
        for kind, table in (("user", state.users), ("role", state.roles), ("group", state.groups)):
            for name, entity in table.items():
                if entity_key(kind, name) != key:
                    continue
                if kind == "group":
                    _add_members(state, entity, found)
                else:
                    found[entity.arn] = (kind, entity)
    return found


def _add_members(state: Iam, group: Entity, found: dict[str, tuple[str, Entity]]) -> None:
    for name in state.members.to(key_of(group.name)):
        user = state.users.get(name)
        if user is not None:
            found[user.arn] = ("user", user)


def _service(
    prefix: str, used: Mapping[str, Mapping[str, Mapping[str, LastUse]]], job: Job
) -> api.ServiceLastAccessed:
    """One service: who used it last, when, where, and how many did."""
    latest: tuple[str, LastUse] | None = None
    count = 0
    for arn, by_service in used.items():
        actions = by_service.get(prefix)
        if not actions:
            continue
        count += 1
        use = max(actions.values(), key=lambda one: one.time)
        if latest is None or use.time > latest[1].time:
            latest = (arn, use)
    return api.ServiceLastAccessed(
        service_name=grants.services().get(prefix, prefix),
        service_namespace=prefix,
        last_authenticated=UNSET if latest is None else SpacedTime.of(latest[1].time),
        last_authenticated_entity=UNSET if latest is None else latest[0],
        last_authenticated_region=UNSET if latest is None else latest[1].region,
        total_authenticated_entities=count,
        tracked_actions_last_accessed=list(_actions(prefix, used)) if job.level == ACTION_LEVEL else UNSET,
    )


def _actions(
    prefix: str, used: Mapping[str, Mapping[str, Mapping[str, LastUse]]]
) -> Iterator[api.TrackedActionLastAccessed]:
    found: dict[str, tuple[str, LastUse]] = {}
    for arn, by_service in used.items():
        for action, use in by_service.get(prefix, {}).items():
            if action not in found or use.time > found[action][1].time:
                found[action] = (arn, use)
    for action, (arn, use) in sorted(found.items()):
        yield api.TrackedActionLastAccessed(
            action_name=action,
            last_accessed_entity=arn,
            last_accessed_time=SpacedTime.of(use.time),
            last_accessed_region=use.region,
        )


@service.read
def get_service_last_accessed_details_with_entities(
    state: Iam, call: Call[api.GetServiceLastAccessedDetailsWithEntities]
) -> api.GetServiceLastAccessedDetailsWithEntitiesResult:
    """Who of a report's users and roles used a service, and when: the latest first."""
    params = call.params
    job = _job(state, params.job_id, call.account)
    rows: list[tuple[float, str, api.EntityDetails]] = []
    for arn, (kind, entity) in _entities(state, job.about).items():
        actions = uses.by_service(call.accessed(arn), call.time).get(params.service_namespace, {})
        last = uses.last(actions.values(), call.time)
        when: SpacedTime | UnsetType = UNSET if last is None else SpacedTime.of(last.time)
        info = api.EntityInfo(
            arn=arn, name=entity.name, type=kind.upper(), id=told(entity.id, ""), path=entity.path
        )
        moment = 0.0 if last is None else -last.time.timestamp()
        rows.append((moment, arn, api.EntityDetails(entity_info=info, last_authenticated=when)))
    rows.sort(key=lambda row: row[:2])
    page = listed({f"{number:06}": row[2] for number, row in enumerate(rows)}, params)
    return api.GetServiceLastAccessedDetailsWithEntitiesResult(
        job_status=_DONE,
        job_creation_date=job.begun,
        job_completion_date=job.begun,
        entity_details_list=page.items,
        **ends(page),
    )
