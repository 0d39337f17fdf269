# Du-form, enkle ord. En setning sier hva som skjedde, og så hva man gjør nå.

## Overalt
problem-heading = { $n ->
    [one] Det er ett problem
   *[other] Det er { $n } problemer
}
problem-prefix = Problem:
footer-secured = Innlogging med
dev-see-flow = Se denne innloggingen som diagram
or = eller
show-password = Vis
hide-password = Skjul
password-shown = Passordet vises
password-hidden = Passordet er skjult
optional = valgfritt
code-digits = 6 sifre

## Logge inn
sign-in-to = Logg inn i { $app }
sign-in = Logg inn
provider-with = Fortsett med { $name }
provider-last = sist brukt
join-title = Du har allerede en konto
join-what = { $email } har en konto her. Logg inn i den én gang, så åpner { $name } den også fra da av.
join-continue = Fortsett
join-another = Lag en annen konto, med en annen e-postadresse
join-not-now = Ikke nå
email = E-post
continue = Fortsett
send-link = Send meg en lenke
no-account-yet = Ny her?
create-account = Opprett en konto
enter-password = Skriv inn passordet ditt
password = Passord
change = Endre
forgot = Glemt passordet?
send-link-instead = Send meg en lenke i stedet

## Registrere seg
sign-up-for = Opprett en konto for { $app }
sign-up = Opprett en konto
your-name = Navnet ditt
new-password = Nytt passord
password-rule = Minst { $min } tegn. Flere ord etter hverandre er lette å huske og vanskelige å gjette.
have-account = Har du allerede en konto?
sign-in-instead = Logg inn

## Koder og lenker
confirm-title = Bekreft e-posten din
confirm-sent = Vi har sendt seks sifre til { $email }. Skriv dem her, eller åpne lenken i e-posten.
code = Kode
confirm = Bekreft
resend = Send på nytt
resend-in = Send på nytt (om { $n } s)
other-address = Bruk en annen adresse
nothing-there = Ikke fått noe? Se i søppelpost også.
link-sent-title = Sjekk e-posten din
link-sent-what = Hvis { $email } har en konto, er en lenke på vei. Den virker én gang, i { $minutes } minutter.
link-sent-elsewhere = Åpnet du lenken på en annen enhet?
link-sent-code = Der vises en kode. Skriv den her for å logge inn på denne enheten.
link-confirm-sign-in = Logg inn i { $app }
link-confirm-sign-in-plain = Logg inn
link-confirm-email = Bekreft e-posten din
link-confirm-sign-in-what = Ett klikk, så er du inne som { $email }.
link-confirm-email-what = Ett klikk, så er { $email } bekreftet.
link-confirm-sign-in-button = Logg inn
link-confirm-email-button = Bekreft
elsewhere-title = Hvor vil du logge inn?
elsewhere-title-email = Bekreft e-posten din
elsewhere-asked = Noen ba om denne lenken i en annen nettleser.
elsewhere-who = Konto
elsewhere-app = App
elsewhere-when = Bedt om
elsewhere-browser = Nettleser
elsewhere-place = Sted
elsewhere-code-title = I den første nettleseren
elsewhere-code = Skriv denne koden der:
elsewhere-here-title = I denne nettleseren
elsewhere-here-sign-in = Bare denne nettleseren blir logget inn. Den andre forblir som den er.
elsewhere-here-email = Dette bekrefter { $email }. Den andre nettleseren går videre av seg selv.
elsewhere-button-sign-in = Logg inn her
elsewhere-button-email = Bekreft
elsewhere-not-you = Var det ikke du som ba om dette? Lukk siden. Ingenting skjer, og ingen slipper inn. Gi aldri koden til noen.

## Et nytt passord
forgot-title = Velg et nytt passord
forgot-what = Oppgi e-posten din, så sender vi deg en lenke.
send-reset = Send meg lenken
back-to-sign-in = Tilbake til innlogging
forgot-sent-what = Hvis { $email } har en konto, er en lenke for å velge nytt passord på vei. Den virker én gang, i { $minutes } minutter.
reset-title = Velg et nytt passord
reset-what = For { $email }. Alle enheter blir logget ut, og bare det nye passordet virker.
reset-button = Lagre passordet
reset-done-title = Det nye passordet er lagret
reset-done-what = Andre enheter er logget ut. Bruk det nye passordet fra nå av.

