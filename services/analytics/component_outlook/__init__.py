"""How many incidents each component (service) is expected to have next week, where that can be said better than by the
mean of the same week days.
"""
