"""Which addresses belong to one owner: rules that join addresses, and clusters whose every union can be explained.

A rule gives links (two addresses, the transaction that is its witness, a confidence); `Clusters` joins what links say,
tells why two addresses are together, and takes a link back where it proves wrong. Methods and limits:
`docs/clustering.md`.
"""

from clew.clustering.clusters import Clusters, Link, Links, Rule

__all__ = ["Clusters", "Link", "Links", "Rule"]
