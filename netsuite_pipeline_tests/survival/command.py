"""`netsuite-pipeline` with short pages and little patience, so that a small company has many pages and an outage
takes seconds. Everything else is as it is for a person."""

from functools import partial

from netsuite_pipeline.cli import main
from netsuite_pipeline.commands import sync
from netsuite_pipeline.netsuite.config import client_factory
from netsuite_pipeline.netsuite.settings import ClientSettings
from netsuite_pipeline_tests.survival.short_pages import ShortPages

SETTINGS = ClientSettings(retry_seconds=1.5, sign_in_pause_seconds=0.2)

if __name__ == "__main__":
    client_factory.NetSuiteClient = ShortPages  # type: ignore[attr-defined]
    sync.client_from_environment = partial(client_factory.client_from_environment, settings=SETTINGS)  # type: ignore[attr-defined]
    main()
