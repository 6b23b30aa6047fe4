"""The whole history in and out: incidents of another time or system are brought in as facts, and all can be taken out.

Does I/O: `importer`, `exporter`, `announcer`.
"""
