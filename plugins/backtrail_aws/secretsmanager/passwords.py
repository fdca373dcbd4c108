"""Random passwords: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetRandomPassword.html"""

from __future__ import annotations

import string

from backtrail import Call, told
from backtrail_aws.secretsmanager import api, errors, limits
from backtrail_aws.secretsmanager.state import Secrets, service


@service.read
def get_random_password(state: Secrets, call: Call[api.GetRandomPassword]) -> api.GetRandomPasswordResult:
    """Characters of the kinds that are not excluded, one of each kind at least unless that is not wanted."""
    params = call.params
    length = told(params.password_length, limits.PASSWORD_DEFAULT)
    kinds = [
        (params.exclude_lowercase, string.ascii_lowercase),
        (params.exclude_uppercase, string.ascii_uppercase),
        (params.exclude_numbers, string.digits),
        (params.exclude_punctuation, string.punctuation),
        (params.include_space is not True, " "),
    ]
    excluded = set(told(params.exclude_characters, ""))
    given = [
        "".join(one for one in letters if one not in excluded) for off, letters in kinds if off is not True
    ]
    alphabets = [one for one in given if one]
    if not alphabets:
        # evidence: guess
        raise errors.invalid("The password can't be generated: all characters are excluded.")
    each = told(params.require_each_included_type, True)
    if each and length < len(alphabets):
        # evidence: guess
        raise errors.invalid("Password length is too short based on the required types.")
    made = _password(call, length, alphabets, alphabets if each else [])
    return api.GetRandomPasswordResult(random_password=made)


def _password(call: Call[api.GetRandomPassword], length: int, alphabets: list[str], each: list[str]) -> str:
    """One character of `each` alphabet, the rest of all, at places that are as secret as they are."""
    made = [call.secret_text(f"kind{number}", 1, one) for number, one in enumerate(each)]
    made += call.secret_text("rest", length - len(made), "".join(alphabets))
    order = call.secret("order", 4 * length)
    places = sorted(range(length), key=lambda place: order[4 * place : 4 * place + 4])
    return "".join(made[place] for place in places)
