"""How CloudTrail writes Service Quotas: as the API says it.

https://docs.aws.amazon.com/servicequotas/latest/userguide/logging-using-cloudtrail.html
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail()
"""Service Quotas' declaration."""
