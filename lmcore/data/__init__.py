"""Where the text comes from."""

from .corpora import english_story, local_text, python_manual, russian_story

__all__ = ["english_story", "local_text", "python_manual", "russian_story"]
