"""What a sender signs must be signed right: HMAC-SHA256 over the raw body, compared before anything is parsed.

The secret is one of two that both sides know and nobody stores: the integration's key, as the gateway hands it on with
the delivery, or the integration's signing secret, which follows from its id and `TOCSIN_SECRET_KEY` and is shown once
when the integration is made. A delivery without a signature stands by its key alone.
"""

from __future__ import annotations

from collections.abc import Mapping

from shared.callers.identity import SHOWN_KEY, Identity
from shared.problem import Problem
from shared.secrecy.signing import is_same, sign, signing_secrets

HUB = "x-hub-signature-256"
GITLAB = "x-gitlab-token"


def require_signature(body: bytes, headers: Mapping[str, str], identity: Identity, secret_key: str) -> None:
    """Raise a 401 `Problem` when a signature or a token came with the delivery and is wrong. Names are lower-case."""
    signature, token = headers.get(HUB), headers.get(GITLAB)
    if signature is None and token is None:
        return
    secrets = [headers[SHOWN_KEY.lower()]] if headers.get(SHOWN_KEY.lower()) else []
    if identity.integration_id is not None:
        secrets.extend(signing_secrets(secret_key, identity.integration_id))
    if signature is not None and not any(_is_signed(body, signature, one) for one in secrets):
        raise _wrong("signature")
    if token is not None and not any(_is_same_text(token, one) for one in secrets):
        raise _wrong("token")


def _is_signed(body: bytes, signature: str, secret: str) -> bool:
    digest = sign(secret.encode("utf-8", "surrogateescape"), body).hex()
    return _is_same_text(signature.strip().lower(), f"sha256={digest}")


def _is_same_text(given: str, right: str) -> bool:
    return is_same(given.encode("utf-8", "surrogateescape"), right.encode("utf-8", "surrogateescape"))


def _wrong(what: str) -> Problem:
    return Problem(401, "bad_signature", f"The {what} of this delivery is not the integration's; nothing was taken.")