## Samtykke
consent-title = Dele opplysningene dine med { $app }?
consent-who = Du er logget inn som { $email }.
consent-what = { $app } ønsker å
consent-goes = De sendes til { $host }. Du kan når som helst trekke dette tilbake på kontosiden din.
allow = Tillat
deny = Ikke nå
scope-openid = Kjenne deg igjen når du kommer tilbake
scope-profile = Se navnet, bildet og språket ditt
scope-email = Se e-postadressen din
scope-address = Se postadressen din
scope-phone = Se telefonnummeret ditt
scope-offline = Beholde tilgangen mens du er borte
scope-described = { $text }
scope-named = Bruke «{ $name }»
select-title = Hvem logger inn?
select-signed-in = logget inn
select-signed-out = logget ut { $ago }
select-another = Bruk en annen konto
outsider-title = Du har ikke tilgang til { $app }
outsider-what = { $email } er ikke medlem av organisasjonen som { $app } er for.
outsider-now = Be dem som driver { $app } om å legge deg til, eller bruk en annen konto.
outsider-back = Gå tilbake uten å logge inn
form-post-title = Et øyeblikk
form-post-what = Du er på vei tilbake til appen.

## Koble til en enhet
device-title = Koble til en enhet
device-what = Skriv koden som enheten din viser.
device-compare = Viser enheten din akkurat denne koden? Da kan du gå videre.
device-code = Kode
device-code-hint = Åtte bokstaver. Store eller små, med eller uten bindestrek.
device-confirm-title = Koble til { $app }?
device-confirm-who = { $app } på enheten din blir logget inn som { $email }.
device-confirm-code = Enheten din viser denne koden
device-program = Program
device-place-same = Samme nettverk som denne nettleseren
device-place-other = Et annet nettverk enn denne nettleseren
device-yourself = Var det du som startet dette?
device-yourself-what = Gå bare videre hvis du ser på enheten og den viser denne koden. Hvis noen har sendt deg koden eller lenken, ville de komme inn som deg.
device-allow = Ja, koble til
device-deny = Nei, ikke koble til
done-device-allowed = Enheten din er koblet til
done-device-allowed-what = Du kan gå tilbake til enheten. Den går videre av seg selv om noen sekunder.
done-device-denied = Ingenting ble koblet til
done-device-denied-what = Enheten fikk ingenting. Du kan lukke denne siden.
problem-user-code-missing = Skriv koden som enheten din viser
problem-user-code-unknown = Ingen enhet venter med den koden. Sammenlign dem, eller begynn på nytt på enheten
notice-type-again = Noen andre var logget inn her da koden ble skrevet. Sjekk den, og gå videre som deg selv.
error-device-expired = Enheten ventet for lenge
error-device-expired-what = En kode gjelder bare i noen minutter.
error-device-expired-now = Begynn på nytt på enheten, og skriv den nye koden.

## Logge ut
sign-out-title = Logge ut?
sign-out-what = Du er logget inn som { $email } i denne nettleseren.
sign-out = Logg ut
stay = Forbli innlogget
signed-out-title = Du er logget ut
signed-out-what = Du kan lukke denne siden.
done-signed-in = Du er logget inn
done-signed-in-hello = Hyggelig å se deg, { $name }.
done-email-confirmed = E-posten din er bekreftet
done-email-confirmed-what = Siden der du begynte, går videre av seg selv. Du kan lukke denne.
done-goes-on-elsewhere = Alt er klart her
done-goes-on-elsewhere-what = Fortsett i vinduet der du begynte. Du kan lukke dette.

## Konto
account-nav = Deler av kontoen din
account-profile = Profil
account-security = Passord
account-linked = Tilknyttede kontoer
account-sessions = Enheter
account-apps = Apper
profile-what = Apper som du tillater, ser dette.
profile-name = Fullt navn
profile-given = Fornavn
profile-family = Etternavn
profile-nickname = Kallenavn
profile-username = Brukernavn
profile-locale = Språk
profile-locale-browser = Som nettleseren sier
profile-zone = Tidssone
profile-email = E-post
profile-phone = Telefon
profile-verified = bekreftet
profile-unverified = ikke bekreftet
save = Lagre
security-what = Sist endret { $ago }.
security-none = Du har ikke noe passord ennå. Lenker og andre måter å logge inn på virker fortsatt ved siden av det.
current-password = Nåværende passord
security-ends = Andre enheter logges ut når du endrer det.
change-password = Endre passordet
set-password = Velg et passord
sessions-what = Nettlesere der du er logget inn.
this-device = denne enheten
session-seen = Sist sett { $ago }
session-since = logget inn { $ago }
agent = { $browser } på { $system }
session-place = fra { $place }
session-apps = Brukt for { $apps }
end = Avslutt
end-session = Avslutt { $browser }
end-others = Avslutt alle andre enheter
everywhere-title = Mistet en enhet?
everywhere-what = Dette logger deg ut i alle nettlesere, også denne, og avslutter tilgangen for alle apper til du logger inn der igjen.
everywhere = Logg ut overalt
apps-what = Apper som kan se noe om deg.
apps-none = Ingen app har tilgang til kontoen din.
app-since = Tilgang gitt { $ago }
app-used = sist brukt { $ago }
remove = Fjern
remove-app = Fjern { $app }
linked-what = Kontoer som logger deg inn her. Hver av dem åpner denne kontoen og ingen annen.
linked-none = Ingen konto hos en annen tjeneste åpner denne ennå.
linked-since = Tilknyttet { $ago }
linked-used = sist brukt { $ago }
linked-gone = tilbys ikke her lenger
link-with = Knytt til { $name }
unlink = Fjern tilknytning
unlink-one = Fjern tilknytning til { $name } ({ $shown })

