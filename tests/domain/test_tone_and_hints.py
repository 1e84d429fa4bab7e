"""Hints: shown only when sure, as a wrong one is worse than none. The sentences here are in no phrase list."""

from __future__ import annotations

import pytest

from inbox.domain.listening.hints import hints, language_of
from inbox.domain.listening.tone import NEGATIVE, POSITIVE, tone

NEGATIVE_ONES = """\
My washing machine delivery was cancelled for the second time and nobody told me
Two weeks without internet and your hotline just hangs up on me
I've been charged twice for the same order
Worst experience ever, your courier threw my package in the bushes
The app logs me out every five minutes, so annoying
Still no reply to my complaint from last month
The tent ripped on the first night and support ignores me
You promised a technician between 8 and 12, it's 5pm now
Seit drei Wochen warte ich auf mein Geld, es reicht langsam
Euer Kundenservice ist eine Katastrophe, keiner weiß Bescheid
Der Zug fiel schon wieder aus und keine Durchsage
Hab jetzt die dritte falsche Lieferung bekommen
Meine Bestellung wurde einfach storniert ohne Grund
Warum antwortet ihr nicht auf meine Mail?
Die App stürzt beim Öffnen ab, total nervig
Die Jacke hat nach einer Wäsche Löcher""".splitlines()
CALM_ONES = """\
Just wanted to say your support guy Tom was amazing
Love the new app design, well done
Thank you for sorting that out so quickly
Best customer service I've had in years
Do you have the jacket in size L?
What are your opening hours on Christmas Eve?
How can I change the delivery address of my order?
I'd like to book a table for six on Friday
Super nette Beratung in der Filiale heute, danke!
Das ging ja mega schnell, vielen Dank
Großes Lob an eure Fahrerin
Endlich mal ein Service der funktioniert, weiter so
Habt ihr die Schuhe auch in 43?
Wann kommt die neue Kollektion raus?
Kann man bei euch auch auf Rechnung bestellen?
Wie kann ich mein Passwort ändern?""".splitlines()


def kinds(text: str) -> list[str]:
    return [hint.kind for hint in hints(text)]


def test_a_negative_hint_is_right_where_it_is_shown() -> None:
    """A calm question that is marked as angry makes agents switch all hints off."""
    shown = [text for text in (*NEGATIVE_ONES, *CALM_ONES) if NEGATIVE in kinds(text)]
    assert len(shown) >= len(NEGATIVE_ONES) / 2
    wrong = [text for text in shown if text in CALM_ONES]
    assert len(wrong) <= 0.15 * len(shown)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Hilfe, aus dem Router kommt Rauch!", "urgent"),
        ("the charger is giving off sparks, what should I do", "urgent"),
        ("jemand hat mein Konto gehackt", "urgent"),
        ("Vielen lieben Dank, das war eine große Hilfe", "praise"),
        ("your support was amazing, thank you so much", "praise"),
        ("Wann habt ihr morgen offen?", "question"),
        ("do you ship to Austria?", "question"),
        ("It would be great if you offered a dark mode", "idea"),
        ("Könntet ihr nicht eine vegane Variante machen", "idea"),
        ("nobody answers my emails and the parcel is lost", "complaint"),
    ],
)
def test_kinds_are_told_by_their_words(text: str, kind: str) -> None:
    """What an agent would call it, in both languages."""
    assert kinds(text)[-1:] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "Is your shop smoke-free?",
        "wir hatten zum Glück keine Funken",
        "are you open tonight?",
        "Danke, der Techniker kam sofort!",
        "Gasse 7 ist unsere Adresse",
    ],
)
def test_what_only_looks_dangerous_is_not_urgent(text: str) -> None:
    """Whoever is alarmed by the word alone stops looking."""
    assert "urgent" not in kinds(text)


def test_every_hint_says_because_of_which_words() -> None:
    """A hint that cannot be explained cannot be refused."""
    for text in NEGATIVE_ONES:
        for hint in hints(text):
            assert hint.because or hint.kind in ("negative", "complaint")
            assert 0.8 <= hint.sure <= 1


@pytest.mark.parametrize(
    "text",
    ["", "   ", "😀", "Où est mon colis, je suis en colère depuis des semaines et vous ne répondez pas"],
)
def test_what_is_not_understood_gets_no_hint(text: str) -> None:
    """Another language, or nothing at all."""
    assert hints(text) == []


def test_languages_have_codes() -> None:
    """Scripts sort by them."""
    assert language_of("wo ist mein Paket und warum meldet ihr euch nicht bei mir") == "de"
    assert language_of("where is my parcel and why do you not answer me") == "en"
    assert language_of("ok") is None


def test_tone_is_the_same_each_time() -> None:
    """The model is made of phrases by chance, but by the same one."""
    assert tone("danke euch, super").kind == POSITIVE
    assert tone("danke euch, super") == tone("danke euch, super")
