"""Resources: by the environment, by EnvVar or in code, and never a secret to be seen."""

from collections.abc import Mapping
from typing import Any

import dagster as dg
import pytest

from netsuite_pipeline.netsuite.auth.variables import CREDENTIAL_VARIABLES, CredentialVariable
from netsuite_pipeline.netsuite.client import NetSuiteClient
from netsuite_pipeline.netsuite.config.client_factory import client_from_environment
from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline.orchestration import resources
from netsuite_pipeline.orchestration.credentials import (
    VARIABLES,
    NangoCredentials,
    OAuth2Credentials,
    TokenCredentials,
)
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource, warehouse_key

SECRETS = {
    "consumer_key": "ck-5ecret-1",
    "consumer_secret": "cs-5ecret-2",
    "token_id": "ti-5ecret-3",
    "token_secret": "ts-5ecret-4",
}


def test_a_resource_without_fields_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETSUITE_ACCOUNT_ID", " 1234567-sb1\n")
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"NETSUITE_{name.upper()}", value)
    monkeypatch.setenv("NETSUITE_CONCURRENCY", "7")
    monkeypatch.setenv("NETSUITE_BASE_URL", "http://127.0.0.1:9/")
    with NetSuiteResource().client() as client:
        assert client.account.realm == "1234567_SB1"
        assert client.settings.concurrency == 7
        assert client.base_url == "http://127.0.0.1:9"


def test_fields_win_over_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NETSUITE_ACCOUNT_ID", "1")
    resource = NetSuiteResource(account_id="7654321", concurrency=3, read_seconds=12, **SECRETS)
    with resource.client() as client:
        assert client.account.realm == "7654321"
        assert (client.settings.concurrency, client.settings.read_seconds) == (3, 12)


