"""The four services of the programme; none imports another."""
