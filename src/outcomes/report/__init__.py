"""The report: sections, page, manifest, publishing."""
