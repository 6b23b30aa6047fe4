"""The languages, which one a locale asks for, and a word by its key. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from incident_manager.texts.apply import APPLY
from incident_manager.texts.figures import FIGURES
from incident_manager.texts.general import GENERAL
from incident_manager.texts.help import HELP
from incident_manager.texts.predictions import PREDICTIONS
from incident_manager.texts.readiness import READINESS
from incident_manager.texts.reliability import RELIABILITY
from incident_manager.texts.results import RESULTS
from incident_manager.texts.reviews import REVIEWS
from incident_manager.texts.runbooks import RUNBOOKS
from incident_manager.texts.transfer import TRANSFER

LANGUAGES = ("en", "ja", "fa")
Texts = Mapping[str, Mapping[str, str]]
AREAS: tuple[Texts, ...] = (
    APPLY, FIGURES, GENERAL, HELP, PREDICTIONS, READINESS, RELIABILITY, RESULTS,
    REVIEWS, RUNBOOKS, TRANSFER,
)  # fmt: skip


class Words:
    """The words of one language; English where a word is missing, so that a gap never ends a command."""

    def __init__(self, language: str) -> None:
        self.language = language if language in LANGUAGES else "en"

    def __call__(self, key: str, **values: object) -> str:
        text = self._find(key)
        return text.format(**values) if values else text

    def _find(self, key: str) -> str:
        for language in (self.language, "en"):
            for area in AREAS:
                if key in area.get(language, {}):
                    return area[language][key]
        return key


def language_of(environ: Mapping[str, str]) -> str:
    """The language that the locale asks for: `LC_ALL`, `LC_MESSAGES` or `LANG`, and `LANGUAGE` before them.

    Source: the GNU gettext manual, "Locale Environment Variables".
    """
    locale = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), "")
    plain = locale.partition(".")[0]
    wanted = [locale] if plain in ("", "C", "POSIX") else [*environ.get("LANGUAGE", "").split(":"), locale]
    for one in wanted:
        short = one.lower().replace("-", "_").partition("_")[0].partition(".")[0]
        if short in LANGUAGES:
            return short
    return "en"
