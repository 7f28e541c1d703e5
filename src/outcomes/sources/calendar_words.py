"""Names of months and weekdays as the languages of this part of the world write them (Unicode CLDR)."""

from __future__ import annotations

from typing import Literal, get_args

__all__ = ["LANGUAGES", "Language", "month_names", "weekday_names"]

Language = Literal["en", "de", "fr", "it", "es", "nl", "pt"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

#: Twelve months a language; the ways to write one are parted by a stroke, a point behind it is taken too.
MONTHS: dict[Language, str] = {
    "en": "january|jan february|feb march|mar april|apr may june|jun july|jul august|aug"
    " september|sep|sept october|oct november|nov december|dec",
    "de": "januar|jänner|jan|jän februar|feber|feb märz|maerz|mär|mrz|maer april|apr mai juni|jun juli|jul"
    " august|aug september|sep|sept oktober|okt november|nov dezember|dez",
    "fr": "janvier|janv|jan février|fevrier|févr|fév|fevr|fev mars|mar avril|avr mai juin juillet|juil"
    " août|aout|aoû|aou septembre|sept|sep octobre|oct novembre|nov décembre|decembre|déc|dec",
    "it": "gennaio|gen febbraio|feb marzo|mar aprile|apr maggio|mag giugno|giu luglio|lug agosto|ago"
    " settembre|set|sett ottobre|ott novembre|nov dicembre|dic",
    "es": "enero|ene febrero|feb marzo|mar abril|abr mayo|may junio|jun julio|jul agosto|ago"
    " septiembre|setiembre|sept|sep|set octubre|oct noviembre|nov diciembre|dic",
    "nl": "januari|jan februari|feb maart|mrt april|apr mei juni|jun juli|jul augustus|aug"
    " september|sep|sept oktober|okt november|nov december|dec",
    "pt": "janeiro|jan fevereiro|fev março|marco|mar abril|abr maio|mai junho|jun julho|jul agosto|ago"
    " setembro|set outubro|out novembro|nov dezembro|dez",
}
#: Seven weekdays a language, Monday first.
WEEKDAYS: dict[Language, str] = {
    "en": "monday|mon tuesday|tue|tues wednesday|wed thursday|thu|thur|thurs"
    " friday|fri saturday|sat sunday|sun",
    "de": "montag|mo|mon dienstag|di|die mittwoch|mi|mit donnerstag|do|don freitag|fr|fre"
    " samstag|sonnabend|sa|sam sonntag|so|son",
    "fr": "lundi|lun mardi|mar mercredi|mer jeudi|jeu vendredi|ven samedi|sam dimanche|dim",
    "it": "lunedì|lunedi|lun martedì|martedi|mar mercoledì|mercoledi|mer giovedì|giovedi|gio"
    " venerdì|venerdi|ven sabato|sab domenica|dom",
    "es": "lunes|lun martes|mar miércoles|miercoles|mié|mie jueves|jue viernes|vie sábado|sabado|sáb|sab"
    " domingo|dom",
    "nl": "maandag|ma dinsdag|di woensdag|wo donderdag|do vrijdag|vr zaterdag|za zondag|zo",
    "pt": "segunda|seg|segunda-feira terça|terca|ter|terça-feira quarta|qua|quarta-feira"
    " quinta|qui|quinta-feira sexta|sex|sexta-feira sábado|sabado|sáb|sab domingo|dom",
}


def month_names(language: Language) -> dict[str, int]:
    """Return each name of a month, in small letters, and its number.

    Examples
    --------
    >>> month_names("de")["märz"]
    3
    """
    return _numbered(MONTHS[language])


def weekday_names(language: Language) -> dict[str, int]:
    """Return each name of a weekday, in small letters, and its number: Monday is 1."""
    return _numbered(WEEKDAYS[language])


def _numbered(words: str) -> dict[str, int]:
    return {name: number for number, names in enumerate(words.split(), start=1) for name in names.split("|")}
