"""Clew follows stolen cryptocurrency to where it stands and proves every figure."""

__version__ = "0.1.0"