## Svar på et skjema
problem-email-missing = Skriv inn e-postadressen din
problem-email-malformed = Det ser ikke ut som en e-postadresse. En slik ser ut som navn@example.com
problem-password-missing = Skriv inn passordet ditt
problem-password-wrong = E-post og passord hører ikke sammen. Prøv igjen, eller be om en lenke
problem-new-password-missing = Skriv inn et nytt passord
problem-password-short = Bruk minst { $min } tegn
problem-password-long = Bruk høyst { $max } tegn
problem-password-common = Mange bruker dette passordet, så det blir prøvd først. Velg et annet
problem-password-guessable = Det er laget av navnet ditt, e-posten din eller navnet på appen, og er lett å gjette. Velg et annet passord
problem-password-row = Taster eller bokstaver som står ved siden av hverandre, blir prøvd tidlig. Velg et annet passord, for eksempel flere ord etter hverandre
problem-password-again = Det samme om igjen er lett å gjette. Velg et annet passord, for eksempel flere ord etter hverandre
problem-password-date = Datoer blir prøvd tidlig, og dine kan finnes. Velg et annet passord, for eksempel flere ord etter hverandre
problem-password-breached = Dette passordet finnes i data som er stjålet et annet sted, så fremmede kan kjenne det. Velg et annet, og bytt det overalt der du bruker det
problem-current-password = Det er ikke det nåværende passordet ditt. Prøv igjen
problem-password-same = Det er passordet du allerede har, så ingenting ble endret. Velg et annet
problem-code-missing = Skriv inn de seks sifrene
problem-code-wrong = { $left ->
    [one] Det er en annen kode. Du har ett forsøk igjen
   *[other] Det er en annen kode. Du har { $left } forsøk igjen
}
problem-code-expired = Den koden virker ikke lenger. Be om en ny
problem-field-unusable = Vi kan ikke lagre dette slik det er. Gjør det kortere, og utelat uvanlige tegn
problem-tries-seconds = { $n ->
    [one] Det ble prøvd for ofte. Vent ett sekund, og prøv igjen
   *[other] Det ble prøvd for ofte. Vent { $n } sekunder, og prøv igjen
}
problem-tries-minutes = Det ble prøvd for ofte. Vent { $n } minutter, og prøv igjen
problem-resend-seconds = { $n ->
    [one] En e-post er på vei. Du kan be om en ny om ett sekund
   *[other] En e-post er på vei. Du kan be om en ny om { $n } sekunder
}
problem-resend-minutes = En e-post er på vei. Du kan be om en ny om { $n } minutter
problem-provider-failed = { $name } svarte ikke. Prøv igjen, eller velg en annen måte
problem-provider-declined = Du sa nei hos { $name }. Velg en annen måte, eller prøv igjen
problem-provider-refused = Svaret fra { $name } stemte ikke. Ingen ble logget inn. Prøv igjen, eller velg en annen måte
problem-provider-off = { $name } tilbys ikke her lenger. Velg en annen måte
problem-provider-no-email = { $name } oppga ingen e-postadresse. Tillat det der og prøv igjen, eller velg en annen måte
problem-provider-no-account = Ingen konto her er knyttet til den kontoen hos { $name }. Velg en annen måte
problem-link-taken = Den kontoen hos { $name } er knyttet til en annen konto her
problem-last-way = Uten den kunne ingen logge inn på kontoen din. Velg et passord først, eller knytt til en annen konto
problem-form-stale = Siden sto åpen en stund, så ingenting ble sendt. Se over den og send på nytt
notice-sign-in-again = Bekreft at det er deg, så kan du gå videre.
notice-sent-again = En ny e-post er på vei. Den nyeste gjelder.
notice-saved = Lagret.
notice-password-changed = Passordet ditt er endret. Andre enheter er logget ut.
notice-session-ended = Den enheten er logget ut.
notice-others-ended = Alle andre enheter er logget ut.
notice-app-removed = { $name } har ikke lenger tilgang.
notice-linked = { $name } åpner kontoen din fra nå av.
notice-unlinked = Kontoen er ikke lenger tilknyttet.
notice-email-confirmed = E-posten din er bekreftet.
notice-nothing-shared = Ingenting ble delt.

## Veien videre
way-app = Tilbake til { $app }
way-again = Begynn på nytt
way-retry = Prøv igjen
way-sign-in = Logg inn
way-account = Gå til kontoen din
way-devices = Se enhetene dine
way-home = Gå til forsiden

