from __future__ import annotations

import pytest

from services.ingest.redaction import is_secret, redact, without_secrets

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    "body, kept",
    [
        (b'{"routing_key": "abc", "x": 1}', b'{"routing_key": "***", "x": 1}'),
        (b'{"apiKey":"a\\"b', b'{"apiKey":"***'),
        (b'{"db_password" : "abc"}', b'{"db_password" : "***"}'),
        (b'{"accessToken": "abc", "title": "token"}', b'{"accessToken": "***", "title": "token"}'),
        (b'{"title": "the secret of it"}', b'{"title": "the secret of it"}'),
    ],
)
def test_a_body_is_kept_without_its_keys_and_passwords(body: bytes, kept: bytes) -> None:
    assert redact(body) == kept


def test_names_of_secrets() -> None:
    secret = "password passwd PWD client_secret api-key authToken credentials Authorization jwt secret_id cookies"
    assert [name for name in secret.split() if not is_secret(name)] == []
    plain = "host tokenizer secretName passenger bypass key keyboard author"
    assert [name for name in plain.split() if is_secret(name)] == []


def test_a_text_that_speaks_of_secrets_stays() -> None:
    text = "the token of h1 expired: secret is old, see https://example.org/a:b@c?x=y"
    assert without_secrets(text) == text
