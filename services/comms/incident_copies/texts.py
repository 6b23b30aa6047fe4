"""What a message says of a past incident that is like its own, in the three languages. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.comms.i18n.dates import figure
from services.comms.i18n.plain_text import one_line, shorten
from services.comms.i18n.words import language
from shared.events.incidents import SimilarFact

SOLUTION_LIMIT = 300
TITLE_LIMIT = 200

_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "before": "It happened before",
        "ended": "What ended it: {solution}",
        "because": "{id}, {signs}",
        "alert": "same alert",
        "service": "same service",
        "words": "{words} of {of} words",
        "and": ", ",
    },
    "ja": {
        "before": "以前にも起きています",
        "ended": "そのときの解決策: {solution}",
        "because": "{id}（{signs}）",
        "alert": "同じアラート",
        "service": "同じサービス",
        "words": "{of} 語中 {words} 語が一致",
        "and": "、",
    },
    "fa": {
        "before": "پیش‌تر هم رخ داده است",
        "ended": "آنچه آن را پایان داد: {solution}",
        "because": "\u2068{id}\u2069، {signs}",
        "alert": "همان هشدار",
        "service": "همان سرویس",
        "words": "{words} از {of} واژه",
        "and": "، ",
    },
}


@dataclass(frozen=True, slots=True)
class SimilarText:
    """The lines of a message about a past incident; each is plain text on one line."""

    before: str
    title: str
    because: str
    """Which one it is, and in what it is alike."""
    ended: str


def similar_text(fact: SimilarFact, locale: str) -> SimilarText:
    """What is said of the past incident to a reader of this locale."""
    words = _WORDS[language(locale)]
    signs = [words["alert"]] if fact.same_alert else []
    signs += [words["service"]] if fact.same_service else []
    if fact.words:
        signs.append(words["words"].format(words=figure(fact.words, locale), of=figure(fact.words_of, locale)))
    said = words["and"].join(signs)
    return SimilarText(
        before=words["before"],
        title=shorten(one_line(fact.title), TITLE_LIMIT),
        because=words["because"].format(id=one_line(fact.similar_id), signs=said),
        ended=words["ended"].format(solution=shorten(one_line(fact.solution), SOLUTION_LIMIT)),
    )
