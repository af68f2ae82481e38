"""The environment variables of each kind of credentials."""

import hashlib
import uuid

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.credentials.certificate_mappings import CertificateMapping
from netsuite_pipeline.emulator.account.roles import DATA_PIPELINE
from netsuite_pipeline.emulator.settings import SettingError

KINDS = ("tba", "oauth2", "nango", "nango_oauth2")
"""Token-based authentication, OAuth 2.0 client credentials, and each of the two through Nango."""

TBA_CONNECTION = "emulated-account"
OAUTH2_CONNECTION = "emulated-account-m2m"
TBA_PROVIDER = "netsuite-tba"
OAUTH2_PROVIDER = "netsuite-client-credentials"
NANGO = "/nango"


def nango_secret_key(account: EmulatedAccount) -> str:
    """Return the secret key of the account's Nango: a UUID, as Nango's own keys are."""
    words = f"{account.settings.seed}\n{account.settings.account_id}\nnango secret key"
    return str(uuid.UUID(bytes=hashlib.sha256(words.encode()).digest()[:16], version=4))


def mapping_variables(account: EmulatedAccount, mapping: CertificateMapping, base_url: str) -> dict[str, str]:
    """Return the variables of a certificate mapping, with its key pair if the emulator made it."""
    key_pair = {"NETSUITE_PRIVATE_KEY": mapping.private_key, "NETSUITE_CERTIFICATE": mapping.certificate.pem}
    return {
        "NETSUITE_ACCOUNT_ID": account.settings.account_id,
        "NETSUITE_CLIENT_ID": account.keyring.integration.consumer_key,
        "NETSUITE_CERTIFICATE_ID": mapping.certificate_id,
        **(key_pair if mapping.private_key else {}),
        "NETSUITE_BASE_URL": base_url,
    }


def variables_by(account: EmulatedAccount, kind: str, base_url: str) -> dict[str, str]:
    """Return the current variables of one kind of credentials.

    Args:
        account: The account.
        kind: One of `KINDS`.
        base_url: Base URL of the emulator.

    Raises:
        SettingError: The kind is unknown.
    """
    if kind == "tba":
        return account.credentials(account.token_named(DATA_PIPELINE), base_url)
    if kind == "oauth2":
        return mapping_variables(account, account.certificates.own, base_url)
    connections = {
        "nango": (TBA_CONNECTION, TBA_PROVIDER),
        "nango_oauth2": (OAUTH2_CONNECTION, OAUTH2_PROVIDER),
    }
    if kind not in connections:
        raise SettingError(f"There is no kind {kind!r}; known kinds are {', '.join(KINDS)}.")
    connection, provider = connections[kind]
    return {
        "NANGO_SECRET_KEY": nango_secret_key(account),
        "NANGO_CONNECTION_ID": connection,
        "NANGO_PROVIDER_CONFIG_KEY": provider,
        "NANGO_HOST": f"{base_url}{NANGO}",
        "NETSUITE_BASE_URL": base_url,
    }
