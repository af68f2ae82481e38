"""Resources: by the environment, by EnvVar or in code, and never a secret to be seen."""

import dagster as dg
import pytest

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource

SECRETS = {
    "consumer_key": "ck-5ecret-1",
    "consumer_secret": "cs-5ecret-2",
    "token_id": "ti-5ecret-3",
    "token_secret": "ts-5ecret-4",
}


def test_a_resource_without_fields_reads_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NETSUITE_ACCOUNT_ID", " 1234567-sb1\n")
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"NETSUITE_{name.upper()}", value)
    monkeypatch.setenv("NETSUITE_CONCURRENCY", "7")
    monkeypatch.setenv("NETSUITE_BASE_URL", "http://127.0.0.1:9/")
    with NetSuiteResource().client() as client:
        assert client.account.realm == "1234567_SB1"
        assert client.settings.concurrency == 7
        assert client.base_url == "http://127.0.0.1:9"


def test_fields_win_over_the_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NETSUITE_ACCOUNT_ID", "1")
    resource = NetSuiteResource(account_id="7654321", concurrency=3, read_seconds=12, **SECRETS)
    with resource.client() as client:
        assert client.account.realm == "7654321"
        assert (client.settings.concurrency, client.settings.read_seconds) == (3, 12)


def test_secrets_given_in_code_work_but_show_nowhere():
    resource = NetSuiteResource(account_id="7654321", **SECRETS)

    @dg.asset
    def asks(netsuite: NetSuiteResource) -> None:
        with netsuite.client() as client:
            assert client.account.realm == "7654321"
            # The very secrets must have arrived, or the signature would be wrong.
            header = str(client._session.auth.__dict__["_oauth"].client.__dict__)
            assert all(secret in header for secret in SECRETS.values())

    definitions = dg.Definitions(assets=[asks], resources={"netsuite": resource})
    job = definitions.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance)
        assert result.success
        recorded = "\n".join(str(event) for event in instance.all_logs(result.run_id))
    shown = [
        repr(resource),
        str(resource),
        str(resource._resolved_config_dict),
        str(job.resource_defs["netsuite"].config_schema.default_value),
        recorded,
    ]
    for text in shown:
        for secret in SECRETS.values():
            assert secret not in text


def test_env_vars_stay_env_vars(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SANDBOX_SECRET", "from-env-5ecret")
    given = {**SECRETS, "token_secret": dg.EnvVar("SANDBOX_SECRET")}
    resource = NetSuiteResource(account_id="7654321", **given)
    assert "from-env-5ecret" not in repr(resource)
    seen = {}

    @dg.asset
    def asks(netsuite: NetSuiteResource) -> None:
        seen["shown"] = repr(netsuite)
        with netsuite.client() as client:
            seen["secret"] = client._session.auth.__dict__["_oauth"].client.resource_owner_secret

    assert dg.materialize([asks], resources={"netsuite": resource}).success
    assert seen["secret"] == "from-env-5ecret"
    assert "from-env-5ecret" not in seen["shown"]


def test_all_missing_credentials_are_named_at_once():
    with pytest.raises(ConfigurationError) as caught:
        NetSuiteResource(account_id="7654321", consumer_key="k").client()
    message = caught.value.message
    for name in ("NETSUITE_CONSUMER_SECRET", "NETSUITE_TOKEN_ID", "NETSUITE_TOKEN_SECRET"):
        assert name in message.split("(")[0]
    assert "NETSUITE_ACCOUNT_ID" in message.split("(")[1]


def test_the_warehouse_is_the_field_or_the_variable_or_the_default(monkeypatch: pytest.MonkeyPatch):
    assert WarehouseResource(path="x/y.duckdb").warehouse().path.as_posix() == "x/y.duckdb"
    assert WarehouseResource().warehouse().path.as_posix() == "data/warehouse.duckdb"
    monkeypatch.setenv("NETSUITE_WAREHOUSE", "elsewhere/w.duckdb")
    assert WarehouseResource().warehouse().path.as_posix() == "elsewhere/w.duckdb"
