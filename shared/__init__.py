"""What the four services share: the published language, reference data and plumbing."""
