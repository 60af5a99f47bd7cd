"""The `bazargah` commands; thin, each over verbs that stand elsewhere. Exit codes: 0 done, 1 refused, 2 misused."""
