r"""How good is a model, and how sure is that?

===================================  =================================================  =============  =======
question                             metric                                             scale          better
===================================  =================================================  =============  =======
how surprised is it by a text        ``score_tokens``: perplexity                       1 .. infinity  lower
the same across tokenizers           ``.bits_per_character``, ``.bits_per_byte``        0 .. infinity  lower
is it what was wanted (translation)  ``corpus_bleu``, ``corpus_chrf``                   0 .. 100       higher
\                                    ``meteor``                                         0 .. 1         higher
how much of it must be mended        ``corpus_ter``, in percent                         0 .. infinity  lower
is it what was wanted (summaries)    ``rouge_n``, ``rouge_l``, ``rouge_lsum``           0 .. 1         higher
is it right (answers)                ``exact_match``, ``token_f1``                      0 .. 1         higher
\                                    ``mean_reciprocal_rank``                           0 .. 1         higher
is it right (classes)                ``accuracy``, ``per_class``, ``micro``, ``macro``  0 .. 1         higher
\                                    ``roc_auc``                                        0 .. 1         higher
does it say something new            ``distinct_n``                                     0 .. 1         neither
are its stories true to themselves   ``score_stories``: valid, remembered, agreeing     0 .. 1         higher
do two judges agree                  ``cohen_kappa``                                    -1 .. 1        higher
how sure is the number               ``bootstrap_interval``, ``paired_bootstrap``
===================================  =================================================  =============  =======

What the model said comes first, what was wanted second. Texts have lists of references: several may be right.
"""

from ..data.stories import Score as StoryScore
from ..data.stories import score as score_stories
from .agreement import cohen_kappa
from .bleu import BLEUScore, bleu_from_statistics, bleu_statistics, corpus_bleu, sentence_bleu, tokenize_13a
from .bootstrap import Interval, PairedComparison, bootstrap_interval, paired_bootstrap
from .chrf import chrf_from_statistics, chrf_statistics, corpus_chrf, sentence_chrf
from .classification import accuracy, confusion_matrix, macro, micro, per_class, roc_auc
from .counts import PrecisionRecallF1, f_measure
from .distinct import distinct_n
from .matching import exact_match, mean_reciprocal_rank, normalize_answer, reciprocal_rank, token_f1
from .meteor import align, meteor
from .perplexity import TokenScores, score_tokens
from .rouge import rouge_l, rouge_lsum, rouge_n, tokenize_rouge
from .ter import (
    TERScore,
    corpus_ter,
    edit_distance,
    sentence_ter,
    shift_edit_distance,
    ter_from_statistics,
    ter_statistics,
)

__all__ = [
    "BLEUScore",
    "Interval",
    "PairedComparison",
    "PrecisionRecallF1",
    "StoryScore",
    "TERScore",
    "TokenScores",
    "accuracy",
    "align",
    "bleu_from_statistics",
    "bleu_statistics",
    "bootstrap_interval",
    "chrf_from_statistics",
    "chrf_statistics",
    "cohen_kappa",
    "confusion_matrix",
    "corpus_bleu",
    "corpus_chrf",
    "corpus_ter",
    "distinct_n",
    "edit_distance",
    "exact_match",
    "f_measure",
    "macro",
    "mean_reciprocal_rank",
    "meteor",
    "micro",
    "normalize_answer",
    "paired_bootstrap",
    "per_class",
    "reciprocal_rank",
    "roc_auc",
    "rouge_l",
    "rouge_lsum",
    "rouge_n",
    "score_stories",
    "score_tokens",
    "sentence_bleu",
    "sentence_chrf",
    "sentence_ter",
    "shift_edit_distance",
    "ter_from_statistics",
    "ter_statistics",
    "token_f1",
    "tokenize_13a",
    "tokenize_rouge",
]
