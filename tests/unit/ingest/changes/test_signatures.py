"""A delivery that is signed must be signed right: as GitHub signs, or with the token that GitLab sends."""

from __future__ import annotations

import pytest

from services.ingest.changes.signatures import GITLAB, HUB, require_signature
from shared.callers.identity import SHOWN_KEY, Identity
from shared.problem import Problem
from shared.vocabulary import Role

pytestmark = pytest.mark.unit

SECRET_KEY = "a secret of the field"
TOOL = Identity(key_id="int_1", name="CI", role=Role.INTEGRATION, integration_id="int_1")
SIGNING_SECRET = "f477e8ee3d464b0bb006d2e4468d78d1c6fe83840d8729d9f10e0ecd9493296d"
"""What the release before has shown for `int_1`."""
SIGNED = "sha256=ce6d1acb3e12feefeef8849f1fd4097ed42acadca2edbc1c9b9c21337c593011"
KEY = SHOWN_KEY.lower()


@pytest.mark.parametrize(
    "headers, is_taken",
    [
        pytest.param({}, True, id="without a signature the key alone counts"),
        pytest.param({HUB: SIGNED}, True, id="signed with the integration's secret"),
        pytest.param({HUB: f" {SIGNED.upper()} "}, True, id="whatever its letters' case"),
        pytest.param({GITLAB: SIGNING_SECRET}, True, id="GitLab's token"),
        pytest.param({GITLAB: "the key", KEY: "the key"}, True, id="the key that was shown"),
        pytest.param({HUB: SIGNED[:-1] + "0"}, False, id="another signature"),
        pytest.param({HUB: "é"}, False, id="no signature at all"),
        pytest.param({GITLAB: "the key"}, False, id="another token"),
    ],
)
def test_a_signature_that_is_sent_must_be_right(headers: dict[str, str], is_taken: bool) -> None:
    if is_taken:
        require_signature(b"{}", headers, TOOL, SECRET_KEY)
        return
    with pytest.raises(Problem) as refused:
        require_signature(b"{}", headers, TOOL, SECRET_KEY)
    assert (refused.value.status, refused.value.code) == (401, "bad_signature")
