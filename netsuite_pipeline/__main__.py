"""`python -m netsuite_pipeline` is the command `netsuite-pipeline`."""

from netsuite_pipeline.commands.interruption import interruption


def main() -> None:
    """Run the command. Signals are taken over before anything else is imported, which takes a while."""
    interruption.watch()
    from netsuite_pipeline.cli import main as run

    run()


if __name__ == "__main__":
    main()
