"""Data quality as a page for the clinic and a list of queries for the site that entered the data."""
