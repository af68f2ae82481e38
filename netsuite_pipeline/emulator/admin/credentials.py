"""The admin API's switches of certificates and access tokens, and the variables of each kind of sign-in."""

from collections.abc import Awaitable, Callable, Mapping

from starlette.requests import Request

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.account.credentials.certificate_mappings import CertificateMapping
from netsuite_pipeline.emulator.account.roles import DATA_PIPELINE
from netsuite_pipeline.emulator.admin.input import Given
from netsuite_pipeline.emulator.auth.credential_kinds import variables_by

Action = Callable[[Given], object]
_DAY = 86400


def credential_switches(account: EmulatedAccount) -> Mapping[str, Action]:
    """Gives every switch by its path; each takes the request's JSON object."""
    return {
        "/certificates/revoke": lambda given: account.certificates.set_revoked(
            given.text("certificate", ""), given.flag("revoked", True)
        ),
        "/certificates/expire": lambda given: account.certificates.set_expiry(
            given.text("certificate", ""), account.started + given.number("days") * _DAY
        ),
        "/access-tokens/forget": lambda given: account.access_tokens.forget(),
        "/access-tokens/seconds": lambda given: account.access_tokens.set_seconds(given.integer("seconds")),
        "/integration/client-credentials": lambda given: account.set_client_credentials(
            given.flag("offered")
        ),
    }


def credential_changes(account: EmulatedAccount) -> Mapping[str, Callable[[Given, str], object]]:
    """Gives every change that answers with new variables; each also takes the emulator's address."""

    def rotate_token(given: Given, base_url: str) -> object:
        token = account.issue_token(DATA_PIPELINE, DATA_PIPELINE)
        return account.credentials(token, base_url)

    def rotate_certificate(given: Given, base_url: str) -> object:
        account.certificates.rotate()
        return variables_by(account, "oauth2", base_url)

    def upload(given: Given, base_url: str) -> object:
        role = account.role_named(given.text("role", DATA_PIPELINE)).id
        mapping = account.certificates.upload(given.text("pem"), account.keyring.user_of(role), role)
        return {
            "NETSUITE_ACCOUNT_ID": account.settings.account_id,
            "NETSUITE_CLIENT_ID": account.keyring.integration.consumer_key,
            "NETSUITE_CERTIFICATE_ID": mapping.certificate_id,
            "NETSUITE_BASE_URL": base_url,
        }

    return {
        "/tokens/rotate": rotate_token,
        "/certificates/rotate": rotate_certificate,
        "/certificates/upload": upload,
    }


def look_at_variables(
    account: EmulatedAccount, base_url: Callable[[Request], str]
) -> Callable[[Request], Awaitable[object]]:
    """What answers a request for the variables of a kind."""

    async def look(request: Request) -> object:
        return variables_by(account, request.path_params["kind"], base_url(request))

    return look


def described_mapping(account: EmulatedAccount, mapping: CertificateMapping) -> Mapping[str, object]:
    """Describes a mapping, without a secret."""
    days = (mapping.certificate.not_after - account.started) / _DAY
    return {
        "certificate_id": mapping.certificate_id,
        "role": account.role_by_id(mapping.role).name,
        "revoked": mapping.revoked,
        "days": round(days, 2),
    }
