"""Blast radii as they are stored: one document an incident, written when it opens and never changed."""

from __future__ import annotations

from services.incident.service_map.blast_radius import BlastRadius
from services.incident.service_map.reach import Reach
from shared.mongo import Document

COLLECTION = "incident_blast_radii"


def radius_document(radius: BlastRadius) -> Document:
    """A radius as it is stored under its incident's id."""
    return {"upstream": _side(radius.upstream), "downstream": _side(radius.downstream)}


def read_radius(document: Document) -> BlastRadius:
    """A stored document as a radius."""
    return BlastRadius(_reach(document["upstream"]), _reach(document["downstream"]))


def _side(reach: Reach) -> Document:
    return {
        "roots": reach.roots,
        "ids": reach.ids,
        "parents": reach.parents,
        "hard": reach.hard,
        "complete": reach.complete,
    }


def _reach(side: Document) -> Reach:
    return Reach(
        tuple(side["roots"]), tuple(side["ids"]), tuple(side["parents"]), tuple(side["hard"]), side["complete"]
    )
