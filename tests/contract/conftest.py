"""What the contract tests need besides Python: the official AsyncAPI schema, which npm installs where node is."""

from tests.contract.official import SCHEMA

collect_ignore = [] if SCHEMA.is_file() else ["test_asyncapi_official.py"]


def pytest_report_header() -> str:
    """Says whether the document is held against the official schema in this run."""
    return f"AsyncAPI schema: {'official' if SCHEMA.is_file() else 'not installed (npm ci in tests/contract)'}"
