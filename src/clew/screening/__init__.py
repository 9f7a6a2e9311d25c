<<<<<<< HEAD
"""Is somebody or something on a list: names (`clew.screening.names`)."""
=======
"""Is this address or name known, and what follows: facts, a policy, a decision with every reason."""
>>>>>>> 380eeb6 (Screen addresses against lists and tags by a policy, keep every answer, and serve both over HTTP)
