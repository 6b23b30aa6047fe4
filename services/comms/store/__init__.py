"""What comms keeps, see `deliveries` and `letters`; how it is listed for people, see `listing`."""

from services.comms.store.deliveries import DELIVERIES, ERASED, INCIDENTS, SENDERS, Settled, Store, indexes
from services.comms.store.letters import LETTERS, Letters, letter_indexes
from services.comms.store.listing import Listing
from services.comms.store.newest import Filters
from services.comms.store.people import People, people_indexes
from services.comms.store.ticket_places import PLACES, Places
from services.comms.store.tickets import TICKETS, Tickets, ticket_indexes

__all__ = [
    "DELIVERIES",
    "ERASED",
    "INCIDENTS",
    "LETTERS",
    "PLACES",
    "SENDERS",
    "TICKETS",
    "Filters",
    "Letters",
    "Listing",
    "People",
    "Places",
    "Settled",
    "Store",
    "Tickets",
    "indexes",
    "letter_indexes",
    "people_indexes",
    "ticket_indexes",
]
