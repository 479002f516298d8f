"""Taggers that name the tasks an instruction could belong to."""
