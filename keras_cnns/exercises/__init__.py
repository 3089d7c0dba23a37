"""Exercises for a course: networks with one mistake each, and sheets of them."""
