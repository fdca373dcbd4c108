"""How CloudTrail writes itself: everything as it is.

Real records lack members that the API requires (a `CreateTrail` that names nothing but the trail), so those are
optional in a record; the handlers ask for them.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail
from backtrail.trail.times import CommaTime

TRAIL = Trail(
    time=CommaTime,
    optional=frozenset(
        {
            "AddTags.ResourceId",
            "AddTags.TagsList",
            "AdvancedEventSelector.FieldSelectors",
            "AdvancedFieldSelector.Field",
            "CreateTrail.Name",
            "CreateTrail.S3BucketName",
            "DeleteTrail.Name",
            "GetEventSelectors.TrailName",
            "GetTrail.Name",
            "GetTrailStatus.Name",
            "ListTags.ResourceIdList",
            "PutEventSelectors.TrailName",
            "PutInsightSelectors.InsightSelectors",
            "RemoveTags.ResourceId",
            "RemoveTags.TagsList",
            "StartLogging.Name",
            "StopLogging.Name",
            "Tag.Key",
            "UpdateTrail.Name",
        }
    ),
)
"""CloudTrail's declaration."""
