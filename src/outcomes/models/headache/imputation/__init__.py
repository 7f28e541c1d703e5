"""Missing periods imputed many times under a named assumption, and what the completed data say together."""

from outcomes.models.headache.imputation.imputations import Imputations
from outcomes.models.headache.imputation.imputing import METHODS, Method, impute, impute_each

__all__ = ["METHODS", "Imputations", "Method", "impute", "impute_each"]
