"""The kernel: ids, the clock and the kinds of error, on the standard library alone."""
