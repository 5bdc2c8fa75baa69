"""Saying things in one of the lab's languages: sentences, dates and amounts.

The ``.po`` files are compiled in memory when the process starts: what is committed is what is
shown, and no built file can be stale.
"""

from __future__ import annotations

import io
from datetime import date, datetime, tzinfo
from decimal import Decimal
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import dates, lists, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from polderlab_catalog.domain.grants import last_day
from polderlab_catalog.domain.texts import LANGUAGES, Text

LOCALES = Path(__file__).resolve().parent / "locale"
_REGIONS = {"nl": "nl_NL", "en": "en_GB"}


@cache
def translations(language: str, folder: Path = LOCALES, domain: str = "lab") -> NullTranslations:
    """Return the translations of ``language``; English is the language of the message ids."""
    source = folder / language / "LC_MESSAGES" / f"{domain}.po"
    if not source.exists():
        return NullTranslations()
    compiled = io.BytesIO()
    with source.open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)


class Speech:
    """Says things in one language: sentences, dates and amounts, in the lab's time zone."""

    def __init__(self, language: str, zone: tzinfo) -> None:
        self.language = language
        self.locale = _REGIONS[language]
        self._zone = zone
        self._translations = translations(language)

    @property
    def other(self) -> str:
        """The language this is not in."""
        return next(each for each in LANGUAGES if each != self.language)

    def gettext(self, message: str) -> str:
        """Return the translation of ``message``."""
        return self._translations.gettext(message)

    def ngettext(self, one: str, many: str, count: int) -> str:
        """Return the translation for ``count`` things."""
        return self._translations.ngettext(one, many, count)

    def text(self, text: Text) -> str:
        """Return ``text`` in this language, or in the only one it has."""
        return text.in_(self.language)

    def lang(self, text: Text) -> str | None:
        """Return the language ``text`` really comes out in, if that is another than this one."""
        has = text.en if self.language == "en" else text.nl
        return None if has or not self.text(text) else self.other

    def day(self, moment: date | datetime) -> str:
        """Return a date in full: 5 december 2026."""
        return dates.format_date(self._local(moment), "d MMMM y", locale=self.locale)

    def day_of(self, iso: str) -> str:
        """Return a date in full, from ISO 8601."""
        return self.day(date.fromisoformat(iso))

    def time(self, moment: datetime) -> str:
        """Return a time of day: 9.41 in Dutch, 9:41 in English."""
        pattern = "H:mm" if self.language == "en" else "H.mm"
        local = moment.astimezone(self._zone)
        return dates.format_time(local, pattern, tzinfo=self._zone, locale=self.locale)

    def moment(self, moment: datetime, now: datetime) -> str:
        """Return a time, with its day when that is not today."""
        at = self.gettext("{time}").format(time=self.time(moment))
        if self._local(moment) == self._local(now):
            return at
        return self.gettext("{day} at {time}").format(day=self.day(moment), time=at)

    def local_day(self, moment: datetime) -> date:
        """Return the day ``moment`` falls on here."""
        return moment.astimezone(self._zone).date()

    def last_day(self, end: datetime) -> date:
        """Return the last day here before ``end``: what ends at midnight holds until that day."""
        return last_day(end, self._zone)

    def number(self, value: float | Decimal) -> str:
        """Return a number as people write it: 10.030 or 10,030."""
        return numbers.format_decimal(value, format="#,##0.##", locale=self.locale)

    def money(self, amount: Decimal) -> str:
        """Return an amount of money to the cent: 1.234,50 or 1,234.50."""
        return numbers.format_decimal(amount, format="#,##0.00", locale=self.locale)

    def exact(self, value: Decimal) -> str:
        """Return a number with all its decimals."""
        return numbers.format_decimal(value, format="#,##0.##########", locale=self.locale)

    def month(self, day: date) -> str:
        """Return the month a day is in: november 2026."""
        return dates.format_date(day, "MMMM y", locale=self.locale)

    def listed(self, things: list[str]) -> str:
        """Return several things as one says them: one, two and three."""
        return lists.format_list(things, locale=self.locale) if things else ""

    def share(self, part: float) -> str:
        """Return a part of the whole: 98,4 % or 98.4 %; all but everything is never 100 %."""
        tenths = min(round(part * 1000), 999) if part < 1 else 1000
        said = numbers.format_decimal(tenths / 10, format="#,##0.#", locale=self.locale)
        return f"{said} %"

    def size(self, amount: int) -> str:
        """Return an amount of bytes, in units of 1024 as memory is sold: 2 GB, 412 kB."""
        for unit, power in (("GB", 3), ("MB", 2), ("kB", 1)):
            if amount >= 1024**power:
                value = amount / 1024**power
                return f"{self.number(round(value, 1 if value < 10 else 0))} {unit}"
        return f"{self.number(amount)} B"

    def memory(self, amount: int) -> str:
        """Return an amount of memory, always in GB: 0 GB, 1,5 GB."""
        return f"{self.number(round(amount / 1024**3, 2))} GB"

    def _local(self, moment: date | datetime) -> date:
        return self.local_day(moment) if isinstance(moment, datetime) else moment
