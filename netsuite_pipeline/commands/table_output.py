"""Lines about synced tables, for `sync` and `demo`."""

from netsuite_pipeline.sync.report import MartsBuild, SyncReport, TableReport
from netsuite_pipeline.wording import counted

_NAME_WIDTH = 32


def table_line(report: TableReport) -> str:
    """Return the line of one table, with further lines for its failure or notes.

    Example:
        >>> from datetime import datetime
        >>> print(table_line(TableReport("vendor", "full", "done", datetime.now(), rows_read=300, requests=1,
        ...                              seconds=0.42)))
          ✓ vendor                                  300 rows      1 request     0.4 s
    """
    if report.status == "failed" and report.failure is not None:
        what = "does not equal NetSuite" if report.committed else "unchanged"
        lines = [f"  ✗ {report.table:<{_NAME_WIDTH}} {what}", f"      {report.failure.message}"]
        if report.failure.remedy:
            lines.append(f"      To fix: {report.failure.remedy}")
        return "\n".join(lines)
    if report.status == "absent":
        return f"  – {report.table:<{_NAME_WIDTH}} left out: {'; '.join(report.notes)}"
    line = figures_line(report.table, report.rows_read, report.requests, report.seconds)
    return "\n".join([line, *(f"      {note}" for note in report.notes)])


def figures_line(table: str, rows: int, requests: int, seconds: float) -> str:
    """Return the line of a table that was synced.

    Args:
        table: The table's name.
        rows: Rows read.
        requests: Requests sent.
        seconds: Seconds of work.
    """
    return (
        f"  ✓ {table:<{_NAME_WIDTH}} {rows:>10,} rows {requests:>6,} request{'s' if requests != 1 else ' '} "
        f"{seconds:>6.1f} s"
    ).rstrip()


def marts_line(build: MartsBuild) -> str:
    """Return how many marts a build made, with how many rows, and how long it took."""
    rows = sum(mart.rows for mart in build.marts)
    return (
        f"{counted(len(build.marts), 'mart')} built in the schema {build.schema}: {counted(rows, 'row')} "
        f"in {build.seconds:.1f} s"
    )


def summary_lines(report: SyncReport) -> list[str]:
    """Return the totals of a sync, and how many tables failed if any did.

    Example:
        >>> from datetime import datetime
        >>> summary_lines(SyncReport("s", "1", datetime.now(), (), 2.0))
        ['0 tables, 0 rows read, 0 written, 0 deleted in 2.0 s (0 requests)']
    """
    totals = report.as_json["totals"]
    lines = [
        f"{counted(totals['tables'], 'table')}, {counted(totals['rows_read'], 'row')} read, "
        f"{totals['rows_written']:,} written, {totals['rows_deleted']:,} deleted in {report.seconds:.1f} s "
        f"({counted(totals['requests'], 'request')}{_retried(totals['retries'], totals['throttled'])})"
    ]
    if report.marts is not None:
        lines.append(marts_line(report.marts))
    if report.failed:
        lines.append(
            f"{totals['done']} of {counted(totals['tables'], 'table')} up to date, "
            f"{totals['failed']} failed. Exit {'2' if report.sign_in_refused else '1'}."
        )
    return lines


def _retried(retries: int, throttled: int) -> str:
    if not retries:
        return ""
    return f", {retries:,} repeated{f' of which {throttled:,} were throttled' if throttled else ''}"
