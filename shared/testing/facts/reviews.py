"""Examples of what is told of reviews: the week of the story was reviewed, and Sara gets it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from shared.events import Fact
from shared.events.analytics.reviews import ReviewChart, ReviewFact, ReviewSubscriberFact, ReviewText
from shared.testing.story import at


def review() -> ReviewFact:
    """The week's review."""
    markdown = "# Weekly review\n\n## Open incidents\n\n- [Disk full](https://tocsin.example.org/incidents/INC-1)\n"
    return ReviewFact(
        id="weekly-2026-W48",
        kind="weekly",
        start=date(2026, 11, 23),
        end=date(2026, 11, 30),
        texts={
            "en": ReviewText(subject="Weekly review", markdown=markdown),
            "ja": ReviewText(subject="週次レビュー", markdown=markdown.replace("Weekly review", "週次レビュー")),
            "fa": ReviewText(subject="بازبینی هفته", markdown=markdown.replace("Weekly review", "بازبینی هفته")),
        },
        chart=ReviewChart(labels=[date(2026, 11, 23), date(2026, 11, 24)], values=[3, 1], previous=[2, 0]),
        people=["sara"],
        made_at=at(700_000),
    )


REVIEW_EXAMPLES: Mapping[str, Callable[[], Fact]] = {
    "review.made.v1": review,
    "review.subscribed.v1": lambda: ReviewSubscriberFact(user_id="sara", kinds=["weekly", "monthly"], deleted=True),
}
