"""The contract of the tables: columns, units, codelists, rules and findings."""
