"""What a transaction means by a protocol's own rules: swaps, bridges, mixers. Pure: raw fields in, meaning out.

One file per protocol; nothing here asks, stores or guesses. What cannot be told for certain gives a typed reason.
"""
