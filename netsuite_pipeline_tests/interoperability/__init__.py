"""The pipeline against a second server of NetSuite's protocol, which shares no line with the emulator."""
