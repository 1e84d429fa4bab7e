"""German phrases that tone is learned from: what customers write to a brand, by class.

`{t}` stands for a thing, `{w}` for since when, `{h}` for a person (`tone.examples` fills them in). One phrase a line. The list is
the lever of the whole classifier: a kind of sentence that is judged wrongly is added here, not patched elsewhere.
"""

from __future__ import annotations

NEGATIVE = """\
{t} immer noch nicht da
wo bleibt {t}? sollte letzte Woche kommen
warte {w} auf {t}
von {t} keine Spur
{t} kam kaputt an
{t} beschädigt und dreckig
ihr habt das falsche geschickt, {t}
schon wieder falsche Ware
{t} nach zwei Tagen defekt
{t} ist tot, geht nicht mehr an
{t} stürzt ständig ab
App hängt beim Bezahlen
ich kann {t} nicht öffnen
{t} geht {w} nicht
{w} geht gar nichts
kein Internet {w}
kein Strom in unserer Straße {w}
{t} {w} ausgefallen
niemand antwortet
keiner geht ans Telefon
auf meine Mails reagiert keiner
viermal geschrieben, keine Antwort
ihr habt nie zurückgerufen
eine Stunde in der Leitung, dann rausgeflogen
euer {h} war unverschämt
euer {h} hat uns ausgelacht
der {h} kam nie
der {h} ist ohne zu klingeln weggefahren
den ganzen Tag auf den {h} gewartet, keiner kam
der {h} hat {t} über den Zaun geworfen
ihr habt zweimal abgebucht
80 Euro zu viel abgebucht
Rechnung für {t}, nie bestellt
versteckte Kosten bei {t}
Preis erhöht ohne ein Wort
Rückruf versprochen, nichts passiert
{t} für Dienstag zugesagt, heute ist Freitag
zwei Tage hieß es, jetzt sind es drei Wochen
drittes Mal hintereinander fehlerhaft
von einer Abteilung zur nächsten geschickt
ich erzähle jetzt zum fünften Mal dasselbe
ihr fragt immer nach denselben Unterlagen
euer {h} hat mir Falsches gesagt
meine Beschwerde wurde ohne Antwort geschlossen
das Formular bringt immer einen Fehler
Fehlermeldung beim Bezahlen
der Code kommt nicht an
ausgesperrt aus {t} {w}
Passwort zurücksetzen schickt nichts
{t} ohne Bescheid storniert
wegen euch Anschluss verpasst
zwei Stunden im Regen am Bahnsteig gestanden
Essen kalt und eine Stunde zu spät
Haar in der Suppe
{t} stinkt nach Rauch
es tropft
am ersten Tag auseinandergefallen
Express bezahlt und kam eine Woche später
groß bezahlt, klein bekommen
in der Werbung gratis, auf der Rechnung nicht
Masche um uns das Geld aus der Tasche zu ziehen
das ist Abzocke
das ist Betrug
ich fühle mich verarscht
ich komme mir betrogen vor
nie wieder
ich bin fertig mit euch
ich kündige
ich wechsle den Anbieter
letzte Bestellung von mir
ich will mein Geld zurück
das geht gar nicht
ein Witz
schämt euch
enttäuscht von euch
echt genervt
rausgeschmissenes Geld
unbrauchbar
grauenhafter Service
miese Qualität
nicht gut genug
hilft mir überhaupt nicht
mit der Antwort nicht zufrieden
eure Antwort hat nichts mit meiner Frage zu tun
ihr schickt nur einen Link
hört auf mit Textbausteinen
wie schwer kann es sein, {t} zu schicken?
liest das hier überhaupt wer?
warum ist das bei euch immer so?
warum werbt ihr mit etwas das es nicht gibt?
ihr habt also {t} verloren. herrlich
toll, {t} schon wieder weg
danke für nichts
schön gemacht, Urlaub versaut
Gratulation, wieder kaputt
prima, {t} ging in ein anderes Land
wunderbar, dritter {h} und immer noch nichts
ich liebe es auf {t} zu warten das nie kommt
kein Geschenk zum Geburtstag, danke auch
die Hälfte fehlt
Teile fehlen
überall Kratzer
{t} verloren gegangen
lag draußen im Regen
vor der Tür geklaut weil euer {h} es da hingelegt hat
mein Hemd ruiniert
meine Daten in falschen Händen
ein Fremder hat {t} bekommen
{t} von jemand anderem bekommen
ihr habt meine Adresse weitergegeben
"""

URGENT = """\
aus {t} kommt Rauch
{t} hat Feuer gefangen
es riecht nach Gas
Funken aus der Steckdose
ich habe einen Stromschlag bekommen
mein Kind ist verletzt
mein Baby hat ein Teil verschluckt
meine Tochter hat eine allergische Reaktion
ich bin Diabetiker und das Insulin fehlt
mein Vater braucht das zum Atmen
wir stecken im Aufzug fest
wir sitzen mit zwei Kindern am Flughafen fest
im Ausland ohne Geld
heute Nacht ausgesperrt in der Kälte
keine Heizung und ein Neugeborenes im Haus
kein Wasser und meine Mutter ist 90
der Flug geht in zwei Stunden
morgen ist Hochzeit und {t} fehlt
jemand ist gerade in meinem Konto
Konto gehackt, Geld geht weg
jemand benutzt meine Karte
stoppt die Zahlung jetzt
ich brauche heute eine Antwort
Frist läuft heute ab
bitte, es ist ein Notfall
ruft einen Krankenwagen
Wasser läuft durch die Decke
die Bremsen haben versagt
{t} explodiert
mein Anwalt meldet sich morgen
offene Leitungen und Kinder spielen da
bitte sofort reagieren
"""

