# Anrede: du. Ein Satz sagt, was war, dann, was jetzt zu tun ist.

## Überall
problem-heading = { $n ->
    [one] Da stimmt etwas nicht
   *[other] Da stimmen { $n } Dinge nicht
}
problem-prefix = Problem:
footer-secured = Anmeldung mit
dev-see-flow = Diese Anmeldung als Diagramm ansehen
or = oder
show-password = Zeigen
hide-password = Verbergen
password-shown = Das Passwort ist zu sehen
password-hidden = Das Passwort ist verborgen
optional = freiwillig
code-digits = 6 Ziffern

## Anmelden
sign-in-to = Bei { $app } anmelden
sign-in = Anmelden
provider-with = Weiter mit { $name }
provider-last = zuletzt benutzt
join-title = Du hast schon ein Konto
join-what = { $email } hat hier ein Konto. Melde dich einmal darin an, dann öffnet es künftig auch { $name }.
join-continue = Weiter
join-another = Ein anderes Konto mit anderer E-Mail-Adresse anlegen
join-not-now = Jetzt nicht
email = E-Mail
continue = Weiter
send-link = Link zuschicken
no-account-yet = Neu hier?
create-account = Konto anlegen
enter-password = Gib dein Passwort ein
password = Passwort
change = Ändern
forgot = Passwort vergessen?
send-link-instead = Lieber einen Link zuschicken

## Konto anlegen
sign-up-for = Konto für { $app } anlegen
sign-up = Konto anlegen
your-name = Dein Name
new-password = Neues Passwort
password-rule = Mindestens { $min } Zeichen. Mehrere Wörter hintereinander merkt man sich leicht, und sie sind schwer zu erraten.
have-account = Du hast schon ein Konto?
sign-in-instead = Anmelden

## Codes und Links
confirm-title = Bestätige deine E-Mail-Adresse
confirm-sent = Wir haben sechs Ziffern an { $email } geschickt. Gib sie hier ein, oder öffne den Link in der Mail.
code = Code
confirm = Bestätigen
resend = Noch einmal senden
resend-in = Noch einmal senden (in { $n } s)
other-address = Andere Adresse nehmen
nothing-there = Nichts da? Sieh auch im Spam-Ordner nach.
link-sent-title = Sieh in deine Mails
link-sent-what = Falls es zu { $email } ein Konto gibt, ist ein Link unterwegs. Er gilt einmal, { $minutes } Minuten lang.
link-sent-elsewhere = Den Link auf einem anderen Gerät geöffnet?
link-sent-code = Dort steht ein Code. Gib ihn hier ein, um dich auf diesem Gerät anzumelden.
link-confirm-sign-in = Bei { $app } anmelden
link-confirm-sign-in-plain = Anmelden
link-confirm-email = Bestätige deine E-Mail-Adresse
link-confirm-sign-in-what = Ein Klick, und du bist als { $email } angemeldet.
link-confirm-email-what = Ein Klick, und { $email } ist bestätigt.
link-confirm-sign-in-button = Anmelden
link-confirm-email-button = Bestätigen
elsewhere-title = Wo möchtest du dich anmelden?
elsewhere-title-email = Bestätige deine E-Mail-Adresse
elsewhere-asked = Dieser Link wurde in einem anderen Browser angefordert.
elsewhere-who = Konto
elsewhere-app = App
elsewhere-when = Angefordert
elsewhere-browser = Browser
elsewhere-place = Ort
elsewhere-code-title = Im ersten Browser
elsewhere-code = Gib dort diesen Code ein:
elsewhere-here-title = In diesem Browser
elsewhere-here-sign-in = Nur dieser Browser wird angemeldet. Der andere bleibt, wie er ist.
elsewhere-here-email = Damit ist { $email } bestätigt. Der andere Browser macht von selbst weiter.
elsewhere-button-sign-in = Hier anmelden
elsewhere-button-email = Bestätigen
elsewhere-not-you = Du hast das nicht angefordert? Schließ die Seite. Dann geschieht nichts, und niemand kommt hinein. Verrate den Code niemandem.

## Ein neues Passwort
forgot-title = Wähle ein neues Passwort
forgot-what = Nenne uns deine E-Mail-Adresse, und wir schicken dir einen Link.
send-reset = Link zuschicken
back-to-sign-in = Zurück zur Anmeldung
forgot-sent-what = Falls es zu { $email } ein Konto gibt, ist ein Link für ein neues Passwort unterwegs. Er gilt einmal, { $minutes } Minuten lang.
reset-title = Wähle ein neues Passwort
reset-what = Für { $email }. Alle Geräte werden abgemeldet, und nur das neue Passwort gilt.
reset-button = Passwort speichern
reset-done-title = Dein neues Passwort gilt
reset-done-what = Andere Geräte sind abgemeldet. Nimm ab jetzt das neue Passwort.

