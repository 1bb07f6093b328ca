"""The topics of the platform, and who may read them."""
