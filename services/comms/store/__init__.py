"""What comms keeps, see `deliveries`; how it is listed for people, see `listing`."""

from services.comms.store.deliveries import DELIVERIES, ERASED, INCIDENTS, SENDERS, Settled, Store, indexes
from services.comms.store.listing import Filters, Listing

__all__ = ["DELIVERIES", "ERASED", "INCIDENTS", "SENDERS", "Filters", "Listing", "Settled", "Store", "indexes"]
