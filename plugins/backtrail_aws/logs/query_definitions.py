"""Query definitions: queries that are kept by a name.

https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutQueryDefinition.html
"""

from __future__ import annotations

from backtrail import UNSET, BadToken, Call, Event, UnsetType, page, told
from backtrail_aws.logs import api, errors, limits
from backtrail_aws.logs.api import (
    DeleteQueryDefinition,
    DeleteQueryDefinitionResult,
    DescribeQueryDefinitions,
    DescribeQueryDefinitionsResult,
    PutQueryDefinition,
    PutQueryDefinitionResult,
)
from backtrail_aws.logs.moments import millis
from backtrail_aws.logs.state import Logs, service


@service.handle(token="client_token")
def put_query_definition(state: Logs, call: Call[PutQueryDefinition]) -> PutQueryDefinitionResult:
    """The id of the definition: a new one's, or that of the one to change. The query itself is not looked at."""
    given = call.params.query_definition_id
    if isinstance(given, str):
        if given not in state.definitions:
            raise errors.not_there("query definition")
        return PutQueryDefinitionResult(query_definition_id=given)
    if len(state.definitions) >= limits.DEFINITIONS_MAX:
        raise errors.limit_exceeded()
    return PutQueryDefinitionResult(query_definition_id=call.new_id("uuid"))


@service.project
def query_definition_put(state: Logs, event: Event[PutQueryDefinition, PutQueryDefinitionResult]) -> None:
    """The definition is there; nothing of an older one stays."""
    params = event.params
    made = told(event.result.query_definition_id, told(params.query_definition_id, event.new_id("uuid")))
    state.definitions[made] = api.QueryDefinition(
        query_language=told(params.query_language, "CWLI"),
        query_definition_id=made,
        name=params.name,
        query_string=params.query_string,
        last_modified=millis(event.time),
        log_group_names=told(params.log_group_names, []),
        parameters=params.parameters,
    )


@service.handle
def delete_query_definition(state: Logs, call: Call[DeleteQueryDefinition]) -> DeleteQueryDefinitionResult:
    """Refuse what is not there."""
    if call.params.query_definition_id not in state.definitions:
        raise errors.not_there("query definition")
    return DeleteQueryDefinitionResult(success=True)


@service.project
def query_definition_deleted(state: Logs, event: Event[DeleteQueryDefinition, None]) -> None:
    """The definition is gone."""
    state.definitions.pop(event.params.query_definition_id, None)


@service.read
def describe_query_definitions(
    state: Logs, call: Call[DescribeQueryDefinitions]
) -> DescribeQueryDefinitionsResult:
    """Definitions whose names have a prefix."""
    params = call.params
    prefix, language = told(params.query_definition_name_prefix, ""), params.query_language

    def keep(one: api.QueryDefinition) -> bool:
        same = isinstance(language, UnsetType) or one.query_language == language
        return same and told(one.name, "").startswith(prefix)

    limit, token = told(params.max_results, limits.QUERIES_LISTED_MAX), told(params.next_token, "") or None
    try:
        found = page(state.definitions, token, limit, keep=keep)
    except BadToken as error:
        raise errors.bad_token() from error
    return DescribeQueryDefinitionsResult(query_definitions=found.items, next_token=found.next or UNSET)
