"""The report as a page: sections over what its readers may see, as HTML and PDF; nothing is written."""
