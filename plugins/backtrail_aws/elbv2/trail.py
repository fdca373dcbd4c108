"""How CloudTrail writes Elastic Load Balancing: plainly, as real records show.

https://docs.aws.amazon.com/elasticloadbalancing/latest/userguide/logging-using-cloudtrail.html. That the secret of an
identity provider's client is hidden is a guess on the safe side.
"""

from __future__ import annotations

from backtrail.trail.declare import Trail

TRAIL = Trail(
    masked=frozenset({"AuthenticateOidcActionConfig.ClientSecret"}),
)
"""The second API's declaration."""
