"""How CloudTrail writes Classic Load Balancers: plainly, as real records show.

https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/logging-using-cloudtrail.html
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail()
"""Nothing is written otherwise than its name has it."""