@pytest.fixture
def variables(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The variables that the last client was made of."""
    made_of: dict[str, str] = {}

    def spy(variables: Mapping[str, str], settings: ClientSettings) -> NetSuiteClient:
        made_of.update(variables)
        return client_from_environment(variables, settings)

    monkeypatch.setattr(resources, "client_from_environment", spy)
    return made_of


def test_secrets_given_in_code_work_but_show_nowhere(variables: dict[str, str]) -> None:
    resource = NetSuiteResource(account_id="7654321", **SECRETS)

    @dg.asset
    def asks(netsuite: NetSuiteResource) -> None:
        with netsuite.client() as client:
            assert client.account.realm == "7654321"
            # The very secrets must have arrived, or the signature would be wrong.
            assert set(SECRETS.values()) <= set(variables.values())

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


def test_env_vars_stay_env_vars(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]) -> None:
    monkeypatch.setenv("SANDBOX_SECRET", "from-env-5ecret")
    given = {**SECRETS, "token_secret": dg.EnvVar("SANDBOX_SECRET")}
    resource = NetSuiteResource(account_id="7654321", **given)
    assert "from-env-5ecret" not in repr(resource)
    seen = {}

    @dg.asset
    def asks(netsuite: NetSuiteResource) -> None:
        seen["shown"] = repr(netsuite)
        netsuite.client().close()

    assert dg.materialize([asks], resources={"netsuite": resource}).success
    assert variables["NETSUITE_TOKEN_SECRET"] == "from-env-5ecret"
    assert "from-env-5ecret" not in seen["shown"]


def test_all_missing_credentials_are_named_at_once() -> None:
    with pytest.raises(ConfigurationError) as caught:
        NetSuiteResource(account_id="7654321", consumer_key="k").client()
    message = caught.value.message
    for name in ("NETSUITE_CONSUMER_SECRET", "NETSUITE_TOKEN_ID", "NETSUITE_TOKEN_SECRET"):
        assert name in message.split("(")[0]
    assert "NETSUITE_ACCOUNT_ID" in message.split("(")[1]


def _set(monkeypatch: pytest.MonkeyPatch, prefix: str, account: str) -> None:
    monkeypatch.setenv(f"{prefix}_ACCOUNT_ID", account)
    for name, value in SECRETS.items():
        monkeypatch.setenv(f"{prefix}_{name.upper()}", value)


def test_each_connection_reads_variables_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, "NETSUITE", "1234567")
    _set(monkeypatch, "SANDBOX", "1234567_SB1")
    monkeypatch.setenv("SANDBOX_CONCURRENCY", "3")
    monkeypatch.setenv("SANDBOX_HASH_SALT", "pepper")
    ours, theirs = NetSuiteResource(), NetSuiteResource(env_prefix="SANDBOX")
    with ours.client() as client:
        assert (client.account.realm, client.settings.concurrency) == ("1234567", 5)
    with theirs.client() as client:
        assert (client.account.realm, client.settings.concurrency) == ("1234567_SB1", 3)
    assert (ours.hash_salt(), theirs.hash_salt()) == ("", "pepper")


def test_what_is_missing_of_one_connection_is_not_taken_from_another(monkeypatch: pytest.MonkeyPatch) -> None:
    _set(monkeypatch, "NETSUITE", "1234567")
    monkeypatch.setenv("SANDBOX_ACCOUNT_ID", "1234567_SB1")
    with pytest.raises(ConfigurationError) as caught:
        NetSuiteResource(env_prefix="SANDBOX").client()
    assert "SANDBOX_TOKEN_SECRET" in caught.value.message
    assert "NETSUITE_" not in str(caught.value)
    assert str(caught.value.args[0]) == caught.value.message


def test_a_prefix_that_begins_no_variable_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="'sandbox' cannot begin"):
        NetSuiteResource(env_prefix="sandbox").client()


@pytest.mark.parametrize(
    "variable", [each for each in CREDENTIAL_VARIABLES if each.kind], ids=lambda each: each.field
)
@pytest.mark.few(6)
def test_each_credential_can_be_given_in_code_and_leaves_those_of_other_kinds_aside(
    variable: CredentialVariable, monkeypatch: pytest.MonkeyPatch
) -> None:
    for each in CREDENTIAL_VARIABLES:
        monkeypatch.setenv(each.variable, f"environment's {each.field}")
    resolved = NetSuiteResource(**{variable.field: "ours"})._merged_variables()
    assert resolved[variable.variable] == "ours"
    for each in CREDENTIAL_VARIABLES:
        stays = each.kind in {"", variable.kind} or each.shared
        assert (each.variable in resolved) is stays, each.variable


def test_credentials_of_two_kinds_given_in_code_stay_to_be_refused() -> None:
    with pytest.raises(ConfigurationError, match="More than one kind"):
        NetSuiteResource(account_id="1234567", token_id="t", client_id="c").client()


def test_a_certificate_given_in_code_is_read() -> None:
    resource = NetSuiteResource(certificate="of code", signing_algorithm="PS512")
    resolved = resource._merged_variables()
    assert (resolved["NETSUITE_CERTIFICATE"], resolved["NETSUITE_SIGNING_ALGORITHM"]) == ("of code", "PS512")


def test_a_field_that_does_not_exist_is_refused() -> None:
    with pytest.raises(TypeError, match="NetSuiteResource has no field token"):
        NetSuiteResource(token="x")
    with pytest.raises(TypeError, match="TokenCredentials has no field client_id"):
        TokenCredentials(client_id="x")  # type: ignore[call-arg]


def test_every_field_stands_for_a_variable_and_every_secret_one_is_hidden() -> None:
    settings = {"env_prefix", "credentials", "connect_seconds", "read_seconds", "retry_seconds"}
    assert set(NetSuiteResource.model_fields) - settings == set(VARIABLES)
    secret = {each.field for each in CREDENTIAL_VARIABLES if each.secret}
    resource = NetSuiteResource(**{name: f"5ecret-{name}" for name in secret})
    assert "5ecret" not in f"{resource!r} {resource._resolved_config_dict}"


def _seen(resource: NetSuiteResource) -> dict[str, str]:
    return resource._merged_variables()


CREDENTIALS = {
    "token": (TokenCredentials, SECRETS),
    "oauth2": (
        OAuth2Credentials,
        {
            "client_id": "c-5ecret",
            "certificate_id": "i-5ecret",
            "private_key": "p-5ecret",
            "certificate": "certificate.pem",
            "signing_algorithm": "PS256",
        },
    ),
    "nango": (NangoCredentials, {"nango_secret_key": "n-5ecret", "nango_connection_id": "acme"}),
}


@pytest.mark.parametrize(("kind", "given"), CREDENTIALS.items(), ids=CREDENTIALS)
def test_credentials_as_one_object_are_the_same_as_single_fields(
    kind: str, given: tuple[Any, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NETSUITE_TOKEN_ID", "of-another-kind")
    credentials, fields = given
    resource = NetSuiteResource(account_id="7654321", credentials=credentials(**fields))
    assert resource.credentials.kind == kind
    assert _seen(resource) == _seen(NetSuiteResource(account_id="7654321", **fields))
    assert all(_seen(resource)[VARIABLES[name]] == value for name, value in fields.items())
    assert "5ecret" not in f"{resource!r} {resource._resolved_config_dict}"


def test_env_vars_in_a_credentials_object_are_resolved_in_a_run_and_shown_nowhere(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SANDBOX_SECRET", "from-env-5ecret")
    given: dict[str, Any] = {**SECRETS, "token_secret": dg.EnvVar("SANDBOX_SECRET")}
    resource = NetSuiteResource(account_id="7654321", credentials=TokenCredentials(**given))
    seen = {}

    @dg.asset
    def asks(netsuite: NetSuiteResource) -> None:
        seen["shown"] = repr(netsuite)
        seen.update(_seen(netsuite))

    definitions = dg.Definitions(assets=[asks], resources={"netsuite": resource})
    job = definitions.resolve_implicit_global_asset_job_def()
    with dg.DagsterInstance.ephemeral() as instance:
        result = job.execute_in_process(instance=instance)
        recorded = "\n".join(str(event) for event in instance.all_logs(result.run_id))
    assert (seen["NETSUITE_TOKEN_SECRET"], seen["NETSUITE_TOKEN_ID"]) == ("from-env-5ecret", "ti-5ecret-3")
    assert "5ecret" not in f"{seen['shown']} {recorded}"


def test_a_field_beside_a_credentials_object_is_refused() -> None:
    resource = NetSuiteResource(token_id="x", credentials=TokenCredentials(token_id="y"))
    with pytest.raises(ConfigurationError, match="token_id is set beside credentials"):
        resource.client()


def test_the_former_name_of_the_prefix_is_refused_with_the_new_one() -> None:
    with pytest.raises(ConfigurationError, match="variables is now called env_prefix"):
        NetSuiteResource(variables="SANDBOX")


def test_a_function_without_tables_cannot_sync() -> None:
    @dg.asset
    def asks(context: dg.AssetExecutionContext, netsuite: NetSuiteResource) -> None:
        list(netsuite.sync(context))

    with pytest.raises(dg.Failure, match="netsuite_assets decorates"):
        dg.materialize([asks], resources={"netsuite": NetSuiteResource()})


def test_each_connection_has_a_warehouse_of_its_own_to_configure() -> None:
    assert (warehouse_key("netsuite"), warehouse_key("sandbox")) == ("warehouse", "sandbox_warehouse")


def test_the_warehouse_is_the_field_or_the_variable_or_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    assert WarehouseResource(path="x/y.duckdb").warehouse().name == "x/y.duckdb"
    assert WarehouseResource().warehouse().name == "data/warehouse.duckdb"
    monkeypatch.setenv("NETSUITE_WAREHOUSE", "elsewhere/w.duckdb")
    assert WarehouseResource().warehouse().name == "elsewhere/w.duckdb"
