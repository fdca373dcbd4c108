"""IAM: the policy simulator, condition keys, and what was used."""

from __future__ import annotations

import json

from ..driving import TIME, Kept, Story, call, refused

USER = "arn:aws:iam::123456789012:user/u"


def policy(effect: str, action: str) -> str:
    """A policy of one statement, in one line."""
    statement = {"Effect": effect, "Action": action, "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


MADE = [
    call(
        "CreateUser",
        {"UserName": "u"},
        {"User": {"Path": "/", "UserName": "u", "UserId": str, "Arn": USER, "CreateDate": TIME}},
    ),
    call(
        "PutUserPolicy",
        {"UserName": "u", "PolicyName": "own", "PolicyDocument": policy("Allow", "sqs:*")},
    ),
]

STORIES = [
    Story(
        "iam",
        "policies are simulated",
        [
            *MADE,
            call(
                "SimulatePrincipalPolicy",
                {"PolicySourceArn": USER, "ActionNames": ["sqs:SendMessage", "s3:GetObject"]},
                {
                    "EvaluationResults": [
                        {
                            "EvalActionName": "sqs:SendMessage",
                            "EvalResourceName": "*",
                            "EvalDecision": "allowed",
                            "MatchedStatements": [
                                {
                                    "SourcePolicyId": "user_u_own",
                                    "SourcePolicyType": "IAM Policy",
                                    "StartPosition": {"Line": 1, "Column": int},
                                    "EndPosition": {"Line": 1, "Column": int},
                                }
                            ],
                            "MissingContextValues": [],
                        },
                        {
                            "EvalActionName": "s3:GetObject",
                            "EvalResourceName": "*",
                            "EvalDecision": "implicitDeny",
                            "MatchedStatements": [],
                            "MissingContextValues": [],
                        },
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "SimulateCustomPolicy",
                {
                    "PolicyInputList": [policy("Deny", "s3:*")],
                    "ActionNames": ["s3:GetObject"],
                    "ResourceArns": ["arn:aws:s3:::box/k"],
                },
                {
                    "EvaluationResults": [
                        {
                            "EvalActionName": "s3:GetObject",
                            "EvalResourceName": "arn:aws:s3:::box/k",
                            "EvalDecision": "explicitDeny",
                            "MatchedStatements": [...],
                            "MissingContextValues": [],
                            "ResourceSpecificResults": [
                                {
                                    "EvalResourceName": "arn:aws:s3:::box/k",
                                    "EvalResourceDecision": "explicitDeny",
                                    "MatchedStatements": [...],
                                    "MissingContextValues": [],
                                }
                            ],
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "GetContextKeysForCustomPolicy",
                {"PolicyInputList": [policy("Allow", "s3:*")]},
                {"ContextKeyNames": []},
            ),
            call(
                "GetContextKeysForPrincipalPolicy",
                {
                    "PolicySourceArn": USER,
                    "PolicyInputList": [policy("Allow", "s3:*").replace("*", "${aws:username}", 2)],
                },
                {"ContextKeyNames": ["aws:username"]},
            ),
            refused(
                "SimulatePrincipalPolicy",
                {"PolicySourceArn": f"{USER}x", "ActionNames": ["s3:GetObject"]},
                "NoSuchEntity",
            ),
        ],
    ),
    Story(
        "iam",
        "what was used",
        [
            *MADE,
            call("GenerateServiceLastAccessedDetails", {"Arn": USER}, {"JobId": str}, keeps={"job": "JobId"}),
            call(
                "GetServiceLastAccessedDetails",
                {"JobId": Kept("job")},
                {
                    "JobStatus": "COMPLETED",
                    "JobType": "SERVICE_LEVEL",
                    "JobCreationDate": TIME,
                    "JobCompletionDate": TIME,
                    "ServicesLastAccessed": [
                        {"ServiceName": str, "ServiceNamespace": "sqs", "TotalAuthenticatedEntities": 0}
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "GetServiceLastAccessedDetailsWithEntities",
                {"JobId": Kept("job"), "ServiceNamespace": "sqs"},
                {
                    "JobStatus": "COMPLETED",
                    "JobCreationDate": TIME,
                    "JobCompletionDate": TIME,
                    "EntityDetailsList": [
                        {"EntityInfo": {"Arn": USER, "Name": "u", "Type": "USER", "Id": str, "Path": "/"}}
                    ],
                    "IsTruncated": False,
                },
            ),
            call(
                "ListPoliciesGrantingServiceAccess",
                {"Arn": USER, "ServiceNamespaces": ["sqs"]},
                {
                    "PoliciesGrantingServiceAccess": [
                        {
                            "ServiceNamespace": "sqs",
                            "Policies": [
                                {
                                    "PolicyName": "own",
                                    "PolicyType": "INLINE",
                                    "EntityType": "USER",
                                    "EntityName": "u",
                                }
                            ],
                        }
                    ],
                    "IsTruncated": False,
                },
            ),
        ],
    ),
]
