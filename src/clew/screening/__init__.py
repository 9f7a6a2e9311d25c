"""Is somebody or something on a list: names (`clew.screening.names`)."""
