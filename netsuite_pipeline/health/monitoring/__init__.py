"""The sensors' memory: regressions, back-off and alert messages."""
