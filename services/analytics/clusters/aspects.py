"""What a title says is affected and what is wrong with it: where these differ, two problems are hardly the same. Pure.

The names are those of `services/analytics/words/concepts.txt`; a test compares.
"""

from __future__ import annotations

from services.analytics.words.letters import fold
from services.analytics.words.stems import stem
from services.analytics.words.terms import CONCEPT_MARK


def _concepts(names: str) -> frozenset[str]:
    return frozenset(CONCEPT_MARK + name for name in names.split())


SUBJECTS = _concepts(
    """
    database container queue worker job cache disk memory cpu network loadbalancer proxy firewall dns certificate
    website mail sms backup config payment replica index query lock thread pool login permission webhook gateway
    datacenter cdn bucket clock kernel power frontend modulemissing deploy connection session token order search
    """
)
"""Parts of a system. A host, a service or a user is in every title, and tells no problem from another."""
SAME_SUBJECT = {
    CONCEPT_MARK + one: CONCEPT_MARK + other
    for one, other in (
        ("postgres", "database"),
        ("mysql", "database"),
        ("mongodb", "database"),
        ("redis", "cache"),
        ("secret", "login"),
        ("oom", "memory"),
    )
}
"""A part by the name of its product, and what is wrong that names its part."""
SYMPTOMS = _concepts(
    """
    slow full oom leak expired servererror throttle corrupt duplicate attack packetloss syncfail timeout stuck overload
    """
)
"""What is wrong, where it says more than that something is."""
GENERIC = _concepts("error down high alert monitoring service server user instance log fix api backend cluster")
"""Concepts that half of all titles have."""
_OF_RULES = """
usage used utilization rate above below threshold percent warning critical exceeded over too many keep attempt more than
waiting detected
使用 用率 率が 超え を超 検出 発生 生し しま
مصرف میزان بیش حد
"""
WEAK_WORDS = frozenset(stem(fold(word)) for word in _OF_RULES.split())
"""Words of monitoring rules rather than of what happened, as terms are written (stems, pairs of letters)."""


CONNECTION = CONCEPT_MARK + "connection"
"""Something is connected to a part: it is what is affected only where no other part is named."""


def subjects_of(features: frozenset[str]) -> frozenset[str]:
    """The parts of a system that these features name."""
    named = frozenset(SAME_SUBJECT.get(one, one) for one in features if one in SUBJECTS or one in SAME_SUBJECT)
    return named - {CONNECTION} or named


def symptoms_of(features: frozenset[str]) -> frozenset[str]:
    """What these features say is wrong."""
    return features & SYMPTOMS
