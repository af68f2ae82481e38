"""Entry point of `python -m netsuite_pipeline` and of `netsuite-pipeline`."""

from netsuite_pipeline.commands.interruption import interruption


def main() -> None:
    """Handle signals from the first moment, then import and run the command line."""
    interruption.watch()
    from netsuite_pipeline.cli import main as run

    run()


if __name__ == "__main__":
    main()
