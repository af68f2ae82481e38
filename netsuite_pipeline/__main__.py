"""`python -m netsuite_pipeline` is the command `netsuite-pipeline`."""

from netsuite_pipeline.cli import main

if __name__ == "__main__":
    main()
