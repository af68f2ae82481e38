"""Every text that people see, as snapshots: a sentence that is rewritten shows as one reviewed change."""
