"""A paper that networks come from."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Paper:
    """Where a network was published.

    Attributes:
        title: the title in print.
        authors: the names, separated by ", ".
        venue: the conference or journal.
        published: the month of the first public version, such as "2015-12".
        arxiv: the number on arXiv, if the paper is there.
        link: the address of a paper that is not on arXiv.
    """

    title: str
    authors: str
    venue: str
    published: str
    arxiv: str | None = None
    link: str | None = None

    @property
    def year(self) -> int:
        return int(self.published[:4])

    @property
    def url(self) -> str:
        return self.link or f"https://arxiv.org/abs/{self.arxiv}"
