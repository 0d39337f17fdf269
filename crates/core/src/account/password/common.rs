//! What is tried first: the stems that passwords of many people are made of, in the languages of our pages and a few more.
//! The more usual, the further in front. A long list of whole passwords is the operator's to give (`breached_file`).

use std::collections::HashMap;
use std::sync::LazyLock;

/// Guesses, as a power of two, until this word is tried; `None` if it is none of ours.
pub(super) fn rank(word: &str) -> Option<f64> {
    static RANKS: LazyLock<HashMap<&'static str, u16>> =
        LazyLock::new(|| WORDS.split_ascii_whitespace().zip(1..).collect());
    RANKS.get(word).map(|rank| f64::from(*rank).log2())
}

const WORDS: &str = "
password passwort qwerty admin welcome iloveyou letmein monkey dragon master login princess qwertz azerty solo hello
football abc baseball shadow sunshine superman trustno michael jordan charlie hallo secret test passw0rd passwd pass
passw motdepasse contrasena contraseña senha parola wachtwoord haslo hasło passord lösenord salasana heslo parole
jelszo sifre clave secreto geheim hemmelig schatz willkommen bienvenue bienvenido velkommen bienvenida changeme
default root user guest administrator administrateur administrador signin signup access temp temporary temporal demo
example sample testing tester test123 service office company firma empresa entreprise server system network internet
computer windows apple google facebook instagram whatsapp youtube twitter amazon netflix spotify tiktok samsung iphone
android microsoft linux ubuntu countersign loveyou lovely love liebe amour amor teamo tequiero jetaime ichliebedich
kjærlighet forever always together family familie famille familia freedom frieden peace hope faith trust angel angels
engel ange heaven jesus christ god godisgood blessed prayer maria mary joseph anna hannah lukas lucas leon felix paul
max maximilian sophie sofia emma mia marie julia laura lisa sarah sara jennifer jessica ashley amanda nicole michelle
melissa stephanie elizabeth vanessa samantha rebecca rachel andrea daniela claudia sandra martina sabine petra monika
karin susanne brigitte thomas andreas stefan christian markus martin peter klaus wolfgang michel pierre jean jacques
philippe nicolas alexandre antoine julien camille chloe manon lea pauline mathilde carlos jose juan luis miguel
antonio francisco manuel javier fernando alejandro pablo diego sergio jorge pedro carmen isabel lucia elena cristina
patricia ole lars kari ingrid bjorn bjørn sven nils erik hans david daniel robert william james john matthew andrew
joshua anthony christopher nicholas alexander benjamin samuel jonathan justin brandon tyler ryan kevin brian george
harry oliver jack hunter cooper austin taylor jasmine amber brittany danielle crystal tiffany victoria natalie olivia
chelsea arsenal liverpool manchester united barcelona realmadrid madrid juventus bayern dortmund schalke borussia
hamburg werder marseille paris lyon olympique rangers celtic everton tottenham rosenborg brann soccer fussball fußball
futbol fútbol futebol fotball foot hockey basketball tennis golf ranger racing ferrari porsche mercedes audi bmw
volkswagen toyota honda yamaha harley kawasaki corvette mustang camaro dodge chevrolet ford batman spiderman ironman
hulk avengers starwars skywalker vader yoda jedi startrek matrix hobbit gandalf merlin potter hogwarts pokemon pikachu
charizard mario zelda sonic minecraft fortnite roblox callofduty counterstrike warcraft blizzard diablo starcraft
nintendo playstation xbox gamer gaming hacker ninja samurai warrior knight wizard magic mystic phoenix tiger tigger
lion lowe löwe panther jaguar eagle falcon hawk raven wolf wolves bear cat kitty kitten dog doggy puppy hund katze
chien chat perro gato katt pferd horse cheval caballo hest pony dolphin shark turtle rabbit hase bunny mouse maus
souris hamster snake spider butterfly schmetterling papillon mariposa flower flowers blume fleur flor blomst rose
rosebud lily daisy jasmin orchid sunflower cookie cookies chocolate schokolade chocolat banana orange cherry
strawberry erdbeere apfel pomme lemon pepper ginger sugar honey candy sweet sweetie sweetheart baby babygirl babyboy
darling cutie princesa princesse prinzessin prinsesse prince king queen konig könig roi reine rey reina konge hero
legend boss chief captain commander soldier general marine army navy police spring summer autumn winter frühling
fruhling sommer herbst printemps ete été automne hiver primavera verano otoño otono invierno var vår host høst january
february march april may june july august september october november december januar februar märz marz mai juni juli
oktober dezember janvier fevrier février mars avril juin juillet aout août septembre octobre novembre decembre
décembre enero febrero marzo mayo junio julio agosto septiembre octubre noviembre diciembre desember monday tuesday
wednesday thursday friday saturday sunday montag dienstag mittwoch donnerstag freitag samstag sonntag lundi mardi
mercredi jeudi vendredi samedi dimanche lunes martes miercoles miércoles jueves viernes sabado domingo mandag tirsdag
onsdag torsdag fredag lørdag søndag today tomorrow birthday geburtstag anniversaire cumpleanos christmas weihnachten
noel navidad halloween london berlin münchen munchen frankfurt köln koln wien zurich zürich oslo bergen trondheim
stockholm kopenhagen bordeaux toulouse lille sevilla valencia mexico argentina brasil brazil espana españa france
germany deutschland england america canada australia norway norge schweiz austria österreich italia roma milano napoli
texas california newyork chicago boston dallas denver florida hawaii whatever nothing something everything nobody
anything please thanks danke merci gracias takk hola salut bonjour goodbye ciao hejsan music musik musique musica
guitar gitarre guitare piano drums metallica nirvana slipknot eminem beatles elvis madonna shakira rock metal hiphop
dance disco party fiesta money geld argent dinero penger dollar euro million diamond diamant silver gold golden
platinum rainbow sunset sunrise moonlight moon mond lune luna stars stern etoile étoile estrella stella galaxy
universe planet earth ocean sea beach strand playa plage island river mountain berg montagne forest wald thunder
lightning storm fire feuer fuego ice snow schnee neige nieve rain black white red blue green yellow purple pink brown
schwarz weiss rot blau grun grün gelb noir blanc rouge bleu vert jaune negro blanco rojo azul verde amarillo svart
hvit rød blå grønn number one first last lucky happy smile friend friends freund freunde ami amigo amigos venn mother
father mutter vater mama papa mommy daddy mamma pappa madre padre maman sister brother schwester bruder soeur frere
hermana hermano school schule ecole école escuela skole student teacher lehrer college university doctor nurse pilot
driver killer monster devil satan demon ghost zombie vampire dracula crazy stupid idiot fuckyou fuckoff fuck shit
asshole bitch sexy hottie pussy pimp player gangster thug cash qwert asdf asdfgh asdfghjkl zxcv zxcvbn zxcvbnm yxcv
yxcvbnm qazwsx qweasd qweasdzxc wasd abcd abcdef abc123 trustno1 p@ssw0rd hunter2 correcthorse opensesame sesame
abracadabra hocuspocus simsalabim mellon swordfish blink182 ncc1701 thx1138 cowboy cowboys steelers packers yankees
lakers bulls eagles patriots redsox giants broncos raiders dodgers letmeinnow iloveu ilove imissyou kisses hugs buster
bandit bailey buddy rocky rex bella coco milo simba nala charly oscar toby duke shelby maggie molly lucy sadie peanut
pumpkin snoopy garfield mickey minnie donald goofy disney cinderella tinkerbell barbie hellokitty spongebob patrick
scooby simpsons homer bart
";
