"""Bridges by their own ids: one decoder for each family, its contracts and chains as data with their sources."""
