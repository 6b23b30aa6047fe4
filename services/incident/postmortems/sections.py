"""The sections of a post-mortem, in the order in which people read them, and their headings."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

MAX_SECTION = 60_000
"""Characters of a section's Markdown."""


class Section(StrEnum):
    """One part of a post-mortem."""

    SUMMARY = "summary"
    IMPACT = "impact"
    TIMELINE = "timeline"
    DETECTION = "detection"
    ROOT_CAUSES = "root_causes"
    WENT_WELL = "what_went_well"
    WENT_BADLY = "what_went_badly"
    LUCKY = "where_we_were_lucky"
    ACTIONS = "actions"


HEADINGS: Mapping[Section, str] = {
    Section.SUMMARY: "Summary",
    Section.IMPACT: "Impact",
    Section.TIMELINE: "Timeline",
    Section.DETECTION: "Detection",
    Section.ROOT_CAUSES: "Root causes",
    Section.WENT_WELL: "What went well",
    Section.WENT_BADLY: "What went badly",
    Section.LUCKY: "Where we were lucky",
    Section.ACTIONS: "Actions",
}
