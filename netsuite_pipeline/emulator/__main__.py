"""`python -m netsuite_pipeline.emulator`: start an emulated account and print its variables."""

import argparse
import logging
import re
import sys
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from netsuite_pipeline.emulator.account.permissions import FEATURES
from netsuite_pipeline.emulator.settings import (
    EmulatorSettings,
    SettingError,
    variant_choices,
    with_variants,
)

_MISSING_EXTRA = 'The extra [emulator] is missing ({}). Run: pip install "netsuite_pipeline[emulator]"'
_ACCOUNT_ID = re.compile(r"[A-Z0-9]+(?:_[A-Z0-9]+)?")


def parser() -> argparse.ArgumentParser:
    """Build the argument parser."""
    known = "; ".join(f"{name}={'|'.join(values) or 'TEXT'}" for name, values in variant_choices().items())
    made = argparse.ArgumentParser(
        prog="python -m netsuite_pipeline.emulator",
        description="Emulates a NetSuite account on loopback: signed requests, SuiteQL, roles, faults.",
    )
    standard = EmulatorSettings()
    made.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 picks a free one")
    made.add_argument("--scale", type=float, default=1.0, help="size of the sample company")
    made.add_argument("--seed", type=int, default=1, help="same seed, same company and tokens")
    made.add_argument(
        "--latency", type=float, default=0.0, metavar="MS", help="minimum milliseconds per request"
    )
    made.add_argument("--concurrency", type=int, default=5, help="concurrency limit")
    made.add_argument(
        "--live", type=float, default=0.0, metavar="PER_SECOND", help="records changed per second"
    )
    made.add_argument("--account-id", default=standard.account_id, help="the realm, as in 1234567_SB1")
    made.add_argument("--date-format", default=standard.date_format, help="the account's date format")
    made.add_argument("--time-zone", default=standard.time_zone, help="the session's time zone")
    made.add_argument(
        "--oneworld", action=argparse.BooleanOptionalAction, default=True, help="the feature Subsidiaries"
    )
    made.add_argument(
        "--without", action="append", default=[], choices=sorted(FEATURES), metavar="FEATURE",
        help=f"a feature switched off, repeatable: {', '.join(sorted(FEATURES))}",
    )  # fmt: skip
    made.add_argument(
        "--variant", action="append", default=[], metavar="NAME=VALUE",
        help=f"answer to an open question, repeatable: {known}",
    )  # fmt: skip
    made.add_argument(
        "--public-host", action="store_true", help="verify requests for the account's own host name as https"
    )
    made.add_argument(
        "--trust-forwarded-proto",
        action="store_true",
        help="X-Forwarded-Proto has the signed scheme",
    )
    made.add_argument("--json", action="store_true", help="print one line of JSON instead of export lines")
    made.add_argument("--parent-pid", type=int, help="end with this process")
    made.add_argument("--max-seconds", type=float, help="end after that many seconds")
    made.add_argument("--verbose", action="store_true", help="log requests on standard error")
    return made


def settings_of(arguments: argparse.Namespace) -> EmulatorSettings:
    """Return the settings of parsed arguments.

    Raises:
        SettingError: A value is out of range or unknown.
    """
    if not 0 <= arguments.port <= 65535:
        raise SettingError(f"--port is 0 to 65535, not {arguments.port}.")
    if not arguments.scale > 0 or arguments.concurrency < 1 or arguments.latency < 0 or arguments.live < 0:
        raise SettingError(
            "--scale must be positive, --concurrency at least 1, --latency and --live at least 0."
        )
    if not _ACCOUNT_ID.fullmatch(arguments.account_id):
        raise SettingError(
            f"--account-id is upper case with _, as in 1234567_SB1, not {arguments.account_id!r}."
        )
    try:
        ZoneInfo(arguments.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingError(f"--time-zone {arguments.time_zone!r} is unknown.") from error
    off = frozenset(arguments.without) | (frozenset() if arguments.oneworld else {"SUBSIDIARIES"})
    settings = EmulatorSettings(
        port=arguments.port,
        scale=arguments.scale,
        seed=arguments.seed,
        latency=arguments.latency / 1000,
        concurrency=arguments.concurrency,
        live=arguments.live,
        account_id=arguments.account_id,
        date_format=arguments.date_format,
        time_zone=arguments.time_zone,
        features_off=off,
        public_host=arguments.public_host,
        trust_forwarded_proto=arguments.trust_forwarded_proto,
    )
    return with_variants(settings, arguments.variant)


def main(arguments: list[str] | None = None) -> int:
    """Run the emulator; return exit code 0 after a normal end, 2 if it cannot start."""
    command_line = parser()
    parsed = command_line.parse_args(arguments)
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO if parsed.verbose else logging.ERROR,
        format="%(asctime)s %(message)s",
    )
    # Connections that clients break are normal here.
    logging.getLogger("uvicorn").setLevel(logging.CRITICAL if not parsed.verbose else logging.INFO)

    try:
        from netsuite_pipeline.emulator.server import Announcement, run
    except ModuleNotFoundError as error:
        print(f"emulator: {_MISSING_EXTRA.format(error.name)}", file=sys.stderr)
        return 2

    def announce(announcement: Announcement) -> None:
        print(announcement.for_programs() if parsed.json else announcement.for_people(), flush=True)

    try:
        settings = settings_of(parsed)
        run(settings, announce=announce, parent_pid=parsed.parent_pid, max_seconds=parsed.max_seconds)
    except (ValueError, OSError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
