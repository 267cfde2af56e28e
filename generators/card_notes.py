"""What the card of one corpus says that the other corpora of its search space do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class CardNotes:
    """Passages of a card.

    Parameters
    ----------
    data : str
        What the networks were trained on, as part of a sentence.
    differences : mapping of str to str
        Markdown section on how a recipe differs from the paper, by name of the recipe.
    depth : str
        Sentence on the largest depth, where it is searched.
    preface : str
        What the reader must know before everything else, as Markdown.
    """

    data: str
    differences: Mapping[str, str]
    depth: str = ""
    preface: str = ""

    def enclose(self, body: str, recipe_name: str) -> str:
        r"""Return the card: the preface, ``body``, and the differences of the recipe.

        Examples
        --------
        >>> notes = CardNotes(data="digits", differences={"mini": "Smaller."}, preface="Read me.")
        >>> notes.enclose("...", "mini")
        'Read me.\n\n...\nSmaller.'
        """
        preface = self.preface.rstrip() + "\n\n" if self.preface else ""
        return preface + "\n".join([body, self.differences[recipe_name]]).rstrip()
