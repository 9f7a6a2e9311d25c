"""The HTTP service: one file for each resource, no logic of its own."""
