"""No secret is left anywhere by a sync through Dagster: not in logs, UI, DuckDB, alerts or exceptions."""

import logging
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from dagster._core.remote_representation.external_data import RepositorySnap
from dagster_shared.serdes import serialize_value

from netsuite_pipeline.emulator.process import EmulatorProcess
from netsuite_pipeline.netsuite.http.transport import Answer, Transport
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline.orchestration import resources
from netsuite_pipeline.orchestration.component.python_attributes import build_netsuite_definitions
from netsuite_pipeline.orchestration.credentials import VARIABLES
from netsuite_pipeline.orchestration.resources import NetSuiteResource, WarehouseResource
from netsuite_pipeline.orchestration.sensors import notifications
from netsuite_pipeline.tables import choose_tables, standard_tables
from netsuite_pipeline_tests.comparing import assert_equal_to_source
from netsuite_pipeline_tests.netsuite.auth.test_secrets import Listener, everything_shown, listener
from netsuite_pipeline_tests.netsuite.keys import pem_of
from netsuite_pipeline_tests.orchestration.searching import SECRET_VARIABLES, Wire, files_below, found, pieces
from netsuite_pipeline_tests.orchestration.ticking import Ticks

__all__ = ["listener"]

# How Dagster 1.13 describes schedules to its own UI.
pytestmark = pytest.mark.filterwarnings("ignore:Property `ScheduleDefinition.environment_vars`")

TABLES = ("vendor", "customer", "currency")
KINDS = ("tba", "oauth2", "nango", "nango_oauth2")
RENEWED: Mapping[str, Callable[[EmulatorProcess], object]] = {
    "tba": lambda emulator: None,
    "oauth2": lambda emulator: emulator.admin.expire_access_tokens(),
    "nango": lambda emulator: emulator.admin.rotate_token(),
    "nango_oauth2": lambda emulator: emulator.admin.expire_access_tokens(),
}


_KEEPING_PAGES = {"ops": {"netsuite_tables": {"config": {"keep_pages_days": 30}}}}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, dg.DagsterInstance]]:
    """A DAGSTER_HOME that keeps all in files, as a real one does; made once, as that takes a while."""
    folder = tmp_path_factory.mktemp("dagster_home")
    with dg.instance_for_test(temp_dir=str(folder)) as instance:
        yield folder, instance


@pytest.fixture
def quiet_listener(listener: Listener) -> Listener:
    """Log everything at DEBUG, except Dagster's own databases, which are searched as files."""
    for name in ("sqlalchemy", "sqlalchemy.engine.Engine", "sqlalchemy.pool.impl.NullPool"):
        logging.getLogger(name).setLevel(logging.WARNING)
    return listener


@dataclass
class World:
    """An account, a sync of it in Dagster, and all that is left of what happens."""

    emulator: EmulatorProcess
    wire: Wire
    folder: Path
    home: Path
    instance: dg.DagsterInstance
    netsuite: NetSuiteResource
    raised: list[BaseException] = field(default_factory=list)
    ticks: Ticks = field(init=False)
    definitions: dg.Definitions = field(init=False)

    def __post_init__(self) -> None:
        self.ticks = Ticks(self.folder, self.instance, TABLES, netsuite=self.netsuite)
        warehouse = WarehouseResource(path=str(self.folder / "warehouse.duckdb"))
        self.definitions = build_netsuite_definitions(
            tables=list(TABLES), netsuite=self.netsuite, warehouse=warehouse
        )

    def sync(self) -> bool:
        job = self.definitions.resolve_job_def("netsuite_sync")
        try:
            return job.execute_in_process(instance=self.instance, run_config=_KEEPING_PAGES).success
        except Exception as error:
            self.raised.append(error)
            return False

    def look(self, *sensors: dg.SensorDefinition) -> str:
        """A tick of each sensor; all that they say."""
        outcome = map(self.ticks.tick, sensors)
        return "\n".join(f"{data!r} {data.cursor} {data.skip_message}" for data in outcome)

    def ui(self) -> str:
        """Return what a code location sends to the UI."""
        return serialize_value(RepositorySnap.from_def(self.definitions.get_repository_def()))


