"""The commands of `netsuite-pipeline`, one a file; each is imported only when it is called."""
