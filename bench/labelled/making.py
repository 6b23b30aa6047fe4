"""The set itself: incidents, and the questions for them with their answers."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files

from bench.labelled.faults import FAULTS

LANGUAGES = ("en", "ja", "fa")
SERVICES = ("payments", "shop", "ledger", "search-api", "media", "auth", "billing", "orders", "maps", "chat")
NO_ANSWER = {
    "en": [
        "giraffe feeding schedule",
        "wedding cake recipe",
        "marathon training shoes",
        "violin lessons",
    ],
    "ja": ["結婚式の招待状", "猫の餌の量", "登山靴の選び方", "ピアノの発表会"],
    "fa": ["دستور پخت قورمه", "آموزش پیانو کودکان", "بلیط سینما برای جمعه", "تعمیر دوچرخه کوهستان"],
}
"""Questions to which no incident is the answer."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """A kind of trouble, in the words of who wrote it down."""

    language: str
    title: str
    about: str
    fix: str
    asks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Written:
    """An incident of the set. Those of one `family` are the same kind of trouble."""

    id: str
    family: int
    language: str
    title: str
    about: str
    fix: str
    service: str
    alert_key: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question; `answers` are the ids of which one has to be found, none for a question without an answer."""

    text: str
    language: str
    fault: str
    answers: frozenset[str]


def read_troubles() -> list[Trouble]:
    """The kinds of trouble in `texts.txt`."""
    found: list[Trouble] = []
    language, block = "", []
    text = files("bench.labelled").joinpath("texts.txt").read_text(encoding="utf-8")
    for line in [*text.splitlines(), ""]:
        if line.startswith("# ") and line[2:] in LANGUAGES:
            language = line[2:]
        elif line and not line.startswith("#"):
            block.append(line)
        elif len(block) == 4:
            title, about, fix, asks = block
            found.append(Trouble(language, title, about, fix, tuple(one.strip() for one in asks.split("|"))))
            block = []
    return found


def make_incidents(seed: int, each: int) -> list[Written]:
    """`each` incidents of every kind of trouble, each of another service as far as there are that many."""
    chance = random.Random(seed)
    found: list[Written] = []
    for family, one in enumerate(read_troubles()):
        services = chance.sample(SERVICES, len(SERVICES))
        for number in range(each):
            service = services[number % len(services)]
            ending = {"en": f", node {number + 1}", "ja": f"（{number + 1}号機）", "fa": f" گره {number + 1}"}
            found.append(
                Written(
                    id=f"INC-202601{1 + number % 28:02d}-{family * 40 + number + 1:04d}",
                    family=family,
                    language=one.language,
                    title=one.title.format(s=service),
                    about=one.about + ending[one.language],
                    fix=one.fix,
                    service=service,
                    alert_key=f"{family}/{service}",
                )
            )
    chance.shuffle(found)
    return found


def make_questions(seed: int, incidents: Sequence[Written], count: int) -> list[Asked]:
    """`count` questions: each fault in turn of each language, some in people's own words, one in 20 without answer."""
    chance = random.Random(seed)
    troubles = read_troubles()
    by_family: dict[int, list[Written]] = {}
    for one in incidents:
        by_family.setdefault(one.family, []).append(one)
    found: list[Asked] = []
    faults = list(FAULTS.items())
    for number in range(count):
        language = LANGUAGES[number % len(LANGUAGES)]
        turn = number // len(LANGUAGES)
        if turn % 20 == 19:
            text = NO_ANSWER[language][turn // 20 % len(NO_ANSWER[language])]
            found.append(Asked(text, language, "none", frozenset()))
            continue
        family = chance.choice([at for at, one in enumerate(troubles) if one.language == language and at in by_family])
        trouble, same = troubles[family], by_family[family]
        name, spoil = faults[turn % len(faults)]
        if turn % 3 == 2:
            text, answers = chance.choice(trouble.asks), same
            name = f"own words, {name}"
        else:
            meant = chance.choice(same)
            text, answers = meant.title, [one for one in same if one.service == meant.service]
            if turn % 3 == 1:
                text, answers = trouble.title.format(s="").strip(), same
        found.append(Asked(spoil(text, language, chance), language, name, frozenset(one.id for one in answers)))
    return found


def make_followups(seed: int, incidents: Sequence[Written], count: int) -> list[tuple[Written, bool]]:
    """`count` new incidents, and whether their kind of trouble was there before.

    A third has the alert key of one that was, a third is written by somebody else, and the rest is new trouble on a
    known service, whose title only shares everyday words with what was.
    """
    chance = random.Random(seed)
    known = {one.family for one in incidents}
    troubles = read_troubles()
    found = []
    for number in range(count):
        is_new = number % 3 == 2
        family = chance.choice([at for at in range(len(troubles)) if (at in known) != is_new])
        trouble, service = troubles[family], chance.choice(SERVICES)
        spoil = FAULTS[chance.choice(("typo", "order", "form", "half"))]
        title = trouble.title.format(s=service)
        written = Written(
            id=f"INC-20260301-{number + 1:04d}",
            family=family,
            language=trouble.language,
            title=spoil(title, trouble.language, chance) if number % 2 else title,
            about=chance.choice(trouble.asks),
            fix="",
            service=service,
            alert_key=f"{family}/{service}" if number % 3 == 0 else f"new/{number}",
        )
        found.append((written, not is_new))
    return found
