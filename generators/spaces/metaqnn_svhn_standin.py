"""The corpus ``metaqnn-svhn-standin``: random MetaQNN architectures trained on a stand-in for SVHN."""

from __future__ import annotations

from generators.card_notes import CardNotes
from generators.data.svhn_standin import PREFACE, SVHN_STANDIN
from generators.metaqnn.space import MetaQNN
from generators.spaces.metaqnn_svhn import DEPTH, MAX_DEPTH, MINI, MINI_CHANGES

MINI_NOTE = f"""\
## How this differs from the paper

Other data, as said above. And this is the small recipe for a CPU: the paper's architectures at a sixteenth
of their width, on a quarter of the pixels, with a twentieth as many images. Compare its accuracies with
one another only.

{MINI_CHANGES}"""

METAQNN_SVHN_STANDIN = MetaQNN(
    name="metaqnn-svhn-standin",
    title="MetaQNN networks on a stand-in for SVHN",
    source=SVHN_STANDIN,
    max_depth=MAX_DEPTH,
    recipes={"mini": MINI},
    notes=CardNotes(
        data="a stand-in for SVHN", depth=DEPTH, differences={"mini": MINI_NOTE}, preface=PREFACE
    ),
)
