"""What left one place joined with what arrived at another: across bridges, instant exchangers and mixers.

By explicit id first (`decoded`), by value, time and recipient second (`inferred`, with a probability and the base rate
it beats); never silently the nearest match.
"""
