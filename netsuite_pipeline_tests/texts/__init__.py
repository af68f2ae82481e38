"""Every text that people see, as snapshots: a sentence that is rewritten shows as one reviewed change.

After a change that is meant: `pytest netsuite_pipeline_tests/texts --snapshot-update`.
"""
