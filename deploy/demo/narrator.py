"""Tells what happens, in French, above a progress bar; plain lines where nobody watches a terminal."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.rule import Rule
from rich.table import Table

from deploy.demo.trouble import Problem
from shared.kit.clock import french_instant

INVENTED = "[dim italic]✎ inventé[/]"


class Narrator:
    """One account: chapters with their date in Paris, what is done, what is refused, tables."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(highlight=False)
        self._progress: Progress | None = None
        self._task = TaskID(0)
        self._chapter = 0
        self._within = 0.0

    @contextmanager
    def telling(self, chapters: int) -> Iterator[None]:
        """Show a bar that counts chapters while the block runs, on a terminal."""
        if not self.console.is_terminal:
            yield
            return
        columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(bar_width=None), TimeElapsedColumn())
        with Progress(*columns, console=self.console, transient=True, expand=True) as self._progress:
            self._task = self._progress.add_task("", total=chapters)
            yield
        self._progress = None

    def chapter(self, title: str) -> None:
        """What begins."""
        self._chapter += 1
        self._within = 0.0
        self.console.print(Rule(f"[bold]{self._chapter} · {escape(title)}[/]", align="left", style="dim"))
        self._show(escape(title))

    def tick(self, of: int) -> None:
        """One thing out of `of` is done in this chapter."""
        self._within = min(0.98, self._within + 1 / of)
        self._show()

    def at(self, instant: datetime) -> None:
        """The clock has moved on."""
        self.console.print(f"[cyan]⏱  {french_instant(instant)}[/]")

    def tell(self, text: str, *, invented: bool = False) -> None:
        """Something happened; `text` may hold rich markup."""
        self.console.print(f"   {text} {INVENTED}" if invented else f"   {text}", soft_wrap=True)

    def refused(self, what: str, problem: Problem) -> None:
        """Something was rightly refused."""
        said = escape(problem.detail or problem.title)
        self.console.print(f"   [yellow]✗[/] {what} : refus {problem.status}, « {said} »", soft_wrap=True)
        for error in problem.errors[:4]:
            if error and error not in problem.detail:
                self.console.print(f"        [dim]– {escape(error)}[/]", soft_wrap=True)
        if len(problem.errors) > 4:
            self.console.print(f"        [dim]– et {len(problem.errors) - 4} autre(s) point(s)[/]")

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Several things at once."""
        table = Table(title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row(*row)
        self.console.print(table)

    def _show(self, description: str | None = None) -> None:
        if self._progress is not None:
            done = self._chapter - 1 + self._within
            self._progress.update(self._task, completed=done, description=description)
