"""Projects with one `defs.yaml`, what they define, and the errors that they show."""

import re
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import dagster as dg
import pytest
from dagster.components.resolved.errors import ResolutionException
from dagster.components.testing import create_defs_folder_sandbox
from pydantic import ValidationError

from netsuite_pipeline.netsuite.errors import ConfigurationError

TYPE = "netsuite_pipeline.NetSuiteComponent"
CONFIGURE = Path(__file__).parents[3] / "docs" / "configure.md"


def attributes(text: str) -> str:
    """A defs.yaml of these attributes; the first of them is on line 3."""
    return f"type: {TYPE}\nattributes:\n{textwrap.indent(textwrap.dedent(text).strip(), '  ')}\n"


@contextmanager
def project(**files: str) -> Iterator[dg.Definitions]:
    """The definitions of a project whose folder defs/netsuite/ has these files (`defs_yaml` is `defs.yaml`)."""
    with create_defs_folder_sandbox() as sandbox:
        folder = sandbox.defs_folder_path / "netsuite"
        folder.mkdir()
        for name, text in files.items():
            stem, _, suffix = name.rpartition("_")
            (folder / f"{stem}.{suffix}").write_text(text, encoding="utf-8")
        with sandbox.build_all_defs() as definitions:
            yield definitions


def load(text: str, **files: str) -> dg.Definitions:
    with project(defs_yaml=attributes(text), **files) as definitions:
        return definitions


def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.path[-1]: spec for spec in definitions.resolve_all_asset_specs()}


def synced_by(definitions: dg.Definitions, job: str) -> set[str]:
    return {key.path[-1] for key in definitions.resolve_job_def(job).asset_layer.selected_asset_keys}


def error_of(text: str, **files: str) -> str:
    """What is said to be wrong with attributes, in the words of the error that Dagster shows as the cause."""
    with pytest.raises(Exception, match="netsuite") as raised:
        load(text, **files)
    cause = raised.value.__cause__
    assert isinstance(cause, ConfigurationError | ValidationError | ResolutionException)
    return str(cause)


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", CONFIGURE.read_text(), re.DOTALL | re.MULTILINE)
