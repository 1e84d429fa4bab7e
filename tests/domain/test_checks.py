"""Hints on a reply: what an attentive colleague would say, and nothing where nothing is wrong."""

from __future__ import annotations

import time

import pytest

from inbox.domain.checks import Situation, hints, passes_on, personal_details, placeholders
from inbox.domain.languages import language

GOOD = (
    "Hallo Eva, wir haben Ihr Paket in der Filiale Süd gefunden, es kommt morgen zwischen 9 und 12 Uhr.",
    "Hi Tom, that was our driver's mistake. We refund the 31 € today and send a new one on 24.12.2026.",
    "Danke!",
    "Am 1. Dezember, wir freuen uns auf Sie!",
    "Guten Tag, die 3 Pakete sind da. Bei weiteren Fragen wenden Sie sich gern an unseren Kundenservice.",
    "We found it at 10 Downing Street, see https://acme.example/t/12345678901 for the photo.",
)


@pytest.mark.parametrize("text", GOOD)
def test_a_good_reply_gets_no_hint(text: str) -> None:
    """A hint that comes without need is read no more when it matters."""
    assert hints(text, Situation()) == []


@pytest.mark.parametrize(
    "text",
    [
        "Bitte wenden Sie sich an unsere Hotline.",
        "Hallo Anna, das tut uns leid. Bitte wende dich an den Kundenservice. Viele Grüße",
        "Rufen Sie bitte unsere Servicenummer an!",
        "Bitte melden Sie sich unter der Nummer 0800 123456.",
        "Guten Tag, unser Kundendienst hilft Ihnen weiter.",
        "Please call our customer service.",
        "Hi Sam, we are sorry to hear that. Please contact our help desk. Thanks!",
        "Please reach out to our support team, they can help.",
        "Call us at 0800 123456.",
    ],
)
def test_passing_the_customer_on_is_told(text: str) -> None:
    """47 % of those who turn to a brand get no more than this; see BEHAVIOUR.md#the-job."""
    assert passes_on(text)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Schreiben Sie an anna.b+x@post.example.de", ["an e-mail address"]),
        ("Ihre IBAN DE89 3704 0044 0532 0130 00 stimmt", ["an IBAN"]),
        ("IBAN GB82WEST12345698765432", ["an IBAN"]),
        ("DE88 3704 0044 0532 0130 00", []),
        ("Rückruf unter 0171 1234567?", ["a phone number"]),
        ("call +49 (30) 901820-0", ["a phone number"]),
        ("Ihre Bestellnummer 4711-0815 ist raus", ["an order number"]),
        ("Your order no. AB123456 left", ["an order number"]),
        ("Die Sendungsnummer lautet 0034 0434 1122", ["an order number"]),
        ("Karte 4111 1111 1111 1111", ["a card number"]),
        ("Am 24.12.2026 um 9:30 Uhr, 20 % auf 1.299,00 €", []),
        ("Ihre Bestellung kommt morgen", []),
        ("@acmeparcels danke", []),
        ("von 07:00-23:00 an 365 Tagen", []),
    ],
)
def test_personal_details_are_told_by_kind(text: str, kinds: list[str]) -> None:
    assert personal_details(text) == kinds


def test_personal_details_are_told_in_public_only() -> None:
    """In a private message they are what the customer asks for."""
    text = "Rückruf unter 0171 1234567?"
    assert [h.kind for h in hints(text, Situation())] == ["personal"]
    assert hints(text, Situation(private=True)) == []


def test_open_placeholders_are_named() -> None:
    assert placeholders("Hallo {name}, am [DATUM] kommt XXX, {name}") == ["{name}", "[DATUM]", "XXX"]
    assert placeholders("Eine [ganz] normale Klammer <3 und {}") == ["{}"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Wann kommt mein Paket? Ich warte seit Montag und es ist nicht da", "German"),
        ("where is my parcel, I have been waiting since Monday and it is not here", "English"),
        ("Bonjour, je ne suis pas content, où est mon colis ? Il est dans la nature depuis lundi", "French"),
        ("Можно ли получить посылку без паспорта?", "Cyrillic"),
        ("荷物がまだ届きません。いつ届きますか？", "Chinese or Japanese"),
        ("Ok!", None),
        ("DHL Paket Tracking 12345", None),
        ("https://is.not.the/and @you_we_the", None),
    ],
)
def test_a_language_is_told_where_it_is_plain(text: str, told: str | None) -> None:
    assert language(text) == told


def test_another_language_than_the_customers_is_told() -> None:
    asked = ("Hello, where is my parcel? I have been waiting for it since Monday.",)
    (hint,) = hints("Guten Tag, wir haben das Paket gefunden und es ist morgen da.", Situation(asked=asked))
    assert (hint.kind, hint.said()) == ("language", "they write English, this is German")
    german = {"English": "Englisch", "German": "Deutsch"}
    assert hint.said(lambda words: german.get(words, words)) == "they write Englisch, this is Deutsch"


def test_what_happened_meanwhile_is_told_even_before_the_first_word() -> None:
    around = Situation(wrote_again=2, answered_by=("mirko",), account="acme-x", last_account="acme-de")
    assert [h.said() for h in hints("", around)] == [
        "mirko answered meanwhile",
        "they wrote again since you began (2)",
        "account acme-x, your last answer: acme-de",
    ]


def test_the_price_of_a_link_is_told_where_the_platform_has_one() -> None:
    around = Situation(price=0.2, plain_price=0.01, currency="USD")
    assert [h.said() for h in hints("https://acme.example", around)] == [
        "with the link it costs 0.20 USD, without 0.01"
    ]
    assert hints("hier", Situation(price=0.01, plain_price=0.01)) == []


@pytest.mark.parametrize(
    "text", ["a" * 10_000, "wenden Sie sich " * 600, "0" * 10_000, "a@" * 5000, "{" * 9000, "DE12 " * 2000]
)
def test_hostile_text_costs_no_time(text: str) -> None:
    """It runs at every key; a pattern that goes back and forth would freeze the screen."""
    began = time.perf_counter()
    hints(text, Situation(asked=(text,)))
    assert time.perf_counter() - began < 0.5
