"""Keys as people paste them. Pure."""

from __future__ import annotations

from asyncssh import KeyEncryptionError, KeyImportError, SSHKey, import_private_key, import_public_key


def read_host_key(text: str) -> str | None:
    """A public key as `algorithm base64`, without its comment; None for what is none."""
    try:
        return " ".join(import_public_key(text.strip()).export_public_key("openssh").decode().split()[:2])
    except (KeyImportError, ValueError):
        return None


def read_private_key(text: str) -> SSHKey | str:
    """A private key; a sentence on what is wrong with it, in which nothing of it stands."""
    try:
        return import_private_key(text.strip() + "\n")
    except (KeyEncryptionError, KeyImportError, ValueError) as error:
        if isinstance(error, KeyEncryptionError) or "encrypted" in str(error).lower():
            return "it has a passphrase: take that away, or use an agent"
        return "no private key in OpenSSH's form or PEM"
