"""`python -m netsuite_pipeline.emulator`: the process that `process.start_emulator` starts."""

import argparse
import json
import logging
import sys

from netsuite_pipeline.emulator.settings import EmulatorSettings

_MISSING_EXTRA = 'The extra [emulator] is missing ({}). Run: pip install "netsuite_pipeline[emulator]"'


def main(arguments: list[str] | None = None) -> int:
    """Run the emulator; return exit code 0 after a normal end, 2 if it cannot start."""
    parser = argparse.ArgumentParser(
        prog="python -m netsuite_pipeline.emulator",
        description="The process of `start_emulator`; people run `netsuite-pipeline emulator`.",
    )
    parser.add_argument("settings", type=json.loads, help="EmulatorSettings as a JSON object")
    parser.add_argument("parent_pid", type=int, help="process that starts the emulator and whose end ends it")
    parsed = parser.parse_args(arguments)
    try:
        from netsuite_pipeline.emulator.server import run
    except ModuleNotFoundError as error:
        print(f"emulator: {_MISSING_EXTRA.format(error.name)}", file=sys.stderr)
        return 2
    try:
        settings = EmulatorSettings(**parsed.settings)
        logging.basicConfig(
            stream=sys.stderr,
            level=logging.INFO if settings.verbose else logging.ERROR,
            format="%(asctime)s %(message)s",
        )
        # Connections that clients break are normal here.
        logging.getLogger("uvicorn").setLevel(logging.INFO if settings.verbose else logging.CRITICAL)
        run(settings, parsed.parent_pid)
    except (TypeError, ValueError, OSError) as error:
        print(f"emulator: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
