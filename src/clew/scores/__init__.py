"""How often Clew is right, measured on labelled files that anyone can supply; one file per kind of answer."""
