"""The rules of agreements and experiments; pure: time and identity are arguments."""
