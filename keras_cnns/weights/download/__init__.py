"""Downloading published weights: verified, resumable, and by one process at a time."""
