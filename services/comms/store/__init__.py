"""What comms keeps, see `deliveries` and `letters`; how it is listed for people, see `listing`."""

from services.comms.store.deliveries import DELIVERIES, Deliveries, Settled, delivery_indexes
from services.comms.store.erased_people import ERASED, ErasedPeople
from services.comms.store.leases import SENDERS, Lease, Leases
from services.comms.store.letters import LETTERS, Letters, letter_indexes
from services.comms.store.listing import Listing
from services.comms.store.newest import Filters
from services.comms.store.people import People, people_indexes
from services.comms.store.ticket_places import PLACES, Places
from services.comms.store.tickets import TICKETS, Tickets, ticket_indexes

__all__ = [
    "DELIVERIES",
    "ERASED",
    "LETTERS",
    "PLACES",
    "SENDERS",
    "TICKETS",
    "Deliveries",
    "ErasedPeople",
    "Filters",
    "Lease",
    "Leases",
    "Letters",
    "Listing",
    "People",
    "Places",
    "Settled",
    "Tickets",
    "delivery_indexes",
    "letter_indexes",
    "people_indexes",
    "ticket_indexes",
]
