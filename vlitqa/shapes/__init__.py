"""A small world of drawn shapes in which everything is known: scenes, pictures, annotations, datasets and exams."""
