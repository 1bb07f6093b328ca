"""How many examples a property is tried on: few at each run, a thousand with `--hypothesis-profile=thorough`."""

from hypothesis import settings

settings.register_profile("quick", max_examples=20, deadline=None)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
if settings.get_current_profile_name() == "default":
    settings.load_profile("quick")
