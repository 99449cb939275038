"""Tests of the embedded stack and the console."""