POSITIVE = """\
vielen lieben Dank
danke für die schnelle Hilfe
danke, hat sich erledigt
läuft jetzt, danke
alles geklärt, merci
das war die Lösung
Problem behoben, danke
ihr wart eine große Hilfe
der {h} war so nett
euer {h} war freundlich und flott
ein dickes Dankeschön an euren {h}
Kompliment an den {h} im Laden
Hut ab vor eurem Team
sagt dem {h} bitte, er hat meinen Tag gerettet
{t} kam einen Tag früher
{t} kam schneller als gedacht
{t} heil angekommen
so glücklich mit {t}
ich liebe {t}
beste Tasche die ich je hatte
{t} ist wunderbar
klasse, würde ich wieder kaufen
komme gern wieder
immer wieder gern bei euch
ich empfehle euch allen Freunden
einen Stammkunden gewonnen
wow, Antwort in Minuten
so leicht hätte ich es nicht gedacht
angenehm überrascht von {t}
top Service
ausgezeichnete Arbeit
gut gemacht, Team
weiter so
gelungen, {t}
{t} sieht wunderschön aus
schön verpackt
fairer Preis und gute Qualität
zehn von zehn
Daumen hoch
ihr habt unseren Urlaub gerettet
keine Klagen, alles gut
nichts zu meckern
nie Probleme mit {t}
alles reibungslos
Geld ist da, danke
Umtausch ohne Probleme
das ging fix!
ihr seid die Besten
tolle Leute
schön dass ihr zuhört
bin begeistert von {t}
total begeistert
großes Lob an euch
ein Lob an euren {h}
sehr nette Beratung, danke
super nett
mega, danke
großartig
hat mich sehr gefreut
sehr zufrieden mit {t}
ihr habt mir sehr geholfen
schnelle Antwort, danke
"""

NEUTRAL = """\
gibt es {t} auch in Grün?
ist {t} auf Lager?
was kostet {t}?
wann kommt {t} wieder rein?
wo finde ich {t}?
ab wann habt ihr morgen auf?
habt ihr sonntags offen?
kann ich mit Karte zahlen?
kann ich {t} im Laden abholen?
darf ein Hund mit an Bord?
gibt es Parkplätze?
verschickt ihr nach Norwegen?
wie lange dauert der Versand?
wie ändere ich meine Anschrift?
wie schicke ich {t} zurück?
wie füge ich eine zweite Person hinzu?
welches Formular brauche ich für {t}?
was muss ich mitbringen?
geht {t} mit einem älteren Modell?
passt das zu 15 Zoll?
gibt es Rabatt für Familien?
habt ihr einen Seniorentarif?
ist {t} versichert?
ist {t} im Angebot dabei?
kann ich das Datum meiner Buchung ändern?
ich möchte {t} zum Monatsende beenden
bitte nehmt mich aus dem Verteiler
bitte {t} als PDF schicken
könnt ihr mich morgen früh anrufen?
bitte nach fünf anrufen
ich möchte zwei nachbestellen
meine Kundennummer ist 48213
die Nummer lautet 030 1234
es geht um {t} vom 3. Mai
ich habe euch die Daten per Nachricht geschickt
siehe Foto
bin umgezogen, hier die neue Anschrift
ich möchte mit dem Vertrieb sprechen
an wen wende ich mich wegen einer Stelle?
nehmt ihr Praktikanten?
ist das vegan?
welche Größe soll ich nehmen?
was ist der Unterschied zwischen den beiden?
läuft die Aktion noch?
bis wann gilt der Gutschein?
kann ich zwei Codes nutzen?
weiß jemand ob {t} wasserdicht ist?
wie schwer ist {t}?
kommt eine neue Version?
wann startet der Vorverkauf?
kann ich den Platz hochstufen?
brauche ich einen Ausweis?
wie groß ist der Akku?
von welchem Gleis fährt er?
ich würde gerne einen Termin vereinbaren
ist es möglich {t} zu verschieben?
habt ihr an Feiertagen geöffnet?
ich habe eine Frage zu {t}
wer kann mir mehr zu {t} sagen?
wie funktioniert {t}?
"""

THINGS = """\
Paket Bestellung Lieferung Päckchen Brief Rechnung Erstattung Karte Router Handy App Webseite Ticket Buchung Platz Tasche Zelt Jacke Schuhe Fernseher Kühlschrank Waschmaschine Laptop Headset Abo Vertrag Konto Gutschein Zug Flug Zimmer Zähler Modem Tablet Essen Pizza Sofa
"""

SINCE = """\
seit Montag
seit drei Tagen
seit zwei Wochen
seit einem Monat
seit letztem Freitag
seit dem Update
seit Ewigkeiten
den ganzen Vormittag
seit 7 Uhr
"""

PERSONS = """\
Fahrer Bote Mitarbeiter Techniker Kassierer Berater Chef Verkäufer Monteur Kollege
"""

OPENINGS = """\
hallo,
guten Tag,
@brand
hey @brand
sorry aber
also
und
liebes Team,
ehrlich,
"""

CLOSINGS = """\
bitte um Info
Bestellung 48213
#service
gibt es was Neues?
was nun?
"""
