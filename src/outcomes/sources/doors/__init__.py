"""Ways in besides text files and Parquet: one file a kind, each gives a `RawTable` and nothing else."""
