"""MetaQNN: convolutional networks of varying layers."""
