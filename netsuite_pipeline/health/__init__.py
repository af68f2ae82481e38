"""Is the door still open? Probes, what they mean, what was so the last time, and who is told."""
