"""The card of a recorded corpus, written anew from today's text and drawings, without recording again."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from generators.consolidation import describe_corpus
from generators.registry import SPACES, get_recipe
from simlab.charts.card_charts import refresh_card
from simlab.corpus import read_corpus, read_tables, write_corpus


def rewrite_card(folder: Path) -> bool:
    """Write the card of a corpus folder and its charts anew; return whether its search space is known.

    Where it is, title and description become what the search space says today of the recipe as recorded. They
    stand in the metadata of the Parquet files too, so these are written anew where the text has changed, with
    the same tables. Of any other corpus the text stays as it is.

    Parameters
    ----------
    folder : Path

    Raises
    ------
    CorpusError
        If the folder holds no sound corpus.
    """
    metadata = dict(read_corpus(folder).metadata)
    space = SPACES.get(metadata.get("space", ""))
    if space is not None:
        recipe = _as_recorded(get_recipe(space, metadata["recipe"]["name"]), metadata["recipe"])
        told = {**metadata, **describe_corpus(space, recipe)}
        if told != metadata:
            curves, configs, metric, _ = read_tables(folder)
            write_corpus(folder, curves, configs, metric, told)
    refresh_card(folder)
    return space is not None


def _as_recorded(recipe: Any, recorded: dict[str, Any]) -> Any:
    """Return a recipe with the settings that a corpus was recorded with; JSON has lists for its tuples."""
    known = {field.name for field in fields(recipe)}
    settings = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in recorded.items()
        if name in known
    }
    return replace(recipe, **settings)
