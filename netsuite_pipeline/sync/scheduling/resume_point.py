"""What an interrupted sync had begun of a table, where this one can go on with it."""

from dataclasses import dataclass
from datetime import datetime

from netsuite_pipeline.sync.landing.manifest import Manifest, parse_manifest
from netsuite_pipeline.sync.landing.resume import ResumablePages, scan_landed_pages
from netsuite_pipeline.sync.scheduling.read_planner import ReadPlanner


@dataclass(frozen=True)
class ResumePoint:
    """What was begun, and how far it came.

    Attributes:
        plan: What was asked for.
        resumed: What has landed of it.
    """

    plan: Manifest
    resumed: ResumablePages

    @property
    def cutoff(self) -> datetime:
        """The moment that it is cut at, UTC."""
        return self.plan.cutoff

    @property
    def pages(self) -> int:
        """Pages that have landed."""
        return len(self.resumed.pages)


def find_resume_point(questions: ReadPlanner) -> ResumePoint | None:
    """Looks for pages that an interrupted sync has landed of a table; what is of no use any more is removed.

    Args:
        questions: The table's.

    Raises:
        WarehouseError: The folder cannot be used.
    """
    landing = questions.context.landing.table(questions.table.name)
    content = landing.read_manifest()
    plan = parse_manifest(content, questions.table, questions.hashing) if content is not None else None
    if plan is None or not questions.can_go_on_with(plan):
        landing.clear()
        return None
    return ResumePoint(plan, scan_landed_pages(plan, landing))
