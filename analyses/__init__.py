"""Tables and figures: one file each, with a function that computes a result and a function that draws it."""
