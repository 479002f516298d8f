"""The 27 sets of the zero-shot suite: what is read, asked and found in images, by two sets of rules.

`ehub` scores as LVLM-eHub does, with everything that is odd about it, counted; `standard` as the makers of each set do.
"""
