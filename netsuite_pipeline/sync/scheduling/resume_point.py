"""The landed pages of an interrupted sync from which this sync resumes a table."""

from dataclasses import dataclass
from datetime import datetime

from netsuite_pipeline.sync.landing.manifest import Manifest, parse_manifest
from netsuite_pipeline.sync.landing.resume import ResumablePages, scan_landed_pages
from netsuite_pipeline.sync.scheduling.read_planner import ReadPlanner


@dataclass(frozen=True)
class ResumePoint:
    """An interrupted extract.

    Attributes:
        manifest: What the interrupted sync reads.
        landed: The pages that it has landed.
    """

    manifest: Manifest
    landed: ResumablePages

    @property
    def cutoff(self) -> datetime:
        """The cutoff of the interrupted sync, UTC."""
        return self.manifest.cutoff


def find_resume_point(planner: ReadPlanner) -> ResumePoint | None:
    """Return the table's resume point, or discard its landed pages where they cannot be resumed.

    Raises:
        WarehouseError: The landing folder cannot be read or written.
    """
    landing = planner.context.landing.table(planner.table.name)
    content = landing.read_manifest()
    manifest = parse_manifest(content, planner.table, planner.hashing) if content is not None else None
    if manifest is None or not planner.can_resume(manifest):
        landing.clear()
        return None
    return ResumePoint(manifest, scan_landed_pages(manifest, landing))