## Når noe går galt
error-wait-seconds = { $n ->
    [one] Vent ett sekund, og prøv igjen.
   *[other] Vent { $n } sekunder, og prøv igjen.
}
error-wait-minutes = Vent { $n } minutter, og prøv igjen.
error-reference-what = Hvis du ber om hjelp, oppgi dette:
error-expired-flow = Denne innloggingen tok for lang tid
error-expired-flow-what = For din sikkerhet må en innlogging fullføres innen en time.
error-expired-flow-now = Begynn på nytt, det tar et øyeblikk.
error-already-finished = Denne innloggingen er fullført
error-already-finished-what = Du gikk tilbake til et steg som er over.
error-already-finished-now = Det er ikke mer å gjøre her.
error-other-browser = Denne innloggingen begynte i en annen nettleser
error-other-browser-what = Den kan bare fullføres der den begynte.
error-other-browser-now = Gå tilbake dit, eller begynn på nytt i denne.
error-cookies-off = Nettleseren din lagrer ikke informasjonskapsler
error-cookies-off-what = Uten dem kan vi ikke skille deg fra noen andre som logger inn.
error-cookies-off-now = Tillat informasjonskapsler for dette nettstedet i nettleserens innstillinger, og begynn på nytt.
error-unknown-app = Vi kjenner ikke denne appen
error-unknown-app-what = Lenken som førte deg hit, nevner en app som ikke er registrert.
error-unknown-app-now = Gå tilbake til appen og prøv igjen. Hvis det ikke hjelper, si fra til dem som driver den.
error-redirect = Denne innloggingen kan ikke gå videre
error-redirect-what = { $app } vil sende deg til en adresse som ikke er registrert for den, så det gjorde vi ikke.
error-redirect-now = Gå tilbake dit du kom fra. Hvis du stoler på det, si fra til dem som driver { $app }.
error-bad-request = { $app } ba om noe vi ikke forstår
error-bad-request-what = Lenken fra { $app } er ufullstendig eller skadet.
error-bad-request-now = Gå tilbake til { $app } og prøv igjen.
error-bad-request-unknown = Den lenken virker ikke
error-bad-request-unknown-what = Lenken som førte deg hit, er ufullstendig eller skadet.
error-bad-request-unknown-now = Gå tilbake dit du kom fra, og prøv igjen.
error-tries = For mange forsøk
error-tries-what = Dette ble prøvd oftere enn vi tillater, av deg eller av noen i nærheten.
error-tries-now = Vent litt, og prøv igjen.
error-busy = Mye trafikk akkurat nå
error-busy-what = Flere logger inn enn vi kan betjene på én gang. Ingenting er tapt.
error-busy-now = Vent litt, og prøv igjen.
error-not-found = Den siden finnes ikke
error-not-found-what = Adressen er feilskrevet, eller siden er flyttet.
error-not-found-now = Se på adressen, eller gå videre herfra.
error-method = Denne siden kan ikke åpnes slik
error-method-what = Adressen finnes, men bare som et steg i noe annet.
error-method-now = Gå videre herfra.
error-too-large = Det var for mye
error-too-large-what = Det som ble sendt, er større enn noe skjema her.
error-too-large-now = Gå tilbake og send mindre.
error-link-used = Denne lenken er brukt
error-link-used-what = Hver lenke virker én gang, og denne har gjort jobben sin.
error-link-used-now = Hvis du ikke er logget inn, be om en ny.
error-link-expired = Denne lenken virker ikke
error-link-expired-what = Den er for gammel, eller en del av den gikk tapt underveis.
error-link-expired-now = Be om en ny.
error-not-me-link = Denne lenken virker ikke
error-not-me-link-what = «Det var ikke meg» virker én gang, i 7 dager. Denne lenken er brukt, eldre eller ufullstendig.
error-not-me-link-now = Hvis noen andre er inne på kontoen din, velg et nytt passord: Det logger ut alle enheter. Enheter du ikke kjenner, kan du også avslutte én for én.
error-form-refused = Vi tok ikke imot det skjemaet
error-form-refused-what = Det kom ikke fra en side vi har gitt denne nettleseren. Ingenting ble endret.
error-form-refused-now = Begynn på nytt. Hvis du ikke sendte noe, lukk denne siden.
error-account-disabled = Denne kontoen er slått av
error-account-disabled-what = De som driver dette nettstedet, har slått den av.
error-account-disabled-now = Spør dem hvis du tror det er en feil.
error-sign-up-closed = Kontoer opprettes ikke her
error-sign-up-closed-what = De som driver dette nettstedet, oppretter kontoer selv.
error-sign-up-closed-now = Be dem om en. Hvis du har en konto, logg inn med den.
error-provider-down = { $name } svarer ikke
error-provider-down-what = Vi fikk ikke kontakt med { $name }, så vi fikk ikke vite hvem du er.
error-provider-down-now = Prøv igjen om et øyeblikk, eller velg en annen måte å logge inn på.
error-provider-answer = Denne innloggingen kan ikke gå videre
error-provider-answer-what = Svaret er brukt før, er for gammelt, eller hører til en innlogging i en annen nettleser.
error-provider-answer-now = Begynn på nytt. Ingen ble logget inn.
error-something = Noe gikk galt
error-something-what = Feilen er hos oss, og den er notert.
error-something-now = Prøv igjen. Hvis det varer, kom tilbake litt senere.

