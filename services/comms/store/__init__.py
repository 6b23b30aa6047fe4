"""What comms keeps, see `deliveries` and `letters`; how it is listed for people, see `listing`."""

from services.comms.store.deliveries import DELIVERIES, ERASED, INCIDENTS, SENDERS, Settled, Store, indexes
from services.comms.store.letters import LETTERS, Letters, letter_indexes
from services.comms.store.listing import Filters, Listing
from services.comms.store.people import People, people_indexes

__all__ = [
    "DELIVERIES",
    "ERASED",
    "INCIDENTS",
    "LETTERS",
    "SENDERS",
    "Filters",
    "Letters",
    "Listing",
    "People",
    "Settled",
    "Store",
    "indexes",
    "letter_indexes",
    "people_indexes",
]
