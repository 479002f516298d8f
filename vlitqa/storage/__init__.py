"""Files written whole or not at all, and where vlitqa keeps what is its own."""