## E-post
mail-valid = Den virker én gang, i { $minutes } minutter.
mail-asked = Når og hvor
mail-or-code = Eller skriv denne koden på siden der du begynte:
mail-footer = Du får denne e-posten på grunn av noe som skjedde med kontoen din for { $app }. Det er ingenting å melde seg av.
mail-confirm-subject = { $code } er koden din for { $app }
mail-confirm-intro = Bekreft at denne adressen er din, så er kontoen din for { $app } klar.
mail-confirm-button = Bekreft e-posten min
mail-confirm-otherwise = Ba du ikke om dette? Da har noen skrevet feil adresse. La e-posten ligge, så skjer det ingenting.
mail-link-subject = Logg inn i { $app }
mail-link-intro = Her er lenken din for å logge inn i { $app }.
mail-link-button = Logg inn
mail-link-otherwise = Ba du ikke om dette? La lenken ligge, så slipper ingen inn. Ikke send den videre.
mail-reset-subject = Velg et nytt passord for { $app }
mail-reset-intro = Noen, mest sannsynlig du, ba om et nytt passord for { $app }.
mail-reset-button = Velg et nytt passord
mail-reset-otherwise = Ba du ikke om dette? La lenken ligge, så forblir passordet ditt som det er.
mail-new-subject = Ny innlogging i { $app }
mail-new-intro = Kontoen din for { $app } ble brukt i en nettleser som vi ikke har sett før.
mail-new-intro-known = Noen logget inn på kontoen din for { $app }.
mail-new-button = Det var ikke meg
mail-new-otherwise = Hvis det var deg, er alt i orden. Hvis ikke, trykk på knappen: Den logger ut alle og sender deg en vei til et nytt passord. Den virker i 7 dager.
mail-changed-subject = Passordet ditt for { $app } ble endret
mail-changed-intro = Passordet til kontoen din for { $app } ble endret, og andre enheter ble logget ut.
mail-changed-button = Det var ikke meg
mail-changed-otherwise = Hvis det var deg, er alt i orden.
mail-ended-subject = { $app } ble logget ut for sikkerhets skyld
mail-ended-intro = En nøkkel til kontoen din som { $app } allerede hadde brukt, kom tilbake. Noen kan ha kopiert den, så vi avsluttet tilgangen den hørte til.
mail-ended-button = Se apper med tilgang
mail-ended-otherwise = Logg inn i { $app } igjen for å gå videre. Hvis du ikke ventet dette, se etter enheter du ikke kjenner.
mail-exists-subject = Du har allerede en konto for { $app }
mail-exists-intro = Noen, kanskje du, prøvde å opprette en konto for { $app } med denne adressen. Den har allerede en.
mail-exists-button = Logg inn
mail-exists-otherwise = Hvis det ikke var deg, har ingenting skjedd, og ingen har sluppet inn.
mail-none-subject = Ingen konto for { $app } med denne adressen
mail-none-intro = Noen, kanskje du, ville logge inn i { $app } med denne adressen. Det finnes ingen konto for den.
mail-none-button = Opprett en konto
mail-none-otherwise = Kanskje du bruker en annen adresse for { $app }. Hvis det ikke var deg, har ingenting skjedd.
mail-linked-subject = { $name } åpner nå kontoen din for { $app }
mail-linked-intro = En konto hos { $name } ble knyttet til kontoen din for { $app }. Fra nå av logger den deg inn.
mail-linked-button = Se tilknyttede kontoer
mail-linked-otherwise = Hvis det var deg, er alt i orden. Hvis ikke, fjern tilknytningen, avslutt enheter du ikke kjenner, og velg et nytt passord.
mail-unlinked-subject = { $name } åpner ikke lenger kontoen din for { $app }
mail-unlinked-intro = Tilknytningen mellom en konto hos { $name } og kontoen din for { $app } ble fjernet.
mail-unlinked-button = Se tilknyttede kontoer
mail-unlinked-otherwise = Hvis det var deg, er alt i orden. Hvis ikke, avslutt enheter du ikke kjenner, og velg et nytt passord.

