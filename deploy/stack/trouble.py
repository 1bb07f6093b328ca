"""What can be expected to go wrong with a local stack."""


class Trouble(Exception):
    """An expected failure: its text, in French, says what happened and what to do; no traceback is needed."""
