"""To whom an address is exposed: what it received from services and sent to them, by category, direct and indirect."""