## Phones and text messages
sms-confirm = { $code } er koden din for { $app }. Den virker i { $minutes } minutter. Ikke si den til noen.
phone-title = Telefonnummeret ditt
phone-lede-app = { $app } vil ha et bekreftet telefonnummer. Vi sender en kode til det.
phone-lede = Vi sender en kode til nummeret, så vi vet at det er ditt.
phone-label = Telefonnummer
phone-hint = Med landkode, som +47 412 34 567
phone-send = Send meg en kode
phone-code-title = Skriv inn koden fra telefonen
phone-code-lede = Vi sendte seks sifre på SMS til { $number }.
phone-change = Bruk et annet nummer
notice-text-again = En ny kode er på vei. Den nyeste gjelder.
notice-phone-added = Telefonnummeret ditt er bekreftet.
notice-phone-chosen = Apper får vite dette nummeret fra nå av.
notice-phone-removed = Telefonnummeret er fjernet.
problem-mails-minutes = { $n ->
    [one] Det er bedt om nok e-poster. Se etter dem, også i søppelposten. Du kan be om en ny om ett minutt
   *[other] Det er bedt om nok e-poster. Se etter dem, også i søppelposten. Du kan be om en ny om { $n } minutter
}
problem-mails-hours = Det er bedt om nok e-poster. Se etter dem, også i søppelposten. Du kan be om en ny om { $n } timer
problem-texts-minutes = { $n ->
    [one] Det er bedt om nok koder. Du kan be om en ny om ett minutt
   *[other] Det er bedt om nok koder. Du kan be om en ny om { $n } minutter
}
problem-texts-hours = Det er bedt om nok koder. Du kan be om en ny om { $n } timer
problem-phone-missing = Skriv inn telefonnummeret ditt
problem-phone-country = Begynn med + og landkoden, som +47
problem-phone-malformed = Det er ikke et telefonnummer. Skriv det som +47 412 34 567
problem-phone-elsewhere = Vi kan ikke sende meldinger til det landet. Bruk et annet nummer
problem-phone-there = Dette nummeret er allerede bekreftet
problem-phones-full = Du kan ha høyst { $max } telefonnumre. Fjern ett først
account-phones = Telefoner
phones-what = En telefon åpner ikke kontoen din. Apper som får se nummeret ditt, får vite ett av disse.
phones-none = Du har ikke noe telefonnummer her ennå.
phones-declared = Apper får vite { $number }, som de som driver dette nettstedet, har skrevet inn. Et nummer du bekrefter her, kommer i stedet.
phones-main = Det apper får vite
phones-since = Bekreftet
phones-choose = La apper få vite dette
phones-remove = Fjern
phones-add = Legg til en telefon
mail-phone-added-subject = En telefon ble lagt til kontoen din for { $app }
mail-phone-added-intro = Et telefonnummer ble bekreftet og lagt til kontoen din for { $app }.
mail-phone-removed-subject = En telefon ble fjernet fra kontoen din for { $app }
mail-phone-removed-intro = Et telefonnummer ble fjernet fra kontoen din for { $app }.
mail-phone-chosen-subject = Apper får vite et annet av telefonnumrene dine
mail-phone-chosen-intro = Apper på kontoen din for { $app } som får se telefonnummeret ditt, får nå vite et annet.
mail-phone-button = Se telefonene dine
mail-phone-otherwise = Var det deg, er alt i orden. Hvis ikke, logg ut enheter du ikke kjenner, og velg et nytt passord.

## Tider
ago-now = akkurat nå
ago-minutes = { $n ->
    [one] for 1 minutt siden
   *[other] for { $n } minutter siden
}
ago-hours = { $n ->
    [one] for 1 time siden
   *[other] for { $n } timer siden
}
ago-yesterday = i går
ago-days = { $n ->
    [one] for 1 dag siden
   *[other] for { $n } dager siden
}
date-day = { $day }. { $month } { $year }
date-time = { $date } kl. { $time } UTC
month-1 = januar
month-2 = februar
month-3 = mars
month-4 = april
month-5 = mai
month-6 = juni
month-7 = juli
month-8 = august
month-9 = september
month-10 = oktober
month-11 = november
month-12 = desember

## The account: profile
profile-middle = Mellomnavn
profile-about = Om deg
profile-gender = Kjønn
profile-birthdate = Fødselsdato
profile-birthdate-hint = År, måned, dag: 1990-04-30. Året alene er nok.
profile-website = Nettsted
profile-page = Side om deg
profile-picture = Bilde
profile-language-time = Språk og tid
profile-address = Postadresse
profile-street = Gate og nummer
profile-postal = Postnummer
profile-locality = Sted
profile-region = Fylke eller region
profile-country = Land
problem-claim-long = Bruk høyst { $max } tegn
problem-claim-missing = Appen trenger å vite det. Fyll det ut
problem-claim-https = Skriv en adresse som begynner med https://, for eksempel https://example.com/anna
problem-claim-date = Skriv datoen som år, måned, dag, for eksempel 1990-04-30, eller bare året
problem-claim-future = Den dagen har ikke kommet ennå. Skriv fødselsdatoen din, for eksempel 1990-04-30, eller bare året
problem-claim-language = Velg et språk fra listen
problem-claim-zone = Skriv en tidssone med region og by, for eksempel Europe/Oslo
## Det var ikke meg
not-me-title = Var ikke dette deg?
not-me-what = Noen logget inn på kontoen din.
not-me-when = Når
not-me-does = Knappen logger ut alle enheter, også dine egne. Det gamle passordet slutter å virke, og en lenke for å velge et nytt går til { $email }.
not-me-button = Det var ikke meg
not-me-was = Var det deg? Lukk siden. Ingenting skjer.
not-me-done-title = Alle er logget ut
not-me-done-what = Det gamle passordet virker ikke lenger. En lenke for å velge et nytt er på vei til { $email }. Den virker én gang, i { $minutes } minutter.
way-reset = Send en lenke til

