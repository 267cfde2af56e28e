"""Cuda-Convnet: one network under varying hyperparameters."""