## Zustimmung
consent-title = Deine Angaben mit { $app } teilen?
consent-who = Du bist angemeldet als { $email }.
consent-what = { $app } möchte
consent-goes = Es geht an { $host }. Auf deiner Kontoseite kannst du das jederzeit zurücknehmen.
allow = Erlauben
deny = Jetzt nicht
scope-openid = Dich wiedererkennen, wenn du zurückkommst
scope-profile = Deinen Namen, dein Bild und deine Sprache sehen
scope-email = Deine E-Mail-Adresse sehen
scope-address = Deine Postanschrift sehen
scope-phone = Deine Telefonnummer sehen
scope-offline = Zugriff behalten, während du weg bist
scope-described = { $text }
scope-named = „{ $name }“ benutzen
select-title = Wer meldet sich an?
select-signed-in = angemeldet
select-signed-out = abgemeldet { $ago }
select-another = Anderes Konto nehmen
outsider-title = Du hast keinen Zugang zu { $app }
outsider-what = { $email } gehört nicht zu der Organisation, für die { $app } gedacht ist.
outsider-now = Wer { $app } betreibt, kann dich aufnehmen. Oder nimm ein anderes Konto.
outsider-back = Ohne Anmeldung zurück
form-post-title = Einen Moment
form-post-what = Du bist auf dem Weg zurück zur App.

## Ein Gerät verbinden
device-title = Ein Gerät verbinden
device-what = Gib den Code ein, den dein Gerät zeigt.
device-compare = Zeigt dein Gerät genau diesen Code? Dann weiter.
device-code = Code
device-code-hint = Acht Buchstaben. Groß oder klein, mit oder ohne Strich.
device-confirm-title = { $app } verbinden?
device-confirm-who = { $app } auf deinem Gerät wird als { $email } angemeldet.
device-confirm-code = Dein Gerät zeigt diesen Code
device-program = Programm
device-place-same = Dasselbe Netz wie dieser Browser
device-place-other = Ein anderes Netz als dieser Browser
device-yourself = Hast du das selbst begonnen?
device-yourself-what = Nur weiter, wenn du das Gerät vor dir hast und es diesen Code zeigt. Hat dir jemand den Code oder den Link geschickt, käme diese Person mit deinem Konto hinein.
device-allow = Ja, verbinden
device-deny = Nein, nicht verbinden
done-device-allowed = Dein Gerät ist verbunden
done-device-allowed-what = Du kannst zu deinem Gerät zurück. Es macht in ein paar Sekunden von selbst weiter.
done-device-denied = Nichts wurde verbunden
done-device-denied-what = Das Gerät hat nichts bekommen. Du kannst diese Seite schließen.
problem-user-code-missing = Gib den Code ein, den dein Gerät zeigt
problem-user-code-unknown = Auf diesen Code wartet kein Gerät. Vergleiche beide, oder beginne am Gerät von vorn
notice-type-again = Als der Code eingegeben wurde, war hier jemand anderes angemeldet. Prüfe ihn und mach mit deinem Konto weiter.
error-device-expired = Das Gerät hat zu lange gewartet
error-device-expired-what = Ein Code gilt nur ein paar Minuten.
error-device-expired-now = Beginne am Gerät von vorn und gib den neuen Code ein.

## Abmelden
sign-out-title = Abmelden?
sign-out-what = Du bist in diesem Browser als { $email } angemeldet.
sign-out = Abmelden
stay = Angemeldet bleiben
signed-out-title = Du bist abgemeldet
signed-out-what = Du kannst diese Seite schließen.
done-signed-in = Du bist angemeldet
done-signed-in-hello = Schön, dich zu sehen, { $name }.
done-email-confirmed = Deine E-Mail-Adresse ist bestätigt
done-email-confirmed-what = Die Seite, auf der du angefangen hast, macht von selbst weiter. Diese kannst du schließen.
done-goes-on-elsewhere = Hier ist alles getan
done-goes-on-elsewhere-what = Mach in dem Fenster weiter, in dem du angefangen hast. Dieses kannst du schließen.

## Konto
account-nav = Teile deines Kontos
account-profile = Profil
account-security = Passwort
account-linked = Verknüpfte Konten
account-sessions = Geräte
account-apps = Apps
profile-what = Das sehen Apps, denen du es erlaubst.
profile-name = Voller Name
profile-given = Vorname
profile-family = Nachname
profile-nickname = Wie Freunde dich nennen
profile-username = Benutzername
profile-locale = Sprache
profile-locale-browser = Wie im Browser
profile-zone = Zeitzone
profile-email = E-Mail
profile-phone = Telefon
profile-verified = bestätigt
profile-unverified = nicht bestätigt
save = Speichern
security-what = Zuletzt geändert: { $ago }.
security-none = Du hast noch kein Passwort. Links und andere Wege der Anmeldung gelten daneben weiter.
current-password = Jetziges Passwort
security-ends = Wenn du es änderst, werden andere Geräte abgemeldet.
change-password = Passwort ändern
set-password = Passwort setzen
sessions-what = Browser, in denen du angemeldet bist.
this-device = dieses Gerät
session-seen = Zuletzt gesehen { $ago }
session-since = angemeldet { $ago }
agent = { $browser } auf { $system }
session-place = von { $place }
session-apps = Benutzt für { $apps }
end = Beenden
end-session = { $browser } beenden
end-others = Alle anderen Geräte abmelden
everywhere-title = Ein Gerät verloren?
everywhere-what = Das meldet dich in jedem Browser ab, auch in diesem, und beendet den Zugriff aller Apps, bis du dich dort wieder anmeldest.
everywhere = Überall abmelden
apps-what = Apps, die etwas von dir sehen können.
apps-none = Keine App hat Zugriff auf dein Konto.
app-since = Zugriff gegeben { $ago }
app-used = zuletzt benutzt { $ago }
remove = Entfernen
remove-app = { $app } entfernen
linked-what = Konten, mit denen du dich hier anmeldest. Jedes öffnet dieses Konto und kein anderes.
linked-none = Noch öffnet kein Konto eines anderen Dienstes dieses hier.
linked-since = Verknüpft { $ago }
linked-used = zuletzt benutzt { $ago }
linked-gone = wird hier nicht mehr angeboten
link-with = { $name } verknüpfen
unlink = Lösen
unlink-one = { $name } lösen ({ $shown })

