"""How often Python looks for cycles: a service makes few, and each search stops everything else."""

import gc


def settle() -> None:
    """Once a process is built, what it will keep is never looked at again, and the rest less often; once is enough.

    Of a relay that empties its outbox, the searches took a fifth of the processor.
    """
    if gc.get_freeze_count() == 0:
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 20, 50)
