"""Ways in besides text files and Parquet: one file per kind, each gives a `RawTable` and nothing else."""
