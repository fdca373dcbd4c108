"""How CloudTrail writes SNS: what is published is hidden, phone numbers, credentials and tokens are.

https://docs.aws.amazon.com/sns/latest/dg/logging-using-cloudtrail.html (`Publish`: message, subject and attributes are
`HIDDEN_DUE_TO_SECURITY_REASONS`, and a real record agrees). That tokens, device tokens, phone numbers and the
attributes of platform applications (which hold private keys) are hidden likewise is a guess on the safe side.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail(
    masked=frozenset(
        {
            "CheckIfPhoneNumberIsOptedOut.phoneNumber",
            "ConfirmSubscription.Token",
            "CreatePlatformApplication.Attributes",
            "CreatePlatformEndpoint.Attributes",
            "CreatePlatformEndpoint.Token",
            "CreateSMSSandboxPhoneNumber.PhoneNumber",
            "DeleteSMSSandboxPhoneNumber.PhoneNumber",
            "ListPhoneNumbersOptedOutResult.phoneNumbers",
            "OptInPhoneNumber.phoneNumber",
            "PhoneNumberInformation.PhoneNumber",
            "Publish.Message",
            "Publish.MessageAttributes",
            "Publish.PhoneNumber",
            "Publish.Subject",
            "PublishBatchRequestEntry.Message",
            "PublishBatchRequestEntry.MessageAttributes",
            "PublishBatchRequestEntry.Subject",
            "SMSSandboxPhoneNumber.PhoneNumber",
            "SetEndpointAttributes.Attributes",
            "SetPlatformApplicationAttributes.Attributes",
            "VerifySMSSandboxPhoneNumber.OneTimePassword",
            "VerifySMSSandboxPhoneNumber.PhoneNumber",
        }
    ),
    # What belongs to such a call and nobody may read: a confirmation's token, a URL with its password (the record
    # shows it as lists do, with stars), a one-time password.
    added={
        "Subscribe.FullEndpoint": "Sealed[str]",
        "Subscribe.ConfirmationToken": "Sealed[str]",
        "CreateSMSSandboxPhoneNumber.OneTimePassword": "Sealed[str]",
    },
    optional=frozenset(
        {
            "AddPermission.AWSAccountId",
            "AddPermission.ActionName",
            "BatchResultErrorEntry.*",
            "CreatePlatformApplication.Platform",
            "ListSMSSandboxPhoneNumbersResult.*",
            "MessageAttributeValue.DataType",
            "PublishBatch.PublishBatchRequestEntries",
            "SetSMSAttributes.attributes",
            "TagResource.Tags",
            "UntagResource.TagKeys",
        }
    ),
    # What the service delivers by itself stands among the calls that have it delivered.
    data_events=frozenset({"DeliverHttp", "DeliverMessage", "RetryDelivery", "FailDelivery"}),
)
"""SNS's declaration."""
