"""Tests of the emulator's SuiteQL."""
