"""Known flaws of a Python that `make run` warns of: each is tried, since a distribution mends without a new number."""

import ipaddress
from collections.abc import Callable
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from urllib.parse import urlsplit


def breaks_headers() -> bool:
    """Whether a line break in an encoded word becomes a line of the mail's head."""
    try:
        message = EmailMessage(policy=SMTP)
        message["Subject"] = "=?utf-8?q?a=0D=0AX-Other=3A_b?="
        head = message.as_bytes().partition(b"\r\n\r\n")[0]
    except (ValueError, MessageError):
        return False
    return any(line.lower().startswith(b"x-other:") for line in head.splitlines())


def takes_private_for_global() -> bool:
    """Whether addresses of the special registries count as global."""
    return ipaddress.ip_address("192.0.0.1").is_global or not ipaddress.ip_address("64:ff9b:1::1").is_private


def takes_names_in_brackets() -> bool:
    """Whether a host that is no IPv6 address may stand in brackets."""
    try:
        urlsplit("http://[example.org]/")
    except ValueError:
        return False
    return True


FLAWS: dict[str, Callable[[], bool]] = {
    "a line break in a mail's header becomes a header of its own (CVE-2024-6923)": breaks_headers,
    "some addresses that are not public count as global (CVE-2024-4032)": takes_private_for_global,
    "a web address may have any text in brackets as its host (CVE-2024-11168)": takes_names_in_brackets,
}


def warnings(flaws: dict[str, Callable[[], bool]] = FLAWS) -> list[str]:
    """One line for each flaw that shows, and what to do; empty for a Python without them."""
    shown = [f"This Python has a known flaw: {name}." for name, has in flaws.items() if has()]
    return [*shown, "Tocsin does not lean on these, but renew your Python."] if shown else []
