"""The HTTP shell that all services share: the application, its errors, its limits and its lists."""

from shared.web.application import create_app
from shared.web.callers import Caller, caller
from shared.web.paging import Page, decode_cursor, encode_cursor
from shared.web.versions import check_version, etag, expected_version, is_known

__all__ = [
    "Caller",
    "Page",
    "caller",
    "check_version",
    "create_app",
    "decode_cursor",
    "encode_cursor",
    "etag",
    "expected_version",
    "is_known",
]
