"""Tasking's use cases, one a module."""
