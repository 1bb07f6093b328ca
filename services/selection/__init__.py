"""The selection service: which communes and which projects are chosen, by whom, and why."""
