"""How Sphinx builds the documentation: Markdown pages, and the library's reference from its docstrings."""

from __future__ import annotations

import simlab

project = "simlab"
author = "The simlab authors"
copyright = author
version = release = simlab.__version__

extensions = [
    "myst_parser",
    "sphinx.ext.apidoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.mathjax",
    "sphinx.ext.napoleon",
]
exclude_patterns = ["_build"]

html_theme = "furo"
html_title = f"simlab {release}"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

apidoc_modules = [
    {
        "path": "../simlab",
        "destination": "api",
        "separate_modules": True,
        "module_first": True,
        "automodule_options": {"members", "show-inheritance"},
    }
]
autodoc_default_options = {
    "ignore-module-all": True,  # what a package re-exports is described once, where it is defined
    # added by scikit-learn, with references into its own documentation
    "exclude-members": "set_fit_request, set_predict_request",
}
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True  # a listed attribute may be a documented property too

# Napoleon makes each name in a list of attributes a reference, and Sphinx complains where several classes
# have an attribute of that name; these warnings tell nothing else.
suppress_warnings = ["ref.python"]
