"""Is this address or name known, and what follows: facts, a policy, a decision with every reason."""