## Was von einem Formular zurückkam
problem-email-missing = Gib deine E-Mail-Adresse ein
problem-email-malformed = Das sieht nicht nach einer E-Mail-Adresse aus. Eine sieht so aus: name@example.com
problem-password-missing = Gib dein Passwort ein
problem-password-wrong = E-Mail und Passwort gehören nicht zusammen. Versuche es noch einmal, oder lass dir einen Link schicken
problem-new-password-missing = Gib ein neues Passwort ein
problem-password-short = Nimm mindestens { $min } Zeichen
problem-password-long = Nimm höchstens { $max } Zeichen
problem-password-common = Viele benutzen dieses Passwort, also wird es zuerst probiert. Wähle ein anderes
problem-password-guessable = Das besteht aus deinem Namen, deiner E-Mail-Adresse oder dem Namen der App und ist leicht zu erraten. Wähle ein anderes Passwort
problem-password-row = Was auf der Tastatur oder im Alphabet nebeneinander steht, wird früh probiert. Wähle ein anderes Passwort, zum Beispiel mehrere Wörter hintereinander
problem-password-again = Immer wieder dasselbe ist leicht zu erraten. Wähle ein anderes Passwort, zum Beispiel mehrere Wörter hintereinander
problem-password-date = Daten werden früh probiert, und deine lassen sich herausfinden. Wähle ein anderes Passwort, zum Beispiel mehrere Wörter hintereinander
problem-password-breached = Dieses Passwort steht in Daten, die anderswo gestohlen wurden, Fremde könnten es also kennen. Wähle ein anderes, und ändere es überall, wo du es noch benutzt
problem-current-password = Das ist nicht dein jetziges Passwort. Versuche es noch einmal
problem-password-same = Dieses Passwort hast du schon, darum wurde nichts geändert. Wähle ein anderes
problem-code-missing = Gib die sechs Ziffern ein
problem-code-wrong = { $left ->
    [one] Das ist ein anderer Code. Du hast noch einen Versuch
   *[other] Das ist ein anderer Code. Du hast noch { $left } Versuche
}
problem-code-expired = Dieser Code gilt nicht mehr. Lass dir einen neuen schicken
problem-field-unusable = So können wir das nicht behalten. Kürze es, und lass ungewöhnliche Zeichen weg
problem-tries-seconds = { $n ->
    [one] Das wurde zu oft versucht. Warte eine Sekunde und versuche es wieder
   *[other] Das wurde zu oft versucht. Warte { $n } Sekunden und versuche es wieder
}
problem-tries-minutes = Das wurde zu oft versucht. Warte { $n } Minuten und versuche es wieder
problem-resend-seconds = { $n ->
    [one] Eine Mail ist unterwegs. In einer Sekunde kannst du eine weitere anfordern
   *[other] Eine Mail ist unterwegs. In { $n } Sekunden kannst du eine weitere anfordern
}
problem-resend-minutes = Eine Mail ist unterwegs. In { $n } Minuten kannst du eine weitere anfordern
problem-provider-failed = { $name } hat nicht geantwortet. Versuche es noch einmal, oder nimm einen anderen Weg
problem-provider-declined = Du hast bei { $name } abgelehnt. Nimm einen anderen Weg, oder versuche es noch einmal
problem-provider-refused = Was { $name } geantwortet hat, passte nicht. Niemand wurde angemeldet. Versuche es noch einmal, oder nimm einen anderen Weg
problem-provider-off = { $name } wird hier nicht mehr angeboten. Nimm einen anderen Weg
problem-provider-no-email = { $name } hat uns keine E-Mail-Adresse genannt. Erlaube es dort und versuche es noch einmal, oder nimm einen anderen Weg
problem-provider-no-account = Mit diesem Konto bei { $name } ist hier kein Konto verknüpft. Nimm einen anderen Weg
problem-link-taken = Dieses Konto bei { $name } ist mit einem anderen Konto hier verknüpft
problem-last-way = Ohne das käme niemand mehr in dein Konto. Lege zuerst ein Passwort fest, oder verknüpfe ein weiteres Konto
problem-form-stale = Diese Seite war eine Weile offen, darum wurde nichts gesendet. Sieh sie durch und sende sie noch einmal
notice-sign-in-again = Zeig noch einmal, dass du es bist, dann geht es weiter.
notice-sent-again = Eine weitere Mail ist unterwegs. Die neueste gilt.
notice-saved = Gespeichert.
notice-password-changed = Dein Passwort ist geändert. Andere Geräte sind abgemeldet.
notice-session-ended = Dieses Gerät ist abgemeldet.
notice-others-ended = Alle anderen Geräte sind abgemeldet.
notice-app-removed = { $name } hat keinen Zugriff mehr.
notice-linked = { $name } öffnet ab jetzt dein Konto.
notice-unlinked = Das Konto ist nicht mehr verknüpft.
notice-email-confirmed = Deine E-Mail-Adresse ist bestätigt.
notice-nothing-shared = Es wurde nichts weitergegeben.

## Wie es weitergeht
way-app = Zurück zu { $app }
way-again = Neu beginnen
way-retry = Noch einmal versuchen
way-sign-in = Anmelden
way-account = Zu deinem Konto
way-devices = Deine Geräte ansehen
way-home = Zur Startseite