## The account: e-mail addresses
account-emails = E-post
emails-what = Hver bekreftet adresse kan brukes til å logge inn. Apper du tillater, ser hovedadressen, og e-post fra oss går dit.
email-primary = hovedadresse
email-make-primary = Gjør til hovedadresse
email-make-primary-one = Gjør til hovedadresse: { $email }
email-remove-one = Fjern { $email }
email-confirm-one = Bekreft { $email }
email-sent = Vi har sendt seks sifre til { $email }. Skriv dem inn her.
email-add-title = Legg til en adresse
email-add-hint = Vi sender seks sifre dit for å se at du leser e-posten.
email-add = Send koden
fresh-what = Bekreft først at det er deg for å endre noe her.
fresh-button = Bekreft at det er meg
problem-address-yours = Adressen er allerede på kontoen din
problem-address-many = Du har så mange adresser som vi tar vare på. Fjern en først
problem-address-taken = Adressen hører til en annen konto. Logg inn der for å fjerne den
problem-address-unproved = Bekreft adressen først
problem-address-primary = Dette er hovedadressen din. Gjør først en annen til hovedadresse, og fjern den så
problem-address-last = Det er den eneste bekreftede adressen din, og du trenger en for å komme inn igjen. Legg til en annen først
notice-email-sent = Seks sifre er på vei.
notice-email-added = Adressen er på kontoen din.
notice-email-primary = Det er hovedadressen din fra nå av.
notice-email-removed = Adressen er fjernet.
mail-code = Skriv denne koden på siden der du begynte:
mail-add-subject = { $code } er koden din for { $app }
mail-add-intro = Noen, antakelig du, vil legge denne adressen til en konto for { $app }.
mail-add-otherwise = Har du ikke bedt om dette? Si aldri koden til noen. La e-posten ligge, så skjer det ingenting.
mail-elsewhere-subject = Adressen er allerede på kontoen din for { $app }
mail-elsewhere-intro = Noen, kanskje du, prøvde å legge denne adressen til en annen konto for { $app }. Den hører til din, og blir der.
mail-elsewhere-button = Logg inn
mail-elsewhere-otherwise = Hvis det ikke var deg, har ingenting skjedd, og ingen kom inn. For å flytte adressen må du først fjerne den fra kontoen din.
mail-added-subject = En adresse ble lagt til kontoen din for { $app }
mail-added-intro = { $address } er nå på kontoen din for { $app } og kan brukes til å logge inn.
mail-primary-subject = Kontoen din for { $app } har fått en annen hovedadresse
mail-primary-intro = { $address } er fra nå av hovedadressen til kontoen din for { $app }. Apper ser den, og e-post fra oss går dit.
mail-removed-subject = En adresse ble fjernet fra kontoen din for { $app }
mail-removed-intro = { $address } hører ikke lenger til kontoen din for { $app }.
mail-address-button = Se adressene dine
mail-address-otherwise = Hvis det var deg, er alt i orden. Hvis ikke, velg et nytt passord med en gang og se over adressene dine.

# The look: what an app says of itself
app-policy = Personvern hos { $app }
app-terms = Vilkår for { $app }

