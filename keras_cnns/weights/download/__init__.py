"""Downloading published weights: verified, resumed after an interruption, and by one process at a time."""