## Wenn etwas schiefgeht
error-wait-seconds = { $n ->
    [one] Warte eine Sekunde und versuche es dann noch einmal.
   *[other] Warte { $n } Sekunden und versuche es dann noch einmal.
}
error-wait-minutes = Warte { $n } Minuten und versuche es dann noch einmal.
error-reference-what = Wenn du Hilfe brauchst, gib das weiter:
error-expired-flow = Diese Anmeldung hat zu lange gedauert
error-expired-flow-what = Zu deiner Sicherheit muss eine Anmeldung innerhalb einer Stunde fertig sein.
error-expired-flow-now = Beginne neu, es dauert nur einen Moment.
error-already-finished = Diese Anmeldung ist abgeschlossen
error-already-finished-what = Du bist zu einem Schritt zurückgegangen, der vorbei ist.
error-already-finished-now = Hier ist nichts mehr zu tun.
error-other-browser = Diese Anmeldung begann in einem anderen Browser
error-other-browser-what = Sie kann nur dort beendet werden, wo sie begonnen hat.
error-other-browser-now = Geh dorthin zurück, oder beginne in diesem neu.
error-cookies-off = Dein Browser behält keine Cookies
error-cookies-off-what = Ohne einen können wir dich nicht von anderen unterscheiden, die sich gerade anmelden.
error-cookies-off-now = Erlaube Cookies für diese Seite in den Einstellungen des Browsers und beginne dann neu.
error-unknown-app = Diese App kennen wir nicht
error-unknown-app-what = Der Link, der dich hergebracht hat, nennt eine App, die nicht eingetragen ist.
error-unknown-app-now = Geh zurück zur App und versuche es noch einmal. Hilft das nicht, sag es denen, die sie betreiben.
error-redirect = Diese Anmeldung kann nicht weitergehen
error-redirect-what = { $app } will dich an eine Adresse schicken, die nicht dafür eingetragen ist. Das haben wir nicht getan.
error-redirect-now = Geh dorthin zurück, woher du kamst. Wenn du der Seite traust, sag es denen, die { $app } betreiben.
error-bad-request = { $app } verlangt etwas, das wir nicht verstehen
error-bad-request-what = Der Link von { $app } ist unvollständig oder beschädigt.
error-bad-request-now = Geh zurück zu { $app } und versuche es noch einmal.
error-bad-request-unknown = Dieser Link geht nicht
error-bad-request-unknown-what = Der Link, der dich hergebracht hat, ist unvollständig oder beschädigt.
error-bad-request-unknown-now = Geh dorthin zurück, woher du kamst, und versuche es noch einmal.
error-tries = Zu viele Versuche
error-tries-what = Das wurde öfter versucht, als wir erlauben, von dir oder von jemandem in deiner Nähe.
error-tries-now = Warte ein wenig und versuche es dann noch einmal.
error-busy = Gerade ist viel los
error-busy-what = Mehr Leute melden sich an, als wir zugleich bedienen können. Es ist nichts verloren.
error-busy-now = Warte ein wenig und versuche es dann noch einmal.
error-not-found = Diese Seite gibt es nicht
error-not-found-what = Die Adresse ist vertippt, oder die Seite ist umgezogen.
error-not-found-now = Prüfe die Adresse, oder mach von hier aus weiter.
error-method = So lässt sich diese Seite nicht öffnen
error-method-what = Die Adresse gibt es, aber nur als Schritt von etwas anderem.
error-method-now = Mach von hier aus weiter.
error-too-large = Das war zu viel
error-too-large-what = Was gesendet wurde, ist größer als jedes Formular hier.
error-too-large-now = Geh zurück und sende weniger.
error-link-used = Dieser Link ist verbraucht
error-link-used-what = Jeder Link gilt einmal, und dieser hat seine Arbeit getan.
error-link-used-now = Wenn du nicht angemeldet bist, lass dir einen neuen schicken.
error-link-expired = Dieser Link geht nicht
error-link-expired-what = Er ist zu alt, oder unterwegs ging ein Teil von ihm verloren.
error-link-expired-now = Lass dir einen neuen schicken.
error-not-me-link = Dieser Link geht nicht
error-not-me-link-what = „Das war nicht ich“ gilt einmal, 7 Tage lang. Dieser Link ist verbraucht, älter oder nicht vollständig.
error-not-me-link-now = Wenn jemand anderes in deinem Konto ist, wähle ein neues Passwort: Es meldet alle Geräte ab. Geräte, die du nicht kennst, kannst du auch einzeln beenden.
error-form-refused = Dieses Formular haben wir nicht angenommen
error-form-refused-what = Es kam nicht von einer Seite, die wir diesem Browser gegeben haben. Es wurde nichts geändert.
error-form-refused-now = Beginne neu. Wenn du nichts gesendet hast, schließ diese Seite.
error-account-disabled = Dieses Konto ist abgeschaltet
error-account-disabled-what = Die Betreiber dieser Seite haben es abgeschaltet.
error-account-disabled-now = Frag sie, wenn du das für einen Irrtum hältst.
error-sign-up-closed = Hier werden keine Konten angelegt
error-sign-up-closed-what = Die Betreiber dieser Seite legen Konten selbst an.
error-sign-up-closed-now = Frag sie danach. Wenn du ein Konto hast, melde dich damit an.
error-provider-down = { $name } antwortet nicht
error-provider-down-what = Wir haben { $name } nicht erreicht und wissen darum nicht, wer du bist.
error-provider-down-now = Versuche es gleich noch einmal, oder nimm einen anderen Weg der Anmeldung.
error-provider-answer = Diese Anmeldung kann nicht weitergehen
error-provider-answer-what = Die Antwort wurde schon benutzt, ist zu alt, oder gehört zu einer Anmeldung in einem anderen Browser.
error-provider-answer-now = Beginne noch einmal. Niemand wurde angemeldet.
error-something = Etwas ist schiefgegangen
error-something-what = Der Fehler liegt bei uns, und er ist notiert.
error-something-now = Versuche es noch einmal. Bleibt es dabei, komm etwas später wieder.

