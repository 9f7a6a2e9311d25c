"""THORChain and its sister Maya: what a deposit on one chain says about the payout on another.

`memo` reads the intent, `router` the calls and events of the EVM routers, `utxo` the OP_RETURN of Bitcoin-like chains,
`midgard` and `thornode` the network's own account of a swap. What cannot be told for certain is a `Refused`.
"""
