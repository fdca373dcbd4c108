"""The metadata service over HTTP.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/configuring-instance-metadata-service.html
"""

from __future__ import annotations

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from backtrail import Call, Caller, Command, Identity, Params, UnsetType, field, outbox, told
from backtrail.facts import Origin
from backtrail.wire import HttpAnswer, HttpRequest
from backtrail_aws.ec2 import metadata
from backtrail_aws.ec2.instance_profiles import GetInstanceProfile, GetInstanceProfileResult
from backtrail_aws.ec2.state import Ec2
from backtrail_aws.ec2.state_compute import Instance

TOKEN, TTL = "x-aws-ec2-metadata-token", "x-aws-ec2-metadata-token-ttl-seconds"
HOPS = "x-backtrail-hops"
"""How many hops a request is from its instance: 1 on the instance itself, 2 in a container with its own network."""
TTL_S = (1, 21_600)  # instancedata-data-retrieval.html: six hours at most
SESSION_S = 3_600
"""AWS gives six hours, whatever the role's own limit is; every role allows one."""
SPARE = timedelta(minutes=15)
"""So long before they expire credentials are made anew (iam-roles-for-amazon-ec2.html: at least five minutes)."""


class AssumeRole(Params):
    """What STS is asked, as EC2."""

    role_arn: str = field(name="roleArn")
    role_session_name: str = field(name="roleSessionName")
    duration_seconds: int = field(name="durationSeconds")


class Place(msgspec.Struct, frozen=True):
    """An instance, and where it is."""

    account: str
    region: str
    state: Ec2
    instance: Instance


