"""Login profiles: users' passwords for the console."""

from __future__ import annotations

from backtrail import UNSET, Call, Event, Params, UnsetType, field, told
from backtrail.trail.times import SpacedTime
from backtrail_aws.iam import api, implied, passwords
from backtrail_aws.iam import credential_errors as errors
from backtrail_aws.iam.names import user_meant, user_named
from backtrail_aws.iam.state import Iam, LoginProfile, User, service


def _view(user: User, login: LoginProfile) -> api.LoginProfile:
    return api.LoginProfile(
        user_name=user.name or UNSET,
        create_date=login.created,
        password_reset_required=login.reset_required,
        max_signin_session_duration=login.session_s,
    )


def _login_of(user: User) -> LoginProfile:
    """A user's password, as far as it is known to be there. Raises `Refusal`."""
    if user.login is UNSET:
        return LoginProfile()
    if user.login is None:
        raise errors.no_login_profile(user.name)
    return user.login


@service.handle
def create_login_profile(state: Iam, call: Call[api.CreateLoginProfile]) -> api.CreateLoginProfileResult:
    """Give a user a password."""
    params = call.params
    user = user_meant(state, call, params.user_name)
    if user.login is not UNSET and user.login is not None:
        raise errors.login_profile_exists(user.name)
    # Only a session of the central root management may leave the password out, which is not this plugin's.
    passwords.check(state, user.name, told(params.password, ""))
    made = LoginProfile(
        created=SpacedTime.of(call.time),
        reset_required=told(params.password_reset_required, False),
        session_s=params.max_signin_session_duration,
    )
    return api.CreateLoginProfileResult(login_profile=_view(user, made))


@service.project
def login_profile_created(
    state: Iam, event: Event[api.CreateLoginProfile, api.CreateLoginProfileResult]
) -> None:
    """The user has a password."""
    params = event.params
    user = implied.owner(state, event, params.user_name)
    if user is None:
        return
    now = SpacedTime.of(event.time)
    user.login = LoginProfile(
        created=now,
        changed=now,
        reset_required=told(params.password_reset_required, False),
        session_s=params.max_signin_session_duration,
        hash=_hash(user, params.password),
    )


def _hash(user: User, password: str | UnsetType) -> str | UnsetType:
    return UNSET if password is UNSET else passwords.hashed(told(user.id, user.name), password)


@service.evidence
def login_profile_existed(state: Iam, event: Event[api.CreateLoginProfile, None]) -> None:
    """Who cannot get a password has one."""
    user = implied.owner(state, event, event.params.user_name)
    if event.error == "EntityAlreadyExistsException" and user is not None and user.login is None:
        user.login = LoginProfile()


@service.read
def get_login_profile(state: Iam, call: Call[api.GetLoginProfile]) -> api.GetLoginProfileResult:
    """Whether a user has a password, and since when."""
    user = user_meant(state, call, call.params.user_name)
    return api.GetLoginProfileResult(login_profile=_view(user, _login_of(user)))


@service.handle
def update_login_profile(state: Iam, call: Call[api.UpdateLoginProfile]) -> None:
    """Give a user another password, or other rules for it."""
    params = call.params
    user = user_named(state, params.user_name)
    _login_of(user)
    if params.password is not UNSET:
        passwords.check(state, user.name, params.password)


@service.project
def login_profile_updated(state: Iam, event: Event[api.UpdateLoginProfile, None]) -> None:
    """The user has this password and these rules."""
    params = event.params
    user = implied.user(state, event, params.user_name)
    login = _known(user)
    login.reset_required = told(params.password_reset_required, login.reset_required)
    login.session_s = told(params.max_signin_session_duration, login.session_s)
    if params.reset_max_signin_session_duration is True:
        login.session_s = UNSET
    if params.password is not UNSET:
        login.changed = SpacedTime.of(event.time)
        passwords.remember(login, passwords.hashed(told(user.id, user.name), params.password))


def _known(user: User) -> LoginProfile:
    """A user's login profile in a fold: there, since a record used it."""
    if user.login is None or user.login is UNSET:
        user.login = LoginProfile()
    return user.login


@service.handle
def delete_login_profile(state: Iam, call: Call[api.DeleteLoginProfile]) -> None:
    """Take a user's password away."""
    _login_of(user_meant(state, call, call.params.user_name))


@service.project
def login_profile_deleted(state: Iam, event: Event[api.DeleteLoginProfile, None]) -> None:
    """The user has no password."""
    user = implied.owner(state, event, event.params.user_name)
    if user is not None:
        user.login = None


@service.handle
def change_password(state: Iam, call: Call[api.ChangePassword]) -> None:
    """Give the caller, a user, another password instead of the one that it must tell.

    A password that no record told is not compared: an unknown rule passes.
    """
    identity = call.caller.identity
    if identity.type != "IAMUser" or identity.user_name is UNSET:
        raise errors.not_a_password_user()
    user = user_named(state, identity.user_name)
    login = _login_of(user)
    policy = state.password_policy
    if policy is not None and not policy.change and login.reset_required is not True:
        raise errors.may_not_change_password(call.caller.arn, user.name)
    old, new = _hash(user, call.params.old_password), _hash(user, call.params.new_password)
    if login.hash is not UNSET and login.hash != old:
        raise errors.wrong_password()
    passwords.check(state, user.name, told(call.params.new_password, ""))
    passwords.check_new(state, login, told(new, ""))


@service.project
def password_changed(state: Iam, event: Event[api.ChangePassword, None]) -> None:
    """The caller has this password, and need not change it any more."""
    user = implied.owner(state, event, UNSET)
    if user is None or user is state.root:
        return
    login = _known(user)
    login.reset_required = False
    login.changed = SpacedTime.of(event.time)
    new = _hash(user, event.params.new_password)
    if new is not UNSET:
        passwords.remember(login, new)


class ConsoleLogin(Params):
    """A sign-in to the console, as the sign-in service records it."""


class ConsoleLoginResult(Params):
    """How it ended: `Success` or `Failure`."""

    console_login: str | UnsetType = field(name="ConsoleLogin", default=UNSET)


@service.project_from("signin")
def signed_in(state: Iam, event: Event[ConsoleLogin, ConsoleLoginResult]) -> None:
    """A user's or the root's password was used.

    https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
    """
    if event.result.console_login != "Success":
        return
    user = implied.owner(state, event, UNSET)
    if user is not None:
        user.password_last_used = SpacedTime.of(event.time)
