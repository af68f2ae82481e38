"""A client that cannot be made says why, and keeps no secret in the frames of its error."""

from collections.abc import Callable, Mapping

import pytest

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import NetSuiteError
from netsuite_pipeline.orchestration.resources import NetSuiteResource
from netsuite_pipeline_tests.netsuite.auth.test_secrets import Listener, everything_shown, listener
from netsuite_pipeline_tests.netsuite.keys import pem_of
from netsuite_pipeline_tests.orchestration.searching import SECRET_VARIABLES, found

__all__ = ["listener"]

FAILS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "a key that Nango does not know": ("nango", {"NANGO_SECRET_KEY": "0f1e2d3c-4b5a-4978-8695-a4b3c2d1e0f1"}),
    "a connection that Nango has not": ("nango", {"NANGO_CONNECTION_ID": "another"}),
    "another account than Nango's": ("nango", {"NETSUITE_ACCOUNT_ID": "7654321"}),
    "an address that is none": ("nango", {"NANGO_HOST": "nowhere"}),
    "a secret with a blank inside": ("tba", {"NETSUITE_TOKEN_SECRET": "hush-hush-hush-hush hush-hush"}),
    "a secret that is missing": ("tba", {"NETSUITE_TOKEN_SECRET": ""}),
    "an account id that is none": ("tba", {"NETSUITE_ACCOUNT_ID": "?"}),
    "an address of NetSuite's that is none": ("tba", {"NETSUITE_BASE_URL": "nowhere"}),
    "requests at once that are no number": ("tba", {"NETSUITE_CONCURRENCY": "many"}),
    "a private key that is cut": ("oauth2", {"NETSUITE_PRIVATE_KEY": pem_of("P-256")[:120]}),
    "an encrypted key without its password": ("oauth2", {"NETSUITE_PRIVATE_KEY": pem_of("P-256", "hush")}),
    "a password that is wrong": (
        "oauth2",
        {
            "NETSUITE_PRIVATE_KEY": pem_of("P-256", "hush"),
            "NETSUITE_PRIVATE_KEY_PASSWORD": "wrong-pass-phrase-hush",
        },
    ),
    "an algorithm of other keys": ("oauth2", {"NETSUITE_SIGNING_ALGORITHM": "PS256"}),
    "two kinds at once": ("oauth2", {"NETSUITE_TOKEN_SECRET": "another-kinds-secret"}),
}


@pytest.mark.parametrize("name", FAILS)
def test_a_client_that_cannot_be_made_leaves_no_secret_in_the_frames_of_its_error(
    name: str, emulator: EmulatorProcess, listener: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind, changed = FAILS[name]
    variables = {**emulator.env_of(kind), **changed}
    for each, value in variables.items():
        monkeypatch.setenv(each, value)
    errors = [_raised_by(NetSuiteResource().client), _raised_by(client_from_environment)]
    shown = {
        "exceptions": "\n".join(text for error in errors for text in everything_shown(error)),
        "logs": "\n".join(listener.texts),
    }
    checked_for = (*SECRET_VARIABLES, "NETSUITE_PRIVATE_KEY_PASSWORD")
    assert found(shown, {each: [variables[each]] for each in checked_for if variables.get(each)}) == []


def _raised_by(makes: Callable[[], object]) -> NetSuiteError:
    with pytest.raises(NetSuiteError) as raised:
        makes()
    return raised.value