@pytest.fixture
def world_of(
    home: tuple[Path, dg.DagsterInstance],
    tmp_path: Path,
    emulator: EmulatorProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[[str, str], World]:
    """An account that is signed in to by a kind of credentials, from the environment or given in code."""
    folder, instance = home
    instance.event_log_storage.wipe()
    instance.run_storage.wipe()
    wire = Wire()
    send = Transport.send

    def noted(self: Transport, signed: Any, asked: str) -> Answer:
        wire.note(signed)
        return send(self, signed, asked)

    monkeypatch.setattr(Transport, "send", noted)
    monkeypatch.setattr(resources, "ClientSettings", partial(ClientSettings, sign_in_pause_seconds=0.05))
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.SIGN_IN_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr("netsuite_pipeline.health.probes.connection_probe.RETRY_SECONDS", 0.3)
    monkeypatch.setenv("NETSUITE_ALERT_URLS", "json://127.0.0.1:9/")

    def made(kind: str, given: str) -> World:
        variables = emulator.env_of(kind)
        if given == "in code":
            fields = {
                name: variables[variable] for name, variable in VARIABLES.items() if variable in variables
            }
            netsuite = NetSuiteResource(**fields)
        else:
            for name, value in variables.items():
                monkeypatch.setenv(name, value)
            netsuite = NetSuiteResource()
        world = World(emulator, wire, tmp_path, folder, instance, netsuite)
        monkeypatch.setattr(notifications, "send", lambda alert, urls, log: world.ticks.alerts.append(alert))
        return world

    return made


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("tba", "in the environment"),
        ("oauth2", "in code"),
        pytest.param("tba", "in code", marks=pytest.mark.long),
        pytest.param("oauth2", "in the environment", marks=pytest.mark.long),
        pytest.param("nango", "in code", marks=pytest.mark.long),
        pytest.param("nango_oauth2", "in the environment", marks=pytest.mark.long),
    ],
)
@pytest.mark.few(1)
def test_neither_a_renewed_token_nor_a_hidden_table_nor_a_refused_sign_in_leaves_a_secret_anywhere(
    kind: str,
    given: str,
    world_of: Callable[[str, str], World],
    quiet_listener: Listener,
    capfd: pytest.CaptureFixture[str],
) -> None:
    world = world_of(kind, given)
    admin, wire = world.emulator.admin, world.wire
    ticks = world.ticks
    known = _known(world.emulator)
    message = [world.look(ticks.failure, ticks.connection, ticks.permission)]

    wire.at, wire.then = wire.questions + 3, lambda: RENEWED[kind](world.emulator)
    assert world.sync()
    assert wire.at == 0  # it happened while the sync was asking
    assert_equal_to_source(world.folder / "warehouse.duckdb", choose_tables(standard_tables(), TABLES), admin)

    admin.drop_permission("LIST_VENDOR")
    assert not world.sync()
    message.append(world.look(ticks.failure, ticks.permission, ticks.permission))
    admin.set_integration_blocked(True)
    assert not world.sync()
    message.append(world.look(ticks.failure, ticks.connection, ticks.connection))

    captured = capfd.readouterr()
    places = {
        **{f"DAGSTER_HOME/{name}": text for name, text in files_below(world.home).items()},
        **{f"warehouse/{name}": text for name, text in files_below(world.folder).items()},
        "UI": world.ui(),
        "logs": "\n".join(quiet_listener.texts),
        "stdout": captured.out,
        "stderr": captured.err,
        "sensors": "\n".join(message),
        "alerts": "\n".join(f"{alert.title} {alert.body}" for alert in ticks.alerts),
        "exceptions": "\n".join(text for error in world.raised for text in everything_shown(error)),
    }
    sent = {"assertion": wire.assertions, "bearer": wire.bearers, "signature": wire.signatures}
    secrets = {
        **{f"{name} before": [value] for name, value in known.items()},
        **{f"{name} after": [value] for name, value in _known(world.emulator).items() if name in known},
        **{name: values for name, values in sent.items() if values},
    }
    _really_checked(kind, world, places, sent)
    assert found(places, secrets) == []


def _known(emulator: EmulatorProcess) -> dict[str, str]:
    """The secrets of all kinds, as Nango hands out what another kind signs with."""
    of_all = {name: value for kind in KINDS for name, value in emulator.env_of(kind).items()}
    return {name: of_all[name] for name in SECRET_VARIABLES}


