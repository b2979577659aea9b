"""What an operator sees: structured logs without payloads, metrics, traces."""
