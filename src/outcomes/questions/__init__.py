"""From a study to the answers of further questions: scores, speed, subgroups, what was there before."""
