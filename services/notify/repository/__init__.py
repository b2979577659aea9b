"""Reads and writes notify's tables; each function is one statement for a whole batch."""
