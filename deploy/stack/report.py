"""What the supervisor tells: a progress bar on a terminal, plain lines elsewhere."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn


class Report:
    """Steps of a start that count towards a total, and remarks."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._progress: Progress | None = None

    @contextmanager
    def steps(self, title: str, total: int) -> Iterator[None]:
        """Show a bar of `total` steps while the block runs, where the output is a terminal."""
        if not self.console.is_terminal:
            self.say(f"{title}…")
            yield
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True) as self._progress:
            self._progress.add_task(title, total=total)
            yield
        self._progress = None

    def done(self, what: str) -> None:
        """One step is done."""
        if self._progress is None:
            self.say(f"  {what}")
        else:
            self._progress.update(self._progress.task_ids[0], advance=1, description=what)

    def say(self, text: str) -> None:
        """A line for whoever watches."""
        self.console.print(text, soft_wrap=True)

    def warn(self, text: str) -> None:
        """A line that calls for attention."""
        self.console.print(text, style="yellow", soft_wrap=True, markup=False)