def _really_checked(
    kind: str, world: World, places: Mapping[str, str], sent: Mapping[str, list[str]]
) -> None:
    """What must not be seen was sent, and the places are those where things are to be seen."""
    assert {name for name, values in sent.items() if values} == {
        "tba": {"signature"},
        "oauth2": {"assertion", "bearer"},
        "nango": {"signature", "bearer"},
        "nango_oauth2": {"bearer"},
    }[kind]
    if "oauth2" in kind:
        tokens = [each for each in sent["bearer"] if each.startswith("eyJ")]
        assert len(tokens) >= 2  # one ended in mid-sync, another took its place
    assert len(world.raised) == 2
    assert len(world.ticks.alerts) >= 2
    assert "urllib3" in places["logs"]
    assert "LIST_VENDOR" in places["exceptions"]
    assert "NetSuiteResource(" in places["exceptions"]
    assert '"netsuite"' in places["UI"]
    names = " ".join(places)
    for name in (".err", "runs.db", "index.db", "warehouse/warehouse.duckdb", "kept/netsuite"):
        assert name in names, sorted(places)
    assert not [name for name in ("sensors", "stderr", "alerts") if not places[name]]


# The search itself


class Careless(dg.ConfigurableResource[Any]):
    """What a resource would be that hides nothing."""

    password: str


PLANTED = {name: f"pl4nted-{name.replace(' ', '-')}-{'0123456789abcdef' * 2}" for name in (
    "log", "event", "print", "frame", "configuration", "row", "file", "note",
)}  # fmt: skip


def test_a_secret_that_is_left_somewhere_is_found_there(
    home: tuple[Path, dg.DagsterInstance],
    tmp_path: Path,
    quiet_listener: Listener,
    capfd: pytest.CaptureFixture[str],
) -> None:
    folder, instance = home

    @dg.asset
    def leaks(context: dg.AssetExecutionContext, careless: Careless) -> None:
        logging.getLogger("anything").debug("%s", PLANTED["log"])
        context.log.info("x" * 4000 + PLANTED["event"] + "x" * 4000)  # over a page's end, or not
        print(PLANTED["print"])
        _fails(PLANTED["frame"])

    definitions = dg.Definitions(
        assets=[leaks], resources={"careless": Careless(password=PLANTED["configuration"])}
    )
    with pytest.raises(RuntimeError) as raised:
        definitions.resolve_implicit_global_asset_job_def().execute_in_process(instance=instance)
    with duckdb.connect(str(tmp_path / "warehouse.duckdb")) as connection:
        connection.execute(
            "CREATE TABLE t AS SELECT i, repeat($text, 2) AS text FROM range(5000) AS r(i)",
            {"text": PLANTED["row"]},
        )
    (tmp_path / "landing").mkdir()
    (tmp_path / "landing" / "000000-000.json").write_text(PLANTED["file"])
    raised.value.add_note(PLANTED["note"])
    captured = capfd.readouterr()
    places = {
        **files_below(folder),
        **files_below(tmp_path),
        "UI": serialize_value(RepositorySnap.from_def(definitions.get_repository_def())),
        "logs": "\n".join(quiet_listener.texts),
        "stdout": captured.out,
        "exceptions": "\n".join(everything_shown(raised.value)),
    }
    outcome = found(places, {name: [value] for name, value in PLANTED.items()})
    assert {"log in logs", "frame in exceptions", "note in exceptions", "configuration in UI"} <= set(outcome)
    assert {"row in warehouse.duckdb", "file in landing/000000-000.json"} <= set(outcome)
    assert [each for each in outcome if each.startswith("print in ") and each.endswith(".out")]
    assert [each for each in outcome if each.startswith("configuration in ") and each.endswith(".db")]
    assert [each for each in outcome if each.startswith("event in ") and each.endswith(".db")]


def _fails(secret: str) -> None:
    raise RuntimeError("It fails, and its frame holds what it was called with.")


JWT = "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJodXNoLWh1c2gtaHVzaCJ9.c2lnbmF0dXJlLWh1c2gtaHVzaC1odXNo"


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        ("0123456789abcdef" * 4, "token=0123456789abcdef0123456789ab…"),
        ("key/with+signs&more", "oauth_token=key%2Fwith%2Bsigns%26more"),
        (JWT, "Bearer …" + JWT.split(".")[2]),
        (JWT, "claims " + JWT.split(".")[1][:25]),
        (pem_of("P-256"), repr(pem_of("P-256"))),
        (pem_of("P-256"), "".join(pem_of("P-256").splitlines()[1:-1])),
    ],
    ids=["cut", "percent-encoded", "signature alone", "claims cut", "key as repr", "key without lines"],
)
def test_a_secret_is_found_however_it_is_written(secret: str, shown: str) -> None:
    assert found({"somewhere": f"so {shown} so"}, {"it": [secret]}) == ["it in somewhere"]
    assert not [piece for piece in pieces(secret) if piece in "eyJhbGciOiJFUzI1NiJ9 BEGIN PRIVATE KEY"]
