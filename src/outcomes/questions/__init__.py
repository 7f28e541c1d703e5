"""From a study to the answers of the seed's further questions: scores, speed, who benefits."""