## The account: activity
account-activity = Aktivitet
activity-what = Det som har skjedd med kontoen din, det nyeste først.
activity-none = Ikke noe mer.
activity-older = Eldre
activity-newest = Nyeste
activity-created = Kontoen din ble opprettet
activity-updated = Profilen ble endret
activity-updated-operator = De som driver nettstedet, endret profilen din
activity-disabled = Kontoen din ble slått av av dem som driver nettstedet
activity-enabled = Kontoen din ble slått på igjen
activity-deleted = Kontoen din ble slettet
activity-leaving = Du ba om at kontoen din skulle slettes
activity-kept = Du beholdt kontoen din
activity-exported = Du lastet ned dataene dine
activity-email-verified = E-postadressen ble bekreftet
activity-email-added = La til { $address }
activity-email-primary = { $address } ble hovedadressen
activity-email-removed = Fjernet { $address }
activity-password = Passordet ble endret
activity-linked = Koblet til { $name }
activity-unlinked = Koblet fra { $name }
activity-merged = En annen konto du hadde, ble slått sammen med denne
activity-signed-in-somewhere = Logget inn
activity-signed-in = { $network ->
    [none] Logget inn med { $browser }
   *[other] Logget inn med { $browser }, fra nettverket { $network }
}
activity-signed-in-to = { $network ->
    [none] Logget inn i { $app } med { $browser }
   *[other] Logget inn i { $app } med { $browser }, fra nettverket { $network }
}
activity-renewed = { $network ->
    [none] Bekreftet at det var deg, med { $browser }
   *[other] Bekreftet at det var deg, med { $browser }, fra nettverket { $network }
}
activity-signed-out = Logget ut
activity-ended-one = Du logget ut en enhet
activity-ended-all = Du logget ut overalt
activity-ended-idle = En enhet ble logget ut fordi ingen brukte den
activity-ended-operator = De som driver nettstedet, logget ut en enhet
activity-ended-safe = Enheter ble logget ut for sikkerhets skyld
activity-app-told = { $app } fikk vite at du logget ut
activity-refused = En innlogging på kontoen din ble avvist
activity-granted = { $app } fikk tilgang
activity-grant-ended = { $app } ga fra seg tilgangen
activity-reused = En brukt nøkkel fra { $app } kom tilbake, så tilgangen ble avsluttet
activity-device-denied = Du slapp ikke en enhet inn i { $app }
activity-allowed = Tillot { $app } å
activity-withdrawn = Trakk tilbake tilgangen til { $app }
activity-mail = { $address ->
    [none] Vi sendte deg en e-post
   *[other] Vi sendte en e-post til { $address }
}
activity-member = Du ble medlem av { $name }
activity-member-gone = Du er ikke lenger medlem av { $name }

## The account: your data
account-data = Dine data
data-export-title = Ta med deg dataene dine
data-export-what = Alt vi vet om deg, i én fil som programmer kan lese (JSON). Passord er ikke med.
data-export = Last ned
data-leave-title = Slett kontoen din
data-leave-what = { $days ->
    [0] Du logges ut overalt, og alt slettes med en gang. Det finnes ingen vei tilbake.
    [one] Du logges ut overalt med en gang. I én dag kan du fortsatt beholde kontoen ved å logge inn; deretter slettes alt for godt.
   *[other] Du logges ut overalt med en gang. I { $days } dager kan du fortsatt beholde kontoen ved å logge inn; deretter slettes alt for godt.
}
data-leave-sure = Skriv { $email } for å gå videre
data-leave = Slett kontoen min
problem-not-sure = Skriv hovedadressen din, så ingen sletter en konto ved et uhell
notice-kept = Kontoen din blir.
notice-once-more = Nå kan du gå videre. Det du hadde skrevet, ble ikke tatt med, og ingenting er endret ennå: gjør det en gang til.

## An account on its way out
keep-title = Vil du beholde kontoen?
keep-what = Du ba om at kontoen til { $email } skulle slettes. Den slettes for godt { $date }.
keep-button = Behold kontoen min
keep-not = La den bli slettet
mail-leaving-subject = Kontoen din for { $app } blir slettet
mail-leaving-intro = Du ba om at kontoen din for { $app } skulle slettes. Du er logget ut overalt, og { $date } slettes alt for godt.
mail-leaving-button = Behold kontoen min
mail-leaving-otherwise = Har du ombestemt deg, eller var det ikke deg? Logg inn før den tid og velg å beholde kontoen. Hvis det ikke var deg, velg et nytt passord også.
mail-kept-subject = Kontoen din for { $app } blir
mail-kept-intro = Noen logget inn på kontoen din for { $app } og valgte å beholde den. Ingenting slettes.
mail-kept-button = Se kontoen din
mail-kept-otherwise = Hvis det var deg, er alt i orden. Hvis ikke, velg et nytt passord.

## The account: activity, done by others
activity-exported-operator = De som driver nettstedet, tok en kopi av dataene dine

## The account: activity, phones
activity-sms = Vi sendte deg en tekstmelding
activity-phone-added = Telefonnummeret ble bekreftet
activity-phone-chosen = Et annet telefonnummer ble hovednummeret
activity-phone-removed = Telefonnummeret ble fjernet

## The account: apps that govern it
scope-account = Se og endre alt i kontoen din, og slette den

## New from a provider, and leaving
about-title = Om deg
about-lede-app = { $app } spør alle nye om dette. Du kan endre det senere i kontoen din.
about-lede = Alle nye blir spurt om dette. Du kan endre det senere i kontoen din.
leaving-title = Kontoen din blir slettet
leaving-what = Du er logget ut overalt. Den { $date } slettes alt i kontoen til { $email } for godt.
leaving-stop = Ombestemt deg? Logg inn før den tid og velg å beholde kontoen.
leaving-gone-title = Kontoen din er slettet
