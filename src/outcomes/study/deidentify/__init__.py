"""A study without what names people: new identifiers, shifted dates, no free text."""
