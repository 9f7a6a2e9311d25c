"""One function per use case: what the command line and the API call, and nothing they need to know beneath it."""
