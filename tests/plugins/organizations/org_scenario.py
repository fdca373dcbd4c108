"""Short words for the tests of Organizations: IAM, STS and SQS stand beside it, to be bound."""

from __future__ import annotations

import json
from typing import Any

import backtrail_aws.iam
import backtrail_aws.organizations
import backtrail_aws.sqs
import backtrail_aws.sts
from backtrail.testing import ACCOUNT, Scenario
from backtrail_aws.organizations import api
from backtrail_aws.organizations.state import Organization, Organizations
from backtrail_aws.sts import api as sts

OTHER = "444455556666"
SCP = "SERVICE_CONTROL_POLICY"
RCP = "RESOURCE_CONTROL_POLICY"


def policy(effect: str, action: Any, **more: Any) -> str:
    """A policy of one statement about everything."""
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


class Org(Scenario):
    """A scenario with Organizations; calls name their service by the module of their parameters."""

    def __init__(self) -> None:
        super().__init__(backtrail_aws.organizations, backtrail_aws.iam, backtrail_aws.sts, backtrail_aws.sqs)

    def __call__(self, key: str, *calls: Any, **given: Any) -> Org:
        """Calls with a key; twelve digits are the root of that account."""
        for call in calls:
            self.with_key(key)
            account = self.caller.account
            self.when(call, service=type(call).__module__.split(".")[1], account=account, **given)
        return self

    def root(self, *calls: Any) -> Org:
        """Calls of the management account's root that succeed."""
        for call in calls:
            self(ACCOUNT, call)
            assert self.error is None, self.error
        return self

    def works(self) -> Org:
        """The last call was answered."""
        assert self.error is None, self.error
        return self

    def created(self, features: str = "ALL") -> Org:
        """There is an organization."""
        return self.root(api.CreateOrganization(feature_set=features))

    def enabled(self, *types: str) -> Org:
        """Policies of these types count."""
        for type in types or (SCP,):
            self.root(api.EnablePolicyType(root_id=self.root_id, policy_type=type))
        return self

    def account_made(self, name: str = "dev") -> str:
        """A new account's number."""
        self.root(api.CreateAccount(email=f"{name}@example.com", account_name=name))
        request = self.answer.create_account_status.id
        self.root(api.DescribeCreateAccountStatus(create_account_request_id=request))
        number: str = self.answer.create_account_status.account_id
        return number

    def unit_made(self, name: str, parent: str = "") -> str:
        """A new unit's id."""
        self.root(api.CreateOrganizationalUnit(parent_id=parent or self.root_id, name=name))
        made: str = self.answer.organizational_unit.id
        return made

    def policy_made(self, name: str, content: str, type: str = SCP) -> str:
        """A new policy's id."""
        self.root(api.CreatePolicy(name=name, description="", content=content, type=type))
        made: str = self.answer.policy.policy_summary.id
        return made

    def attached(self, policy_id: str, target: str) -> Org:
        """A policy is attached."""
        return self.root(api.AttachPolicy(policy_id=policy_id, target_id=target))

    def inside(self, account: str) -> str:
        """The key of a session of the role that the management account has in a member."""
        self.root(
            sts.AssumeRole(
                role_arn=f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole",
                role_session_name="boss",
            )
        )
        key: str = self.answer.credentials.access_key_id
        return key

    @property
    def organization(self) -> Organization:
        """The organization as the state has it."""
        state = self.machine.state(("organizations", "", ""))
        assert isinstance(state, Organizations)
        found = state.of(ACCOUNT)
        assert found is not None
        return found

    @property
    def root_id(self) -> str:
        """The root's id."""
        assert isinstance(self.organization.root, str)
        return self.organization.root
