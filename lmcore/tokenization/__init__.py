"""Text to token ids and back: characters, words, and byte-pair encoding in its plain and its fast form."""

from .bpe import BPETokenizer
from .bpe_plain import count_pairs, decode_plain, encode_plain, merge_pair, train_plain
from .bpe_training import train_merges
from .characters import CharacterTokenizer
from .gpt2_files import read_gpt2_files, write_gpt2_files
from .pretokenization import GPT2_PATTERN, pretokenize
from .words import WordTokenizer

__all__ = [
    "GPT2_PATTERN",
    "BPETokenizer",
    "CharacterTokenizer",
    "WordTokenizer",
    "count_pairs",
    "decode_plain",
    "encode_plain",
    "merge_pair",
    "pretokenize",
    "read_gpt2_files",
    "train_merges",
    "train_plain",
    "write_gpt2_files",
]
