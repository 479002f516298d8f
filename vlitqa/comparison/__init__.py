"""Datasets compared by the models that learn from them: each is scored, each model is tuned on it and sits exams."""
