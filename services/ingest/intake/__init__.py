"""From the bytes of a request or a message to accepted alerts, which the broker has confirmed.

Does I/O: `accept`, `amqp`, `reading_room`, `rejected_bodies`.
"""
