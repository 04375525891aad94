"""Tests of adapters/server."""
