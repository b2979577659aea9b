"""The contracts as files for integrators: JSON Schemas and an AsyncAPI document, generated from the code."""

from nclcc.contracts.files import drift, generate, write

__all__ = ["drift", "generate", "write"]
