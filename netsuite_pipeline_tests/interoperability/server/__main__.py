"""`python -m …interoperability.server SETTINGS`: serves until its standard input closes."""

import json
import os
import sys
import threading
from pathlib import Path

from netsuite_pipeline_tests.interoperability.server.serving import Server
from netsuite_pipeline_tests.interoperability.server.settings import Account, Habits, Settings


def main() -> None:
    """Reads the settings as JSON from the only argument, prints the address, serves."""
    given = json.loads(sys.argv[1])
    settings = Settings(
        Path(given["company"]), Path(given["journal"]), Account(**given["account"]), Habits(**given["habits"])
    )
    server = Server(settings)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.url, flush=True)
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    main()