class Metadata:
    """The service of all instances of an engine, and the credentials that it gave out."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        self._given: dict[tuple[str, str], dict[str, Any]] = {}

    async def answer(self, request: HttpRequest, prefix: str) -> HttpAnswer:
        """The answer to a request under `/_imds/INSTANCE/`."""
        identifier, _, rest = request.path.removeprefix(prefix).partition("/")
        place = self._find(identifier)
        if place is None:
            return _text(404, "Not Found")
        options = place.instance.metadata
        if not isinstance(options, UnsetType) and options.http_endpoint == "disabled":
            return _text(403, "Forbidden")
        parts = rest.strip("/").split("/")
        if parts[1:] == ["api", "token"]:
            return self._token(request, place.instance)
        if request.method != "GET":
            return _text(405, "Method Not Allowed")
        needed = not isinstance(options, UnsetType) and options.http_tokens == "required"
        given = request.header(TOKEN)
        if (given and not self._valid(given, identifier)) or (needed and not given):
            return _text(401, "Unauthorized")
        found = await self._read(place, parts[1:])
        return _text(404, "Not Found") if found is None else _text(200, found)

    def _find(self, identifier: str) -> Place | None:
        """A running instance, wherever it is."""
        for (_, account, region), state in self._engine.machine.states_of("ec2"):
            instance = state.compute.instances.get(identifier)
            if instance is not None and instance.state in ("pending", "running"):
                return Place(account, region, state, instance)
        return None

    # tokens

    def _token(self, request: HttpRequest, instance: Instance) -> HttpAnswer:
        """A token of version 2. A request that came through a proxy gets none, nor one from too far away."""
        if request.method != "PUT":
            return _text(405, "Method Not Allowed")
        if not _arrives(request, instance):
            return _text(504, "Gateway Timeout")
        if request.header("x-forwarded-for"):
            return _text(403, "Forbidden")
        text = request.header(TTL)
        if not text.isdigit() or not TTL_S[0] <= int(text) <= TTL_S[1]:
            return _text(400, "Bad Request")
        until = str(int(self._engine.clock.now().timestamp()) + int(text))
        token = base64.urlsafe_b64encode(f"{until}.{self._mark(until, instance.id)}".encode()).decode()
        return _text(200, token, [(TTL, text)])

    def _mark(self, until: str, instance: str) -> str:
        key: bytes = self._engine.machine.secret("ec2", "metadata", 32)
        return hmac.new(key, f"{instance}/{until}".encode(), "sha256").hexdigest()

    def _valid(self, token: str, instance: str) -> bool:
        try:
            until, _, mark = base64.urlsafe_b64decode(token).decode().partition(".")
            late = float(until) < self._engine.clock.now().timestamp()
        except ValueError:
            return False
        return not late and hmac.compare_digest(mark, self._mark(until, instance))

    # answers

    async def _read(self, place: Place, path: list[str]) -> str | bytes | None:
        role = self._role(place)
        held = metadata.tree(place.state, place.instance, place.region, _name(role))
        match [one for one in path if one]:
            case []:
                return "dynamic\nmeta-data\nuser-data"
            case ["user-data"]:
                return metadata.user_data(place.instance)
            case ["dynamic", "instance-identity", "document"]:
                return metadata.document(place.instance, place.account, place.region, str(held["local-ipv4"]))
            case ["meta-data", "iam", "security-credentials", name] if role is not None and name == _name(
                role
            ):
                return await self._credentials(place, role)
            case ["meta-data", *rest]:
                return metadata.read(held, rest)
            case _:
                return None

    def _role(self, place: Place) -> str | None:
        """The ARN of the role in an instance's profile, as IAM tells it."""
        profile = place.instance.profile
        if profile is None:
            return None
        wanted = GetInstanceProfile(instance_profile_name=profile.arn.rpartition("/")[2])
        call: Call[Any] = Call(
            self._engine.machine, service="ec2", params=wanted, account=place.account, region=place.region,
            time=self._engine.clock.now(), event_id="", request_id="", caller=_ec2(place.account),
        )  # fmt: skip
        found = call.ask("iam", wanted, GetInstanceProfileResult)
        roles = told(found.instance_profile.roles, []) if found is not None else []
        return roles[0].arn if roles else None

    async def _credentials(self, place: Place, role: str) -> str:
        """A session of the role, named after the instance; the same one until shortly before it ends."""
        key = (place.instance.id, role)
        held = self._given.get(key)
        if held is None or held["until"] < self._engine.clock.now() + SPARE:
            wanted = AssumeRole(
                role_arn=role, role_session_name=place.instance.id, duration_seconds=SESSION_S
            )
            sent = outbox.sent(Command("sts", wanted), place.account, place.region)
            caller = _ec2(place.account)
            origin = Origin(key="", root="", sender="ec2", sent=sent, caller=caller)
            incoming = outbox.incoming(origin, self._engine.machine)
            answered = await self._engine.call(msgspec.structs.replace(incoming, origin=None))
            if answered.error is not None:
                code = "AssumeRoleUnauthorizedAccess"
                return json.dumps(
                    {"Code": code, "Message": answered.error.message, "LastUpdated": self._now()}
                )
            given = answered.result.credentials
            held = {
                "until": given.expiration, "AccessKeyId": given.access_key_id,
                "SecretAccessKey": given.secret_access_key, "Token": given.session_token, "LastUpdated": self._now(),
            }  # fmt: skip
            self._given[key] = held
        ahead = held["until"] - self._engine.clock.now()  # clients compare with their own clock
        shown = {name: value for name, value in held.items() if name != "until"}
        until = (datetime.now(UTC) + ahead).strftime("%Y-%m-%dT%H:%M:%SZ")
        return json.dumps({"Code": "Success", "Type": "AWS-HMAC", **shown, "Expiration": until}, indent=2)

    def _now(self) -> str:
        return str(self._engine.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"))


def _arrives(request: HttpRequest, instance: Instance) -> bool:
    """Whether the answer with a token gets as far as whoever asked: `HttpPutResponseHopLimit`."""
    options, hops = instance.metadata, request.header(HOPS)
    most = 1 if isinstance(options, UnsetType) else told(options.http_put_response_hop_limit, 1)
    return not hops.isdigit() or int(hops) <= most


def _ec2(account: str) -> Caller:
    """EC2 itself."""
    identity = Identity(type="AWSService", invoked_by="ec2.amazonaws.com")
    return Caller(identity=identity, account=account, service="ec2.amazonaws.com")


def _name(role: str | None) -> str | None:
    return role.rpartition("/")[2] if role is not None else None


def _text(status: int, body: str | bytes, headers: list[tuple[str, str]] | None = None) -> HttpAnswer:
    data = body.encode() if isinstance(body, str) else body
    return HttpAnswer(
        status=status,
        headers=[("content-type", "text/plain"), ("server", "EC2ws"), *(headers or [])],
        body=data,
    )
