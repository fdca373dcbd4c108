"""How CloudTrail writes Auto Scaling: as it is, but for user data and the codes of validation.

User data is `<sensitiveDataRemoved>`, as EC2 has it: a guess on the safe side. A real record has `ValidationException`
for the wire's `ValidationError`. Records lack what the model requires of parts (a foreign trail's group with a launch
template that names it by id alone, and so on), so parts are optional.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail(
    removed=frozenset({"CreateLaunchConfiguration.UserData", "LaunchConfiguration.UserData"}),
    optional=frozenset(
        {"Activity.*", "AutoScalingGroup.*", "AutoScalingInstanceDetails.*", "LaunchConfiguration.*"}
    ),
    errors={"ValidationError": "ValidationException"},
)
"""Auto Scaling's declaration."""
