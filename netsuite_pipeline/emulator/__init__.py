"""An emulated NetSuite: an HTTP server that checks signatures, answers SuiteQL and simulates failures.

The emulator runs in its own process (`python -m netsuite_pipeline.emulator`) and shares no code with the
client, so that its checks are independent. From Python, `process.start_emulator` starts and stops one.
"""
