"""Corpora: recorded learning curves, their data contract, and how they are read and written."""

from simlab.corpus.corpus import Corpus
from simlab.corpus.observations import FeatureMatrix, Prefixes, TrainingSet
from simlab.corpus.storage import read_corpus, read_tables, write_corpus

__all__ = ["Corpus", "FeatureMatrix", "Prefixes", "TrainingSet", "read_corpus", "read_tables", "write_corpus"]
