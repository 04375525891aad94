"""Tests of form."""
