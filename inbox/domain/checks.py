"""Hints on a reply while it is written. They tell, they never block: the agent knows why.

Patterns are for German and English, the languages our agents answer in; a language we do not know gives no hint
rather than a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from inbox.domain.languages import language
from inbox.domain.records import Record, field


class Hint(Record, kw_only=True):
    """`kind`: placeholder, personal, passed_on, wrote_again, answered, price, language, account or unsure. `words` with
    the `values` in it are the sentence; apart, so that a screen can say it in its own language."""

    kind: str
    words: str
    values: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    """What stands in a sequence are words too, to be said one after the other."""

    def said(self, translate: Callable[[str], str] = str) -> str:
        parts = {
            name: value if isinstance(value, str) else ", ".join(map(translate, value))
            for name, value in self.values.items()
        }
        return translate(self.words).format_map(parts)


class Situation(Record, kw_only=True):
    """What is known around the text. `asked`: the customer's messages that wait, newest last. `wrote_again`:
    customer messages since the draft was begun; `answered_by`: who of us answered since then. `price`,
    `plain_price`: what the text costs as it stands, and without a link, in `currency`; None: nothing.
    `last_account`: through which account of this platform the agent answered last; None: first time."""

    private: bool = False
    asked: Sequence[str] = ()
    wrote_again: int = 0
    answered_by: Sequence[str] = ()
    price: float | None = None
    plain_price: float | None = None
    currency: str = ""
    account: str = ""
    last_account: str | None = None
    unsure: str | None = None
    """Words, where the platform may refuse the reply (`reply.ReplyWay.unsure`)."""


def hints(text: str, around: Situation) -> list[Hint]:
    """What an attentive colleague would say, the most urgent first. Some 0.2 ms for a long reply."""
    found: list[Hint] = []

    def tell(kind: str, words: str, **values: str | Sequence[str]) -> None:
        found.append(Hint(kind=kind, words=words, values=values))

    if around.answered_by:
        tell("answered", "{who} answered meanwhile", who=", ".join(around.answered_by))
    if around.wrote_again:
        tell("wrote_again", "they wrote again since you began ({n})", n=str(around.wrote_again))
    if around.last_account not in (None, around.account):
        tell(
            "account",
            "account {this}, your last answer: {last}",
            this=around.account,
            last=around.last_account or "",
        )
    if around.unsure:
        tell("unsure", around.unsure)
    if not text.strip():
        return found
    if open_ := placeholders(text):
        tell("placeholder", "still open: {what}", what=" ".join(open_))
    if not around.private and (personal := personal_details(text)):
        tell("personal", "everybody will read {what}", what=personal)
    if passes_on(text):
        tell("passed_on", "only passes them on; can it be answered here?")
    if other := other_language(text, " ".join(around.asked)):
        tell("language", "they write {theirs}, this is {ours}", theirs=[other[1]], ours=[other[0]])
    if around.price is not None and around.plain_price is not None and around.price > around.plain_price:
        tell(
            "price",
            "with the link it costs {cost} {currency}, without {plain}",
            cost=f"{around.price:.2f}",
            currency=around.currency,
            plain=f"{around.plain_price:.2f}",
        )
    return found


# -- placeholders ------------------------------------------------------------------------------------------

_PLACEHOLDER = re.compile(
    r"\{[^{}\n]{0,40}\}|\[(?:[A-ZÄÖÜ][A-ZÄÖÜ ]{2,30}|Name|Nummer|Datum|name|number|date)\]|<[A-ZÄÖÜ][A-ZÄÖÜ _]{2,30}>"
    r"|(?<!\w)(?:XXX+|TODO|\?\?\?+|__+)(?!\w)"
)


def placeholders(text: str) -> list[str]:
    """What was left to fill in, each once, in order."""
    return list(dict.fromkeys(_PLACEHOLDER.findall(text)))


# -- personal details --------------------------------------------------------------------------------------

_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[^\W\d_]{2,}")
_IBAN = re.compile(r"(?<![A-Z0-9])[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]){11,30}(?![A-Z0-9])")
_CARD = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")
_PHONE = re.compile(r"(?<![\w/.,-])(?<!\d )(?:\+\d|00[1-9]|0[1-9]|\(0?\d)[\d ()/.-]{5,18}\d(?![\w.,]?\d)")
_NUMBER = re.compile(
    r"\b(?:bestell\w*|auftrag\w*|vorgang\w*|kunden\w*|sendung\w*|rechnung\w*|ticket\w*|vertrag\w*|order|customer"
    r"|tracking|invoice|case|account|contract|reference)"
    r"[\s:.#-]*(?:nummer|number|nr|no|id)?[\s:.#-]*(?:(?:lautet|ist|is)\s+)?((?=[\w-]*\d[\w-]*\d)[A-Z0-9][\w-]{3,}(?: \d{2,})*)",
    re.IGNORECASE,
)
_DATE = re.compile(r"\d{1,2}\.\d{1,2}\.(?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}")


def personal_details(text: str) -> list[str]:
    """Kinds of personal details that stand in the text, in words."""
    found, rest = [], text
    for words, pattern, sure in (
        ("an e-mail address", _MAIL, _always),
        ("an IBAN", _IBAN, is_iban),
        ("a card number", _CARD, is_card),
        ("an order number", _NUMBER, _always),
        ("a phone number", _PHONE, _is_phone),
    ):
        hits = [m for m in pattern.finditer(rest) if sure(m.group())]
        if hits:
            found.append(words)
            for m in reversed(hits):
                rest = f"{rest[: m.start()]} {rest[m.end() :]}"
    return found


def _always(text: str) -> bool:
    return True


def is_iban(text: str) -> bool:
    """By its checksum (ISO 13616: moved by four, letters as 10 to 35, 1 modulo 97)."""
    packed = text.replace(" ", "").upper()
    if not 15 <= len(packed) <= 34 or not packed.isascii() or not packed.isalnum():
        return False
    return int("".join(str(int(c, 36)) for c in packed[4:] + packed[:4])) % 97 == 1


def is_card(text: str) -> bool:
    """By its checksum (ISO/IEC 7812, Luhn)."""
    digits = [int(c) for c in text if c.isdigit()]
    doubled = [d * 2 - 9 * (d > 4) for d in digits[-2::-2]]
    return len(digits) >= 13 and len(set(digits)) > 1 and (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def _is_phone(text: str) -> bool:
    digits = sum(c.isdigit() for c in text)
    return 7 <= digits <= 15 and _DATE.search(text) is None


# -- passing on --------------------------------------------------------------------------------------------

_DESK = (
    r"(?:\w*hotline|\w*(?:kunden|service|support)\w*|servicedesk|zentrale|callcenter|call[ ]center|filiale|fachabteilung"
    r"|help[ ]?desk|service[ ]?desk|customer[ ](?:service|care|support)|support(?:[ ]team)?|contact[ ]form|kontaktformular|e-?mail)"
)
_PASSING = re.compile(
    rf"""\b(?:
      wende\w*\s+(?:sie\s+)?(?:sich|dich|euch)\b.{{0,40}}?\b(?:an|ans)\b.{{0,30}}?\b{_DESK}
    | (?:an|ans)\s+.{{0,30}}?\b{_DESK}\b.{{0,30}}?\b(?:zu\s+)?wenden
    | (?:ruf\w*|kontaktier\w*|melde\w*|schreib\w*)\b.{{0,60}}?\b{_DESK}
    | (?:ruf\w*|erreich\w*|meld\w*)\b.{{0,40}}?\bunter\b.{{0,30}}?(?:nummer|\+?\d[\d /-]{{4,}})
    | {_DESK}\b.{{0,40}}?\b(?:anrufen|kontaktieren|wenden|erreichen|hilft|helfen)
    | (?:call|contact|phone|ring|reach\s+out\s+to|get\s+in\s+touch\s+with|speak\s+(?:to|with)|write\s+to|e-?mail)\b
      .{{0,30}}?\b{_DESK}
    | (?:call|phone|ring|reach)\s+us\s+(?:at|on|under)\b
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_GREETING = re.compile(
    r"^(?:hallo|hi|hello|hey|dear|liebe\w*|guten|moin|sehr geehrte\w*|good)\b[^,!.?]{0,40}[,!.]?\s*",
    re.IGNORECASE,
)
_POLITE = re.compile(
    r"^(?:vielen|danke\w*|thank\w*|thanks|sorry"
    r"|(?:we(?:'re| are)|i(?:'m| am)) (?:very |so |really )?sorry|we apologi[sz]e|(?:das|es) tut (?:uns|mir)|wir bedauern"
    r"|entschuldig\w*|(?:mit )?(?:freundliche|viele|liebe|beste|herzliche)\w*|kind|best|regards|gruß|grüße|\^\w+"
    r"|(?:dort|sie|man|they|die kolleg\w+|unsere kolleg\w+|our colleagues?)\b.{0,40}?\b(?:hilft|helfen|help|assist|weiter))\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n+")
SUBSTANCE = 4
"""Words from which a sentence beside the passing on counts as an answer of its own."""


def passes_on(text: str) -> bool:
    """Whether the text sends the customer to a hotline or desk and says nothing else."""
    passing = False
    for sentence in _SENTENCE_END.split(text.strip()):
        if _PASSING.search(sentence):
            passing = True
            continue
        rest = _GREETING.sub("", sentence.strip())
        if len(rest.split()) >= SUBSTANCE and not _POLITE.match(rest):
            return False
    return passing


# -- language ----------------------------------------------------------------------------------------------


def other_language(reply: str, asked: str) -> tuple[str, str] | None:
    """(language of the reply, language of the customer) where both are plain and differ."""
    ours = language(reply)
    theirs = language(asked) if ours else None
    return (ours, theirs) if ours and theirs and ours != theirs else None
