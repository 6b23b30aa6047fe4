"""Who is on call when: plans with layers, rotations, overrides and swaps; what was, is and will be. Pure but for the
store of the long past.
"""
