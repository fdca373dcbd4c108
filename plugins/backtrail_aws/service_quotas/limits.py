"""Service Quotas' numbers, each with the page that it comes from."""

from __future__ import annotations

from backtrail import Cycle, Phase

PAGE_MAX = 100
"""API_ListServiceQuotas; also where a caller names none."""

TEMPLATE_MAX = 10
"""https://docs.aws.amazon.com/servicequotas/latest/userguide/organization-templates.html"""

TAGS_MAX = 50
"""https://docs.aws.amazon.com/servicequotas/latest/userguide/sq-tagging.html"""

TEMPLATE_REGION = "us-east-1"
"""Where templates are: https://docs.aws.amazon.com/servicequotas/latest/userguide/organization-templates.html"""

APPROVED, DECLINED = "APPROVED", "NOT_APPROVED"

CYCLES: dict[str, Cycle] = {
    end: {"PENDING": Phase(60, "CASE_OPENED"), "CASE_OPENED": Phase(840, end)} for end in (APPROVED, DECLINED)
}
"""How a request is seen to go: https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html
names the states; smaller ones are granted within about a quarter of an hour."""
