"""The Condition element of a statement, compiled.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-logic-multiple-context-keys-or-values.html:
all operators and all keys must hold; of a key's values one must match, or, for a negated operator, none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final

from backtrail.policy.errors import BadPolicy
from backtrail.policy.operators import OPERATORS, Operator
from backtrail.policy.patterns import Context, Matcher, Template, fill, one_of, parse

Holds = Callable[[Context], bool]
"""Whether one operator holds for one key of the request."""

_ALL: Final = "ForAllValues:"
_ANY: Final = "ForAnyValue:"
_IF_EXISTS: Final = "IfExists"
_NULL: Final = "Null"
_NAMES: Final = {name.lower(): name for name in (*OPERATORS, _NULL)}


def compiled(conditions: Mapping[str, Mapping[str, Sequence[str]]], *, variables: bool) -> tuple[Holds, ...]:
    """The conditions of a statement, all of which must hold. Raises `BadPolicy` for an operator that AWS lacks."""
    return tuple(_each(conditions, variables=variables))


def _each(conditions: Mapping[str, Mapping[str, Sequence[str]]], *, variables: bool) -> Iterator[Holds]:
    for name, keys in conditions.items():
        for key, values in keys.items():
            yield condition(name, key, values, variables=variables)


def condition(name: str, key: str, values: Sequence[str], *, variables: bool) -> Holds:
    """One operator (with its qualifier and IfExists) on one key. Raises `BadPolicy`."""
    qualifier, base, if_exists = _taken_apart(name)
    key = key.lower()
    if base == _NULL:
        return _null(key, values)
    operator = OPERATORS[base]
    value_holds = _value_holds(operator, values, variables=variables and operator.variables)
    if qualifier == _ALL:
        return _for_all(key, value_holds)
    if qualifier == _ANY:
        return _for_any(key, value_holds, if_exists)
    return _plain(key, value_holds, operator.negated, if_exists)


def _taken_apart(name: str) -> tuple[str, str, bool]:
    qualifier = next((one for one in (_ALL, _ANY) if name.lower().startswith(one.lower())), "")
    rest = name[len(qualifier) :].lower()
    if_exists = rest.endswith(_IF_EXISTS.lower())
    base = _NAMES.get(rest.removesuffix(_IF_EXISTS.lower()))
    if base is None or (base == _NULL and if_exists):
        raise BadPolicy(f"the condition operator {name} does not exist")
    return qualifier, base, if_exists


def _null(key: str, values: Sequence[str]) -> Holds:
    """`true`: the key is not there; `false`: it is."""
    wanted = {value.lower() for value in values}

    def holds(context: Context) -> bool:
        return ("false" if context.get(key) else "true") in wanted

    return holds


ValueHolds = Callable[[str | None, Context], bool]
"""Whether an operator holds for one value of the request; None is a key that the request lacks."""


def _value_holds(operator: Operator, values: Sequence[str], *, variables: bool) -> ValueHolds:
    parsed = [parse(value, wild=operator.wild, variables=variables) for value in values]
    fixed = [operator.compile(value) for value in parsed if isinstance(value, str)]
    templates = [value for value in parsed if not isinstance(value, str)]
    if templates:
        return _with_variables(operator, fixed, templates)
    match = one_of(fixed)
    if operator.negated:
        return lambda value, context: value is None or not match(value)
    return lambda value, context: value is not None and match(value)


def _with_variables(operator: Operator, fixed: list[Matcher], templates: list[Template]) -> ValueHolds:
    """A variable without a value matches nothing, and lets a negated operator fail as well: the statement is void."""
    match = one_of(fixed)

    def holds(value: str | None, context: Context) -> bool:
        if not operator.negated:
            return value is not None and (
                match(value)
                or any(
                    operator.compile(wanted)(value)
                    for wanted in (fill(template, context) for template in templates)
                    if wanted is not None
                )
            )
        filled = [fill(template, context) for template in templates]
        if None in filled:
            return False
        return value is None or not (
            match(value) or any(operator.compile(wanted)(value) for wanted in filled if wanted is not None)
        )

    return holds


def _plain(key: str, value_holds: ValueHolds, negated: bool, if_exists: bool) -> Holds:
    """Of several values in the request one must match, and for a negated operator none."""
    combine = all if negated else any

    def holds(context: Context) -> bool:
        values = context.get(key)
        if not values:
            return if_exists or value_holds(None, context)
        if len(values) == 1:
            return value_holds(values[0], context)
        return combine(value_holds(value, context) for value in values)

    return holds


# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html


def _for_all(key: str, value_holds: ValueHolds) -> Holds:
    """Every value of the request; true where there is none, or nothing but an empty text."""

    def holds(context: Context) -> bool:
        values = context.get(key)
        if not values or values == ("",):
            return True
        return all(value_holds(value, context) for value in values)

    return holds


def _for_any(key: str, value_holds: ValueHolds, if_exists: bool) -> Holds:
    """At least one value of the request; false where there is none, or nothing but an empty text."""

    def holds(context: Context) -> bool:
        values = context.get(key)
        if not values:
            return if_exists
        return values != ("",) and any(value_holds(value, context) for value in values)

    return holds
