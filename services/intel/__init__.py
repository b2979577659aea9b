"""Intelligence: 3x5x2 reports taken in, and the register of lines with who owns each and where it runs."""
