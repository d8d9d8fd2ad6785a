"""SDK."""


def clamp(value, low, high):
    """The value, or the nearer bound; None stays None."""
    return None if value is None else min(max(value, low), high)
