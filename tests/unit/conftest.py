"""How many examples a property is tried on: few at each run, a thousand with `--hypothesis-profile=thorough`."""

import gc

from hypothesis import settings

settings.register_profile("quick", max_examples=10, deadline=None)
settings.register_profile("thorough", max_examples=1_000, deadline=None)
if settings.get_current_profile_name() == "default":
    settings.load_profile("quick")


def pytest_collection_finish() -> None:
    """Spare the collector the thousands of tests it would otherwise look at, again and again."""
    gc.freeze()
    gc.set_threshold(50_000)
