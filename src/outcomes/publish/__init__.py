"""The report as a transaction: locked, made, published all or nothing, logged, kept, told and verified."""
