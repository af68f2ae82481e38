"""Where in a `defs.yaml` an attribute stands, so that whatever is wrong with it can be pointed at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from netsuite_pipeline.netsuite.errors import ConfigurationError
from netsuite_pipeline.tables.table import TableSpecError

if TYPE_CHECKING:
    from dagster_shared.yaml_utils.source_position import SourcePositionTree

_NO_FILE = "<string>"  # what Dagster calls YAML that came as a text

Step = str | int
"""A key of a mapping, or a place in a list."""


@dataclass(frozen=True)
class YamlPositions:
    """The lines of a component's attributes.

    Attributes:
        tree: The lines by path, as Dagster read them; None for a component that was made in Python.
        path: Where in the tree the attributes are.

    Example:
        >>> YamlPositions().said("cron")
        'cron'
    """

    tree: "SourcePositionTree | None" = None
    path: tuple[Step, ...] = ()

    @property
    def folder(self) -> Path:
        """The folder that relative paths are meant from: the file's, or the one the process is in."""
        name = self.tree.position.filename if self.tree else _NO_FILE
        return Path.cwd() if name == _NO_FILE else Path(name).absolute().parent

    def of(self, *path: Step) -> tuple[str, int | None]:
        """File and line of an attribute, or of what comes closest around it; empty without a file."""
        if self.tree is None:
            return "", None
        position, _ = self.tree.lookup_closest_and_path([*self.path, *path], None)
        file = Path(position.filename)
        near = file.is_relative_to(Path.cwd())
        return str(file.relative_to(Path.cwd()) if near else file), position.start.line

    def said(self, *path: Step) -> str:
        """An attribute by its name, as `settings.customer.hash`."""
        return ".".join(str(step) for step in path if isinstance(step, str))

    def error(self, problem: str, *path: Step, remedy: str = "") -> TableSpecError:
        """The error, not raised, that something is wrong with an attribute."""
        source, line = self.of(*path)
        return TableSpecError(problem, source=source, line=line, field=self.said(*path), remedy=remedy)

    @contextmanager
    def named(self, *path: Step) -> Iterator[None]:
        """Whatever turns out to be wrong in the block is said to be so at the attribute's line."""
        try:
            yield
        except ConfigurationError as error:
            source, line = self.of(*path)
            raise TableSpecError(error.message, source=source, line=line, remedy=error.remedy) from None
