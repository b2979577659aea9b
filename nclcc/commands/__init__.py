"""The commands of `nclcc`, a module for each group."""