## Mail
mail-valid = Das gilt einmal, { $minutes } Minuten lang.
mail-asked = Wann und wo
mail-or-code = Oder gib diesen Code auf der Seite ein, auf der du angefangen hast:
mail-footer = Du bekommst diese Mail, weil etwas mit deinem Konto für { $app } geschehen ist. Es gibt nichts abzubestellen.
mail-confirm-subject = { $code } ist dein Code für { $app }
mail-confirm-intro = Bestätige, dass diese Adresse dir gehört, und dein Konto für { $app } ist fertig.
mail-confirm-button = E-Mail-Adresse bestätigen
mail-confirm-otherwise = Du hast das nicht angefordert? Dann hat sich jemand vertippt. Lass diese Mail liegen, und es geschieht nichts.
mail-link-subject = Bei { $app } anmelden
mail-link-intro = Hier ist dein Link zur Anmeldung bei { $app }.
mail-link-button = Anmelden
mail-link-otherwise = Du hast das nicht angefordert? Lass den Link liegen, und niemand kommt hinein. Gib ihn nicht weiter.
mail-reset-subject = Neues Passwort für { $app } wählen
mail-reset-intro = Jemand, vermutlich du, möchte ein neues Passwort für { $app }.
mail-reset-button = Neues Passwort wählen
mail-reset-otherwise = Du hast das nicht angefordert? Lass den Link liegen, und dein Passwort bleibt, wie es ist.
mail-new-subject = Neue Anmeldung bei { $app }
mail-new-intro = Dein Konto für { $app } wurde in einem Browser benutzt, den wir noch nicht kannten.
mail-new-intro-known = Jemand hat sich in deinem Konto für { $app } angemeldet.
mail-new-button = Das war nicht ich
mail-new-otherwise = Warst du das, ist alles gut. Wenn nicht, drück den Knopf: Er meldet alle ab und schickt dir einen Weg zu einem neuen Passwort. Er wirkt 7 Tage lang.
mail-changed-subject = Dein Passwort für { $app } wurde geändert
mail-changed-intro = Das Passwort deines Kontos für { $app } wurde geändert, und andere Geräte wurden abgemeldet.
mail-changed-button = Das war nicht ich
mail-changed-otherwise = Warst du das, ist alles gut.
mail-ended-subject = { $app } wurde vorsichtshalber abgemeldet
mail-ended-intro = Ein Schlüssel zu deinem Konto, den { $app } schon verbraucht hatte, kam noch einmal. Vielleicht hat ihn jemand kopiert, darum haben wir den Zugriff beendet, zu dem er gehörte.
mail-ended-button = Apps mit Zugriff ansehen
mail-ended-otherwise = Melde dich wieder bei { $app } an, um weiterzumachen. Kommt das unerwartet, sieh nach, ob du alle Geräte kennst.
mail-exists-subject = Du hast schon ein Konto für { $app }
mail-exists-intro = Jemand, vielleicht du, wollte mit dieser Adresse ein Konto für { $app } anlegen. Es gibt schon eines.
mail-exists-button = Anmelden
mail-exists-otherwise = Warst du das nicht, ist nichts geschehen, und niemand ist hineingekommen.
mail-none-subject = Kein Konto für { $app } mit dieser Adresse
mail-none-intro = Jemand, vielleicht du, wollte sich mit dieser Adresse bei { $app } anmelden. Dazu gibt es kein Konto.
mail-none-button = Konto anlegen
mail-none-otherwise = Vielleicht benutzt du für { $app } eine andere Adresse. Warst du das nicht, ist nichts geschehen.
mail-linked-subject = { $name } öffnet jetzt dein Konto für { $app }
mail-linked-intro = Ein Konto bei { $name } wurde mit deinem Konto für { $app } verknüpft. Ab jetzt meldet es dich an.
mail-linked-button = Verknüpfte Konten ansehen
mail-linked-otherwise = Warst du das, ist alles gut. Wenn nicht: Löse die Verknüpfung, beende Geräte, die du nicht kennst, und wähle ein neues Passwort.
mail-unlinked-subject = { $name } öffnet dein Konto für { $app } nicht mehr
mail-unlinked-intro = Ein Konto bei { $name } ist nicht mehr mit deinem Konto für { $app } verknüpft.
mail-unlinked-button = Verknüpfte Konten ansehen
mail-unlinked-otherwise = Warst du das, ist alles gut. Wenn nicht: Beende Geräte, die du nicht kennst, und wähle ein neues Passwort.

