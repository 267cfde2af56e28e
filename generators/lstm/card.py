"""The card text of the LSTM corpus: what was trained, how, and every decision taken."""

from __future__ import annotations

from generators.lstm.recipe import PAPER, LstmRecipe
from generators.lstm.sizes import WIDTHS
from generators.lstm.weights import N_LAYERS

LOSS_STD = 2.5  # nats, of the losses of single words; measured on networks of the mini recipe

SPACE = """\
## What was recorded

LSTM language models on the Penn Treebank, trained for {epochs} epochs. Two sizes vary, as in Appendix A of
Baker et al. (2017), "Accelerating Neural Architecture Search using Performance Prediction". The value is the
perplexity of the validation text: exp of the mean cross-entropy per word, in nats (`valid_loss`). Lower is
better. The test text was never read. `seconds` is what training and validation of an epoch cost on one
worker: CPU seconds of its one thread, or wall-clock seconds on a GPU.

## The search space, and how it was read

| column | from | to | steps of |
|---|---|---|---|
| `hp_n_cells` | {low} | {high} | {step} |
| `hp_n_inputs` | {low} | {high} | {step} |

- "Number of hidden layer inputs and lstm cells was varied from 10 to 1400 in steps of 20": 10, 30, ..., 1390,
  independently of each other. All {n_configs:,} pairs are equally likely; none is drawn twice.
- The cells are those of one LSTM layer, and its inputs are the width of the word embeddings. (The paper gives
  no number of layers; one layer is what two sizes describe.)
- "Dictionary size of 400 words was used to generate embeddings" is read as the vocabulary, not as the width
  of the embeddings, which is the number of inputs. The vocabulary is the {vocabulary_size} most frequent
  words of the whole training text, `<unk>` and the end of a line, `<eos>`, among them; all others become
  `<unk>`.
- So 36 % of all words are `<unk>`, and a model that knows the frequencies of words alone has a perplexity
  near 40. **Perplexities are far below those usual for a vocabulary of 10,000, and not comparable.**
- The `hp_` columns hold the sizes as drawn; `ap_n_weights` counts the weights of the network as trained.
  `ap_n_layers` is {n_layers} (embedding, LSTM, softmax) and never varies.
- A loss that is not finite ends a run (`diverged`); its final value counts as {vocabulary_size}, the
  perplexity of a uniform guess.
- Configuration i and its training seed depend on the recording's seed and on i alone.

## The network and its training

- Word embedding, dropout, one LSTM layer, dropout, softmax layer. Dropout is {dropout:g}, and stands
  on what flows from layer to layer, not from word to word. No weights are shared.
- {n_train:,} words are predicted in an epoch, in {batch_size} streams read side by side, each in the order
  of the text. A step reads {unrolling} words of each stream; its state is handed on to the next step,
  gradients are not.
- SGD without momentum. The loss is summed over the words of a step and averaged over the streams; gradients
  are scaled down to a norm of at most {max_gradient_norm:g}.
- The learning rate is {learning_rate:g} for {constant_epochs} epochs, and divided by {decay:g}
  before each further one.
- Weights and biases start uniformly between -{initial_range:g} and {initial_range:g}. All in float32.

The paper gives SGD, batches of 50, dropout of 0.5 and 60 epochs. The rest is the usual training of such
models, that of Zaremba, Sutskever, Vinyals (2014), "Recurrent Neural Network Regularization": clipping,
initial weights and unrolling of their medium network, which has the same dropout, and the schedule of their
large one, whose 55 epochs come closest to 60.

## How exact a value is

{n_valid:,} words are predicted in validation, the same ones every time. The losses of single words have a
standard deviation of about {loss_std:g} nats, so a perplexity has a standard error of about {error:.1%} as a
measure of other text of the same kind. Two networks are compared on the same words, and their difference is
more exact than that.
"""

PAPER_NOTE = """\
## How this differs from the paper

As far as Baker et al. say, in nothing; but they say little, and may well have trained in another way.
"""

MINI_NOTE = """\
## How this differs from the paper

This is the small recipe for a CPU. Its perplexities are not the paper's; compare them with one another only.

- A twentieth of the drawn cells and inputs, rounded up: 1, 2, ..., 70 of each.
- The beginning of the training text, {n_train:,} of {paper.n_train:,} words, and of the validation
  text, {n_valid:,} of {paper.n_valid:,}. The vocabulary is still that of the whole training text.
- Steps of {unrolling} words instead of {paper.unrolling}: {steps} steps in an epoch instead of {paper_steps}.
- The learning rate is divided by {decay:g} instead of {paper.decay:g}, which spreads what is learned
  over more epochs.
- Two configurations trained again with another seed ended 0.2 away from where they had; after 6 epochs they
  were 0.9 and 2.8 away.
"""


def write_description(recipe: LstmRecipe) -> str:
    """Return the Markdown text of the card for a recipe."""
    text = SPACE + "\n" + (PAPER_NOTE if recipe.name == PAPER.name else MINI_NOTE)
    return text.rstrip().format(
        **vars(recipe),
        low=WIDTHS[0],
        high=WIDTHS[-1],
        step=WIDTHS.step,
        n_configs=len(WIDTHS) ** 2,
        n_layers=N_LAYERS,
        loss_std=LOSS_STD,
        error=LOSS_STD / recipe.n_valid**0.5,
        steps=_steps(recipe),
        paper=PAPER,
        paper_steps=_steps(PAPER),
    )


def _steps(recipe: LstmRecipe) -> int:
    return -(-recipe.n_train // (recipe.batch_size * recipe.unrolling))
