"""BLIP-2: a frozen vision transformer, queries that gather from it through a Q-Former, and an OPT that reads them."""