## Phones and text messages
sms-confirm = { $code } ist dein Code für { $app }. Er gilt { $minutes } Minuten. Sag ihn niemandem.
phone-title = Deine Telefonnummer
phone-lede-app = { $app } möchte eine bestätigte Telefonnummer. Wir senden einen Code dorthin.
phone-lede = Wir senden einen Code an die Nummer, damit wir wissen, dass sie dir gehört.
phone-label = Telefonnummer
phone-hint = Mit der Vorwahl des Landes, wie +49 151 23456789
phone-send = Code senden
phone-code-title = Gib den Code von deinem Telefon ein
phone-code-lede = Wir haben sechs Ziffern als SMS an { $number } gesendet.
phone-change = Andere Nummer verwenden
notice-text-again = Ein weiterer Code ist unterwegs. Der neueste gilt.
notice-phone-added = Deine Telefonnummer ist bestätigt.
notice-phone-chosen = Apps erfahren ab jetzt diese Nummer.
notice-phone-removed = Die Telefonnummer ist entfernt.
problem-mails-minutes = { $n ->
    [one] Es wurden genug E-Mails angefordert. Sieh nach, auch im Spam-Ordner. In einer Minute kannst du eine weitere anfordern
   *[other] Es wurden genug E-Mails angefordert. Sieh nach, auch im Spam-Ordner. In { $n } Minuten kannst du eine weitere anfordern
}
problem-mails-hours = Es wurden genug E-Mails angefordert. Sieh nach, auch im Spam-Ordner. In { $n } Stunden kannst du eine weitere anfordern
problem-texts-minutes = { $n ->
    [one] Es wurden genug Codes angefordert. In einer Minute kannst du einen weiteren anfordern
   *[other] Es wurden genug Codes angefordert. In { $n } Minuten kannst du einen weiteren anfordern
}
problem-texts-hours = Es wurden genug Codes angefordert. In { $n } Stunden kannst du einen weiteren anfordern
problem-phone-missing = Gib deine Telefonnummer ein
problem-phone-country = Beginne mit + und der Vorwahl des Landes, wie +49
problem-phone-malformed = Das ist keine Telefonnummer. Gib sie ein wie +49 151 23456789
problem-phone-elsewhere = In dieses Land können wir keine SMS senden. Verwende eine andere Nummer
problem-phone-there = Diese Nummer ist schon bestätigt
problem-phones-full = Du kannst höchstens { $max } Telefonnummern haben. Entferne zuerst eine
account-phones = Telefone
phones-what = Ein Telefon öffnet dein Konto nicht. Apps, die deine Nummer sehen dürfen, erfahren eine von diesen.
phones-none = Du hast hier noch keine Telefonnummer.
phones-declared = Apps erfahren { $number }. Diese Nummer haben die Betreiber dieser Seite eingetragen. Bestätigst du hier eine, gilt deine.
phones-main = Für Apps
phones-since = Bestätigt
phones-choose = Diese den Apps nennen
phones-remove = Entfernen
phones-add = Telefon hinzufügen
mail-phone-added-subject = Ein Telefon gehört jetzt zu deinem Konto für { $app }
mail-phone-added-intro = Eine Telefonnummer wurde bestätigt und deinem Konto für { $app } hinzugefügt.
mail-phone-removed-subject = Ein Telefon wurde aus deinem Konto für { $app } entfernt
mail-phone-removed-intro = Eine Telefonnummer wurde aus deinem Konto für { $app } entfernt.
mail-phone-chosen-subject = Apps erfahren eine andere Telefonnummer von dir
mail-phone-chosen-intro = Apps deines Kontos für { $app }, die deine Telefonnummer sehen dürfen, erfahren ab jetzt eine andere.
mail-phone-button = Deine Telefone ansehen
mail-phone-otherwise = Warst du das, ist alles gut. Wenn nicht, melde Geräte ab, die du nicht kennst, und wähle ein neues Passwort.

## Zeiten
ago-now = gerade eben
ago-minutes = { $n ->
    [one] vor 1 Minute
   *[other] vor { $n } Minuten
}
ago-hours = { $n ->
    [one] vor 1 Stunde
   *[other] vor { $n } Stunden
}
ago-yesterday = gestern
ago-days = { $n ->
    [one] vor 1 Tag
   *[other] vor { $n } Tagen
}
date-day = { $day }. { $month } { $year }
date-time = { $date }, { $time } UTC
month-1 = Januar
month-2 = Februar
month-3 = März
month-4 = April
month-5 = Mai
month-6 = Juni
month-7 = Juli
month-8 = August
month-9 = September
month-10 = Oktober
month-11 = November
month-12 = Dezember

## The account: profile
profile-middle = Weiterer Vorname
profile-about = Über dich
profile-gender = Geschlecht
profile-birthdate = Geburtsdatum
profile-birthdate-hint = Jahr, Monat, Tag: 1990-04-30. Das Jahr allein genügt.
profile-website = Website
profile-page = Seite über dich
profile-picture = Bild
profile-language-time = Sprache und Zeit
profile-address = Postanschrift
profile-street = Straße und Hausnummer
profile-postal = Postleitzahl
profile-locality = Ort
profile-region = Bundesland oder Region
profile-country = Land
problem-claim-long = Nimm höchstens { $max } Zeichen
problem-claim-missing = Das braucht diese App. Trag es ein
problem-claim-https = Gib eine Adresse ein, die mit https:// beginnt, wie https://example.com/anna
problem-claim-date = Gib das Datum als Jahr, Monat, Tag ein, wie 1990-04-30, oder nur das Jahr
problem-claim-future = Dieser Tag kommt erst noch. Gib dein Geburtsdatum ein, wie 1990-04-30, oder nur das Jahr
problem-claim-language = Wähle eine Sprache aus der Liste
problem-claim-zone = Gib eine Zeitzone mit Region und Stadt ein, wie Europe/Berlin
## Das war nicht ich
not-me-title = Warst du das nicht?
not-me-what = Jemand hat sich in deinem Konto angemeldet.
not-me-when = Wann
not-me-does = Der Knopf meldet alle Geräte ab, auch deine eigenen. Das alte Passwort gilt nicht mehr, und an { $email } geht ein Link für ein neues.
not-me-button = Das war nicht ich
not-me-was = Das warst du? Schließ die Seite. Dann geschieht nichts.
not-me-done-title = Alle sind abgemeldet
not-me-done-what = Das alte Passwort gilt nicht mehr. Ein Link für ein neues ist an { $email } unterwegs. Er gilt einmal, { $minutes } Minuten lang.
way-reset = Noch einen Link senden

