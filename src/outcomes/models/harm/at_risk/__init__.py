"""Who is at risk, in which session and how long; and which events count for them.

Every table, rate, picture and signal of harm counts through this room: `units` says who, `events` which
events count, `cells` in which row, `time` how long.
"""
