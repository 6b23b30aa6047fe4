"""Mail as bytes: which addresses can be written to, how headers are written, and a message of text and HTML."""

from shared.mail.address import MailAddress, mail_address
from shared.mail.headers import address_list, one_line_header, text_header
from shared.mail.message import PICTURE, message_bytes

__all__ = ["PICTURE", "MailAddress", "address_list", "mail_address", "message_bytes", "one_line_header", "text_header"]
