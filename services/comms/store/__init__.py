"""What comms keeps, see `deliveries`; how it is listed for people, see `listing`."""

from services.comms.store.deliveries import DELIVERIES, ERASED, INCIDENTS, SENDERS, Settled, Store, indexes
from services.comms.store.listing import Filters, Listing
from services.comms.store.people import People, people_indexes

__all__ = [
    "DELIVERIES",
    "ERASED",
    "INCIDENTS",
    "SENDERS",
    "Filters",
    "Listing",
    "People",
    "Settled",
    "Store",
    "indexes",
    "people_indexes",
]
