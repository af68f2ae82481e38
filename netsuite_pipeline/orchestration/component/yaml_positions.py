"""The position of each attribute in a `defs.yaml`, for error messages."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.tables.table import TableSpecError
from netsuite_pipeline.warehouse.errors import WarehouseMisconfigured

if TYPE_CHECKING:
    from dagster_shared.yaml_utils.source_position import SourcePositionTree

_NO_FILE = "<string>"  # Dagster's name for YAML that comes as a text

Step = str | int
"""A key of a mapping, or an index of a list."""


@dataclass(frozen=True)
class YamlPositions:
    """The lines of a component's attributes.

    Attributes:
        tree: The lines by path, as Dagster parsed them; None for a component that is made in Python.
        path: The path of the attributes in the tree.

    Example:
        >>> str(YamlPositions().error("must be 0 or more", "schedules", "nightly", "sweep_every_days"))
        'schedules.nightly.sweep_every_days: must be 0 or more'
    """

    tree: "SourcePositionTree | None" = None
    path: tuple[Step, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder of relative paths: the file's, or the working directory."""
        name = self.tree.position.filename if self.tree else _NO_FILE
        return Path.cwd() if name == _NO_FILE else Path(name).absolute().parent

    def of(self, *path: Step) -> tuple[str, int | None]:
        """Return file and line of an attribute, or of the closest one around it; empty without a file."""
        if self.tree is None:
            return "", None
        position, _ = self.tree.lookup_closest_and_path([*self.path, *path], None)
        file = Path(position.filename)
        near = file.is_relative_to(Path.cwd())
        return str(file.relative_to(Path.cwd()) if near else file), position.start.line

    def error(self, problem: str, *path: Step, remedy: str = "") -> TableSpecError:
        """Return the error that an attribute is malformed; the caller raises it."""
        source, line = self.of(*path)
        name = ".".join(str(step) for step in path if isinstance(step, str))
        return TableSpecError(problem, source=source, line=line, field=name, remedy=remedy)

    @contextmanager
    def located(self, *path: Step, named: bool = False) -> Iterator[None]:
        """Add the line of an attribute, and its name if `named`, to a configuration error of the block."""
        try:
            yield
        except (ConfigurationError, WarehouseMisconfigured) as error:
            if named:
                raise self.error(error.message.rstrip("."), *path, remedy=error.remedy) from None
            raise self.relocated(error, *path) from None

    def relocated(self, error: ConfigurationError | WarehouseMisconfigured, *path: Step) -> TableSpecError:
        """Return an error with the file and line of an attribute; the caller raises it."""
        source, line = self.of(*path)
        return TableSpecError(error.message, source=source, line=line, remedy=error.remedy)

    def invalid(self, error: ValidationError) -> TableSpecError:
        """Return the first error of pydantic with its file and line; the caller raises it."""
        first = error.errors(include_url=False)[0]
        return self.error(first["msg"].removeprefix("Value error, "), *first["loc"])