## The account: e-mail addresses
account-emails = E-Mail
emails-what = Mit jeder bestätigten Adresse kannst du dich anmelden. Apps, denen du es erlaubst, sehen die Hauptadresse; dorthin gehen auch unsere Mails.
email-primary = Hauptadresse
email-make-primary = Zur Hauptadresse
email-make-primary-one = Zur Hauptadresse: { $email }
email-remove-one = { $email } entfernen
email-confirm-one = { $email } bestätigen
email-sent = Wir haben sechs Ziffern an { $email } geschickt. Tippe sie hier ein.
email-add-title = Eine Adresse hinzufügen
email-add-hint = Wir schicken sechs Ziffern dorthin, um zu sehen, dass du die Mails liest.
email-add = Code schicken
fresh-what = Um hier etwas zu ändern, bestätige zuerst, dass du es bist.
fresh-button = Bestätigen, dass ich es bin
problem-address-yours = Diese Adresse gehört schon zu deinem Konto
problem-address-many = Du hast so viele Adressen, wie wir aufbewahren. Entferne zuerst eine
problem-address-taken = Diese Adresse gehört zu einem anderen Konto. Melde dich dort an, um sie zu entfernen
problem-address-unproved = Bestätige zuerst die Adresse
problem-address-primary = Das ist deine Hauptadresse. Mache zuerst eine andere zur Hauptadresse, dann entferne sie
problem-address-last = Es ist deine einzige bestätigte Adresse, und du brauchst eine, um wieder hineinzukommen. Füge zuerst eine andere hinzu
notice-email-sent = Sechs Ziffern sind unterwegs.
notice-email-added = Die Adresse gehört zu deinem Konto.
notice-email-primary = Das ist ab jetzt deine Hauptadresse.
notice-email-removed = Die Adresse ist entfernt.
mail-code = Tippe diesen Code auf der Seite ein, auf der du begonnen hast:
mail-add-subject = { $code } ist dein Code für { $app }
mail-add-intro = Jemand, wahrscheinlich du, möchte diese Adresse zu einem Konto für { $app } hinzufügen.
mail-add-otherwise = Du hast das nicht verlangt? Verrate den Code niemandem. Lass diese Mail liegen, dann geschieht nichts.
mail-elsewhere-subject = Diese Adresse gehört schon zu deinem Konto für { $app }
mail-elsewhere-intro = Jemand, vielleicht du, wollte diese Adresse zu einem anderen Konto für { $app } hinzufügen. Sie gehört zu deinem und bleibt dort.
mail-elsewhere-button = Anmelden
mail-elsewhere-otherwise = Wenn du das nicht warst: Es ist nichts geschehen, und niemand kam hinein. Um die Adresse umzuziehen, entferne sie zuerst aus deinem Konto.
mail-added-subject = Deinem Konto für { $app } wurde eine Adresse hinzugefügt
mail-added-intro = { $address } gehört jetzt zu deinem Konto für { $app }; du kannst dich damit anmelden.
mail-primary-subject = Dein Konto für { $app } hat eine andere Hauptadresse
mail-primary-intro = { $address } ist ab jetzt die Hauptadresse deines Kontos für { $app }. Apps sehen sie, und unsere Mails gehen dorthin.
mail-removed-subject = Aus deinem Konto für { $app } wurde eine Adresse entfernt
mail-removed-intro = { $address } gehört nicht mehr zu deinem Konto für { $app }.
mail-address-button = Adressen ansehen
mail-address-otherwise = Wenn du das warst, ist alles gut. Wenn nicht, wähle sofort ein neues Passwort und sieh deine Adressen durch.

# The look: what an app says of itself
app-policy = Datenschutz bei { $app }
app-terms = Nutzungsbedingungen von { $app }

