"""CDISC SDTM as one declaration: a folder of domains in, a study; a study in, a folder of domains."""
