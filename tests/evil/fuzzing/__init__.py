"""A fuzzer that knows how datasets are packed: `make fuzz` damages thousands of them, and none may break vlitqa."""
