"""LSTM language models of varying size."""
