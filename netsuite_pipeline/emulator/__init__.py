"""A NetSuite to try on: an HTTP server that checks signatures, answers SuiteQL and can be made to fail.

It runs in a process of its own (`python -m netsuite_pipeline.emulator`) and shares no code with the client:
an emulator that shared it would prove nothing. From Python, `process.start_emulator` starts one and stops it
again.
"""
