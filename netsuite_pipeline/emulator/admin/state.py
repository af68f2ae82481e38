"""The state of every switch of an account, as the admin API shows it."""

from collections.abc import Mapping

from netsuite_pipeline.emulator.account.account import EmulatedAccount
from netsuite_pipeline.emulator.admin.credentials import described_mapping


def described(account: EmulatedAccount) -> Mapping[str, object]:
    """Describes the state of every switch, without a secret."""
    usage = account.governance.usage()
    return {
        "account_id": account.settings.account_id,
        "scale": account.settings.scale,
        "seed": account.settings.seed,
        "transactions": account.transactions,
        "time_zone": account.settings.time_zone,
        "date_format": account.settings.date_format,
        "company_language": account.settings.company_language,
        "concurrency": account.governance.limit,
        "occupied": account.governance.occupied,
        "latency_ms": account.governance.latency * 1000,
        "in_use": usage.in_use,
        "clock_offset_seconds": account.clock.offset,
        "live_changes_per_second": account.live_rate,
        "features": sorted(account.features),
        "integration_blocked": account.keyring.integration.blocked,
        "tokens": [
            {
                "name": token.name,
                "role": account.role_by_id(token.role).name,
                "active": token.active,
                "user_inactive": account.keyring.users[token.user].inactive,
            }
            for token in account.keyring.tokens.values()
        ],
        "client_credentials": account.keyring.integration.client_credentials,
        "access_token_seconds": account.access_tokens.seconds,
        "certificates": [described_mapping(account, mapping) for mapping in account.certificates.all],
        "roles": [
            {
                "id": role.id,
                "name": role.name,
                "inactive": role.inactive,
                "permissions": dict(role.permissions),
                "subsidiaries": list(role.subsidiaries) if role.subsidiaries is not None else None,
                "row_filters": dict(role.row_filters),
            }
            for role in account.roles.values()
        ],
        "hidden_columns": [
            {"table": table, "column": column, "state": state}
            for (table, column), state in account.hidden_columns.items()
        ],
        "faults_planned": [
            {
                "kind": fault.kind,
                "count": fault.count,
                "rate": fault.rate,
                "matching": fault.matching,
                "after": fault.after,
                "seconds": fault.seconds,
            }
            for fault in account.faults.planned()
        ],
        "faults_struck": account.faults.struck(),
        "variants": {
            key: value
            for part in (account.settings.variants, account.settings.dialect)
            for key, value in vars(part).items()
        },
    }
