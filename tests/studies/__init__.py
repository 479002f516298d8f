"""Programs whose results stand in docs/study.md; the test run does not run them."""