## The account: activity
account-activity = Aktivität
activity-what = Was mit deinem Konto geschehen ist, das Neueste zuerst.
activity-none = Nichts weiter.
activity-older = Älteres
activity-newest = Neuestes
activity-created = Dein Konto wurde angelegt
activity-updated = Profil geändert
activity-updated-operator = Die Betreiber haben dein Profil geändert
activity-disabled = Dein Konto wurde von den Betreibern abgeschaltet
activity-enabled = Dein Konto wurde wieder eingeschaltet
activity-deleted = Dein Konto wurde gelöscht
activity-leaving = Du hast die Löschung deines Kontos verlangt
activity-kept = Du hast dein Konto behalten
activity-exported = Du hast deine Daten heruntergeladen
activity-email-verified = E-Mail-Adresse bestätigt
activity-email-added = { $address } hinzugefügt
activity-email-primary = { $address } zur Hauptadresse gemacht
activity-email-removed = { $address } entfernt
activity-password = Passwort geändert
activity-linked = { $name } verknüpft
activity-unlinked = Verknüpfung mit { $name } gelöst
activity-merged = Ein anderes Konto von dir wurde mit diesem zusammengelegt
activity-signed-in-somewhere = Angemeldet
activity-signed-in = { $network ->
    [none] Angemeldet mit { $browser }
   *[other] Angemeldet mit { $browser }, aus dem Netz { $network }
}
activity-signed-in-to = { $network ->
    [none] Bei { $app } angemeldet mit { $browser }
   *[other] Bei { $app } angemeldet mit { $browser }, aus dem Netz { $network }
}
activity-renewed = { $network ->
    [none] Bestätigt, dass du es bist, mit { $browser }
   *[other] Bestätigt, dass du es bist, mit { $browser }, aus dem Netz { $network }
}
activity-signed-out = Abgemeldet
activity-ended-one = Du hast ein Gerät abgemeldet
activity-ended-all = Du hast dich überall abgemeldet
activity-ended-idle = Ein Gerät wurde abgemeldet, weil niemand es benutzte
activity-ended-operator = Die Betreiber haben ein Gerät abgemeldet
activity-ended-safe = Geräte wurden zur Sicherheit abgemeldet
activity-app-told = { $app } wurde gesagt, dass du dich abgemeldet hast
activity-refused = Eine Anmeldung an deinem Konto wurde abgewiesen
activity-granted = { $app } hat Zugang bekommen
activity-grant-ended = { $app } hat seinen Zugang zurückgegeben
activity-reused = Ein verbrauchter Schlüssel von { $app } kam zurück, darum endete sein Zugang
activity-device-denied = Du hast ein Gerät nicht in { $app } gelassen
activity-allowed = { $app } erlaubt
activity-withdrawn = { $app } den Zugang entzogen
activity-mail = { $address ->
    [none] Wir haben dir eine Mail geschickt
   *[other] Wir haben eine Mail an { $address } geschickt
}
activity-member = Du bist Mitglied von { $name } geworden
activity-member-gone = Du bist nicht mehr Mitglied von { $name }

## The account: your data
account-data = Deine Daten
data-export-title = Nimm deine Daten mit
data-export-what = Alles, was wir über dich wissen, in einer Datei, die Programme lesen können (JSON). Passwörter stehen nicht darin.
data-export = Herunterladen
data-leave-title = Konto löschen
data-leave-what = { $days ->
    [0] Du wirst überall abgemeldet, und alles wird sofort gelöscht. Es gibt keinen Weg zurück.
    [one] Du wirst sofort überall abgemeldet. Einen Tag lang kannst du das Konto noch behalten, indem du dich anmeldest; danach wird alles endgültig gelöscht.
   *[other] Du wirst sofort überall abgemeldet. { $days } Tage lang kannst du das Konto noch behalten, indem du dich anmeldest; danach wird alles endgültig gelöscht.
}
data-leave-sure = Tippe { $email }, um fortzufahren
data-leave = Mein Konto löschen
problem-not-sure = Tippe deine Haupt-E-Mail-Adresse, damit niemand ein Konto aus Versehen löscht
notice-kept = Dein Konto bleibt.
notice-once-more = Jetzt geht es weiter. Was du eingegeben hattest, wurde nicht übernommen, und es ist noch nichts geändert: Mach es noch einmal.

## An account on its way out
keep-title = Möchtest du dein Konto behalten?
keep-what = Du hast verlangt, dass das Konto von { $email } gelöscht wird. Endgültig gelöscht wird es am { $date }.
keep-button = Mein Konto behalten
keep-not = Löschung bestehen lassen
mail-leaving-subject = Dein Konto für { $app } wird gelöscht
mail-leaving-intro = Du hast die Löschung deines Kontos für { $app } verlangt. Du bist überall abgemeldet, und am { $date } wird alles endgültig gelöscht.
mail-leaving-button = Mein Konto behalten
mail-leaving-otherwise = Hast du es dir anders überlegt, oder warst du es nicht? Melde dich vorher an und wähle, das Konto zu behalten. Wenn du es nicht warst, wähle auch ein neues Passwort.
mail-kept-subject = Dein Konto für { $app } bleibt
mail-kept-intro = Jemand hat sich an deinem Konto für { $app } angemeldet und gewählt, es zu behalten. Nichts wird gelöscht.
mail-kept-button = Konto ansehen
mail-kept-otherwise = Wenn du das warst, ist alles gut. Wenn nicht, wähle ein neues Passwort.

## The account: activity, done by others
activity-exported-operator = Die Betreiber haben eine Kopie deiner Daten erstellt

## The account: activity, phones
activity-sms = Wir haben dir eine SMS geschickt
activity-phone-added = Telefonnummer bestätigt
activity-phone-chosen = Eine andere Telefonnummer wurde zur Hauptnummer
activity-phone-removed = Telefonnummer entfernt

## The account: apps that govern it
scope-account = Alles in deinem Konto sehen und ändern und es löschen

## New from a provider, and leaving
about-title = Über dich
about-lede-app = { $app } fragt das alle, die neu sind. Du kannst es später in deinem Konto ändern.
about-lede = Das werden alle gefragt, die neu sind. Du kannst es später in deinem Konto ändern.
leaving-title = Dein Konto wird gelöscht
leaving-what = Du bist überall abgemeldet. Am { $date } wird alles im Konto von { $email } endgültig gelöscht.
leaving-stop = Anders überlegt? Melde dich vorher an und behalte das Konto.
leaving-gone-title = Dein Konto ist gelöscht
