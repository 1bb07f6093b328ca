"""What the platform team does by hand: to dead letters, to what is parked, to what a group has heard."""
