"""NetSuite's set-up as data: remedies quote it, and `setup_page.py` renders it as a guide for people.

The guide in the repository: `python -m netsuite_pipeline.health.setup_page > docs/netsuite-setup.md`.
"""
