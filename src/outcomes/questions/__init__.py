"""From a study to the answers of further questions: scores, speed, who benefits, what was there before."""
