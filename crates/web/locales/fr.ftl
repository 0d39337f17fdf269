# Deuxième personne du pluriel. Une phrase dit ce qui s’est passé, puis ce qu’il faut faire.

## Partout
problem-heading = { $n ->
    [one] Il y a un problème
   *[other] Il y a { $n } problèmes
}
problem-prefix = Problème :
footer-secured = Connexion par
dev-see-flow = Voir cette connexion en diagramme
or = ou
show-password = Afficher
hide-password = Masquer
password-shown = Le mot de passe est affiché
password-hidden = Le mot de passe est masqué
optional = facultatif
code-digits = 6 chiffres

## Connexion
sign-in-to = Se connecter à { $app }
sign-in = Se connecter
provider-with = Continuer avec { $name }
provider-last = dernier utilisé
join-title = Vous avez déjà un compte
join-what = { $email } a un compte ici. Connectez-vous-y une fois, et { $name } l’ouvrira aussi par la suite.
join-continue = Continuer
join-another = Créer un autre compte, avec une autre adresse e-mail
join-not-now = Pas maintenant
email = E-mail
continue = Continuer
send-link = M’envoyer un lien
no-account-yet = Première visite ?
create-account = Créer un compte
enter-password = Saisissez votre mot de passe
password = Mot de passe
change = Changer
forgot = Mot de passe oublié ?
send-link-instead = M’envoyer plutôt un lien

## Inscription
sign-up-for = Créer un compte pour { $app }
sign-up = Créer un compte
your-name = Votre nom
new-password = Nouveau mot de passe
password-rule = Au moins { $min } caractères. Plusieurs mots à la suite se retiennent bien et se devinent mal.
have-account = Déjà un compte ?
sign-in-instead = Se connecter

## Codes et liens
confirm-title = Confirmez votre e-mail
confirm-sent = Nous avons envoyé six chiffres à { $email }. Saisissez-les ici, ou ouvrez le lien reçu.
code = Code
confirm = Confirmer
resend = Renvoyer
resend-in = Renvoyer (dans { $n } s)
other-address = Utiliser une autre adresse
nothing-there = Rien reçu ? Regardez aussi dans les indésirables.
link-sent-title = Regardez vos e-mails
link-sent-what = Si { $email } a un compte, un lien est en route. Il sert une fois, pendant { $minutes } minutes.
link-sent-elsewhere = Lien ouvert sur un autre appareil ?
link-sent-code = Il y affiche un code. Saisissez-le ici pour vous connecter sur cet appareil.
link-confirm-sign-in = Se connecter à { $app }
link-confirm-sign-in-plain = Se connecter
link-confirm-email = Confirmez votre e-mail
link-confirm-sign-in-what = Un clic, et vous êtes connecté en tant que { $email }.
link-confirm-email-what = Un clic, et { $email } est confirmé.
link-confirm-sign-in-button = Se connecter
link-confirm-email-button = Confirmer
elsewhere-title = Où voulez-vous vous connecter ?
elsewhere-title-email = Confirmez votre e-mail
elsewhere-asked = Ce lien a été demandé dans un autre navigateur.
elsewhere-who = Compte
elsewhere-app = Application
elsewhere-when = Demandé
elsewhere-browser = Navigateur
elsewhere-place = Lieu
elsewhere-code-title = Dans le premier navigateur
elsewhere-code = Saisissez-y ce code :
elsewhere-here-title = Dans ce navigateur
elsewhere-here-sign-in = Seul ce navigateur sera connecté. L’autre reste comme il est.
elsewhere-here-email = Ceci confirme { $email }. L’autre navigateur continue tout seul.
elsewhere-button-sign-in = Se connecter ici
elsewhere-button-email = Confirmer
elsewhere-not-you = Vous n’avez rien demandé ? Fermez la page. Il ne se passe rien, et personne n’entre. Ne donnez ce code à personne.

## Nouveau mot de passe
forgot-title = Choisissez un nouveau mot de passe
forgot-what = Indiquez votre e-mail, et nous vous envoyons un lien.
send-reset = M’envoyer le lien
back-to-sign-in = Retour à la connexion
forgot-sent-what = Si { $email } a un compte, un lien pour choisir un nouveau mot de passe est en route. Il sert une fois, pendant { $minutes } minutes.
reset-title = Choisissez un nouveau mot de passe
reset-what = Pour { $email }. Tous les appareils seront déconnectés, et seul le nouveau mot de passe servira.
reset-button = Enregistrer le mot de passe
reset-done-title = Votre nouveau mot de passe est en place
reset-done-what = Les autres appareils sont déconnectés. Utilisez désormais le nouveau mot de passe.

## Accord
consent-title = Partager vos informations avec { $app } ?
consent-who = Vous êtes connecté en tant que { $email }.
consent-what = { $app } souhaite
consent-goes = Cela va à { $host }. Vous pouvez revenir là-dessus à tout moment sur la page de votre compte.
allow = Autoriser
deny = Pas maintenant
scope-openid = Vous reconnaître quand vous revenez
scope-profile = Voir votre nom, votre photo et votre langue
scope-email = Voir votre adresse e-mail
scope-address = Voir votre adresse postale
scope-phone = Voir votre numéro de téléphone
scope-offline = Garder l’accès en votre absence
scope-described = { $text }
scope-named = Utiliser « { $name } »
select-title = Qui se connecte ?
select-signed-in = connecté
select-signed-out = déconnecté { $ago }
select-another = Utiliser un autre compte
outsider-title = Vous n’avez pas accès à { $app }
outsider-what = { $email } ne fait pas partie de l’organisation à laquelle { $app } est réservée.
outsider-now = Demandez aux responsables de { $app } de vous ajouter, ou utilisez un autre compte.
outsider-back = Revenir sans se connecter
form-post-title = Un instant
form-post-what = Vous retournez à l’application.

## Connecter un appareil
device-title = Connecter un appareil
device-what = Saisissez le code affiché sur votre appareil.
device-compare = Votre appareil affiche-t-il exactement ce code ? Alors continuez.
device-code = Code
device-code-hint = Huit lettres. En majuscules ou non, avec ou sans tiret.
device-confirm-title = Connecter { $app } ?
device-confirm-who = { $app } sur votre appareil sera connecté en tant que { $email }.
device-confirm-code = Votre appareil affiche ce code
device-program = Programme
device-place-same = Le même réseau que ce navigateur
device-place-other = Un autre réseau que ce navigateur
device-yourself = Est-ce vous qui avez commencé ?
device-yourself-what = Continuez seulement si vous avez l’appareil sous les yeux et qu’il affiche ce code. Si quelqu’un vous a envoyé le code ou le lien, cette personne entrerait à votre place.
device-allow = Oui, connecter
device-deny = Non, ne pas connecter
done-device-allowed = Votre appareil est connecté
done-device-allowed-what = Vous pouvez revenir à votre appareil. Il continue tout seul dans quelques secondes.
done-device-denied = Rien n’a été connecté
done-device-denied-what = L’appareil n’a rien reçu. Vous pouvez fermer cette page.
problem-user-code-missing = Saisissez le code affiché sur votre appareil
problem-user-code-unknown = Aucun appareil n’attend ce code. Comparez les deux, ou recommencez sur l’appareil
notice-type-again = Quelqu’un d’autre était connecté ici quand le code a été saisi. Vérifiez-le, puis continuez en votre nom.
error-device-expired = L’appareil a attendu trop longtemps
error-device-expired-what = Un code n’est valable que quelques minutes.
error-device-expired-now = Recommencez sur votre appareil et saisissez son nouveau code.

## Déconnexion
sign-out-title = Se déconnecter ?
sign-out-what = Vous êtes connecté dans ce navigateur en tant que { $email }.
sign-out = Se déconnecter
stay = Rester connecté
signed-out-title = Vous êtes déconnecté
signed-out-what = Vous pouvez fermer cette page.
done-signed-in = Vous êtes connecté
done-signed-in-hello = Ravi de vous voir, { $name }.
done-email-confirmed = Votre e-mail est confirmé
done-email-confirmed-what = La page où vous avez commencé continue toute seule. Vous pouvez fermer celle-ci.
done-goes-on-elsewhere = C’est fait
done-goes-on-elsewhere-what = Continuez dans la fenêtre où vous avez commencé. Vous pouvez fermer celle-ci.

## Compte
account-nav = Parties de votre compte
account-profile = Profil
account-security = Mot de passe
account-linked = Comptes liés
account-sessions = Appareils
account-apps = Applis
profile-what = Les applications que vous autorisez voient ceci.
profile-name = Nom complet
profile-given = Prénom
profile-family = Nom de famille
profile-nickname = Comment vos amis vous appellent
profile-username = Nom d’utilisateur
profile-locale = Langue
profile-locale-browser = Celle du navigateur
profile-zone = Fuseau horaire
profile-email = E-mail
profile-phone = Téléphone
profile-verified = confirmé
profile-unverified = non confirmé
save = Enregistrer
security-what = Dernier changement : { $ago }.
security-none = Vous n’avez pas encore de mot de passe. Les liens et les autres façons de se connecter restent possibles.
current-password = Mot de passe actuel
security-ends = Les autres appareils sont déconnectés quand vous le changez.
change-password = Changer le mot de passe
set-password = Définir un mot de passe
sessions-what = Navigateurs où vous êtes connecté.
this-device = cet appareil
session-seen = Vu { $ago }
session-since = connecté { $ago }
agent = { $browser } sur { $system }
session-place = depuis { $place }
session-apps = Utilisé pour { $apps }
end = Déconnecter
end-session = Déconnecter { $browser }
end-others = Déconnecter tous les autres appareils
everywhere-title = Un appareil perdu ?
everywhere-what = Vous serez déconnecté de tous les navigateurs, celui-ci compris, et plus aucune application n’aura accès tant que vous ne vous y reconnectez pas.
everywhere = Se déconnecter partout
apps-what = Applications qui voient quelque chose de vous.
apps-none = Aucune application n’a accès à votre compte.
app-since = Accès donné { $ago }
app-used = dernière utilisation { $ago }
remove = Retirer
remove-app = Retirer { $app }
linked-what = Comptes qui vous connectent ici. Chacun ouvre ce compte et aucun autre.
linked-none = Aucun compte d’un autre service n’ouvre encore celui-ci.
linked-since = Lié { $ago }
linked-used = dernière utilisation { $ago }
linked-gone = plus proposé ici
link-with = Lier { $name }
unlink = Délier
unlink-one = Délier { $name } ({ $shown })

## Retours d’un formulaire
problem-email-missing = Saisissez votre adresse e-mail
problem-email-malformed = Cela ne ressemble pas à une adresse e-mail. En voici une : name@example.com
problem-password-missing = Saisissez votre mot de passe
problem-password-wrong = L’e-mail et le mot de passe ne vont pas ensemble. Réessayez, ou demandez un lien
problem-new-password-missing = Saisissez un nouveau mot de passe
problem-password-short = Utilisez au moins { $min } caractères
problem-password-long = Utilisez au plus { $max } caractères
problem-password-common = Beaucoup de gens utilisent ce mot de passe, il est donc essayé en premier. Choisissez-en un autre
problem-password-guessable = Il est fait de votre nom, de votre e-mail ou du nom de l’application, ce qui se devine facilement. Choisissez un autre mot de passe
problem-password-row = Des touches ou des lettres voisines sont vite essayées. Choisissez un autre mot de passe, par exemple plusieurs mots à la suite
problem-password-again = La même chose répétée se devine facilement. Choisissez un autre mot de passe, par exemple plusieurs mots à la suite
problem-password-date = Les dates sont vite essayées, et les vôtres se trouvent. Choisissez un autre mot de passe, par exemple plusieurs mots à la suite
problem-password-breached = Ce mot de passe figure dans des données volées ailleurs, des inconnus peuvent donc le connaître. Choisissez-en un autre, et changez-le partout où vous l’utilisez
problem-current-password = Ce n’est pas votre mot de passe actuel. Réessayez
problem-password-same = C’est le mot de passe que vous avez déjà, rien n’a donc été changé. Choisissez-en un autre
problem-code-missing = Saisissez les six chiffres
problem-code-wrong = { $left ->
    [one] C’est un autre code. Il vous reste un essai
   *[other] C’est un autre code. Il vous reste { $left } essais
}
problem-code-expired = Ce code ne sert plus. Demandez-en un nouveau
problem-field-unusable = Nous ne pouvons pas garder cela tel quel. Raccourcissez, et retirez les signes inhabituels
problem-tries-seconds = { $n ->
    [one] Trop d’essais. Attendez une seconde, puis réessayez
   *[other] Trop d’essais. Attendez { $n } secondes, puis réessayez
}
problem-tries-minutes = Trop d’essais. Attendez { $n } minutes, puis réessayez
problem-resend-seconds = { $n ->
    [one] Un e-mail est en route. Vous pourrez en demander un autre dans une seconde
   *[other] Un e-mail est en route. Vous pourrez en demander un autre dans { $n } secondes
}
problem-resend-minutes = Un e-mail est en route. Vous pourrez en demander un autre dans { $n } minutes
problem-provider-failed = { $name } n’a pas répondu. Réessayez, ou choisissez une autre façon
problem-provider-declined = Vous avez refusé chez { $name }. Choisissez une autre façon, ou réessayez
problem-provider-refused = La réponse de { $name } ne convenait pas. Personne n’a été connecté. Réessayez, ou choisissez une autre façon
problem-provider-off = { $name } n’est plus proposé ici. Choisissez une autre façon
problem-provider-no-email = { $name } ne nous a donné aucune adresse e-mail. Autorisez-la là-bas et réessayez, ou choisissez une autre façon
problem-provider-no-account = Aucun compte ici n’est lié à ce compte chez { $name }. Choisissez une autre façon
problem-link-taken = Ce compte chez { $name } est lié à un autre compte ici
problem-last-way = Sans lui, personne ne pourrait plus entrer dans votre compte. Choisissez d’abord un mot de passe, ou liez un autre compte
problem-form-stale = Cette page est restée ouverte un moment, rien n’a donc été envoyé. Relisez-la et envoyez-la de nouveau
notice-sign-in-again = Confirmez que c’est bien vous, et vous pourrez continuer.
notice-sent-again = Un autre e-mail est en route. Le plus récent compte.
notice-saved = Enregistré.
notice-password-changed = Votre mot de passe est changé. Les autres appareils sont déconnectés.
notice-session-ended = Cet appareil est déconnecté.
notice-others-ended = Tous les autres appareils sont déconnectés.
notice-app-removed = { $name } n’a plus accès.
notice-linked = { $name } ouvre désormais votre compte.
notice-unlinked = Le compte n’est plus lié.
notice-email-confirmed = Votre e-mail est confirmé.
notice-nothing-shared = Rien n’a été partagé.

## La suite
way-app = Retour à { $app }
way-again = Recommencer
way-retry = Réessayer
way-sign-in = Se connecter
way-account = Aller à votre compte
way-devices = Voir vos appareils
way-home = Aller à la page d’accueil

## Quand quelque chose ne va pas
error-wait-seconds = { $n ->
    [one] Attendez une seconde, puis réessayez.
   *[other] Attendez { $n } secondes, puis réessayez.
}
error-wait-minutes = Attendez { $n } minutes, puis réessayez.
error-reference-what = Si vous demandez de l’aide, transmettez ceci :
error-expired-flow = Cette connexion a pris trop de temps
error-expired-flow-what = Pour votre sécurité, une connexion doit se terminer en moins d’une heure.
error-expired-flow-now = Recommencez, cela prend un instant.
error-already-finished = Cette connexion est terminée
error-already-finished-what = Vous êtes revenu à une étape déjà passée.
error-already-finished-now = Il n’y a plus rien à faire ici.
error-other-browser = Cette connexion a commencé dans un autre navigateur
error-other-browser-what = Elle ne peut se terminer que là où elle a commencé.
error-other-browser-now = Retournez-y, ou recommencez dans celui-ci.
error-cookies-off = Votre navigateur ne garde pas de cookies
error-cookies-off-what = Sans cookie, nous ne pouvons pas vous distinguer d’une autre personne qui se connecte.
error-cookies-off-now = Autorisez les cookies pour ce site dans les réglages du navigateur, puis recommencez.
error-unknown-app = Nous ne connaissons pas cette application
error-unknown-app-what = Le lien qui vous a amené ici nomme une application qui n’est pas enregistrée.
error-unknown-app-now = Retournez à l’application et réessayez. Si cela n’aide pas, dites-le à ceux qui s’en occupent.
error-redirect = Cette connexion ne peut pas continuer
error-redirect-what = { $app } veut vous envoyer à une adresse qui n’est pas enregistrée pour elle. Nous ne l’avons pas fait.
error-redirect-now = Retournez d’où vous venez. Si vous faites confiance au site, dites-le à ceux qui s’occupent de { $app }.
error-bad-request = { $app } a demandé quelque chose que nous ne comprenons pas
error-bad-request-what = Le lien venant de { $app } est incomplet ou abîmé.
error-bad-request-now = Retournez à { $app } et réessayez.
error-bad-request-unknown = Ce lien ne marche pas
error-bad-request-unknown-what = Le lien qui vous a amené ici est incomplet ou abîmé.
error-bad-request-unknown-now = Retournez d’où vous venez et réessayez.
error-tries = Trop d’essais
error-tries-what = Cela a été essayé plus souvent que nous ne le permettons, par vous ou par quelqu’un près de vous.
error-tries-now = Attendez un peu, puis réessayez.
error-busy = Beaucoup de monde en ce moment
error-busy-what = Plus de gens se connectent que nous ne pouvons en servir à la fois. Rien n’est perdu.
error-busy-now = Attendez un peu, puis réessayez.
error-not-found = Cette page n’existe pas
error-not-found-what = L’adresse est mal tapée, ou la page a déménagé.
error-not-found-now = Vérifiez l’adresse, ou continuez d’ici.
error-method = Cette page ne s’ouvre pas ainsi
error-method-what = L’adresse existe, mais seulement comme étape d’autre chose.
error-method-now = Continuez d’ici.
error-too-large = C’était trop
error-too-large-what = Ce qui a été envoyé dépasse la taille de tous nos formulaires.
error-too-large-now = Revenez en arrière et envoyez moins.
error-link-used = Ce lien a déjà servi
error-link-used-what = Chaque lien sert une fois, et celui-ci a fait son travail.
error-link-used-now = Si vous n’êtes pas connecté, demandez-en un nouveau.
error-link-expired = Ce lien ne marche pas
error-link-expired-what = Il est trop ancien, ou une partie s’est perdue en chemin.
error-link-expired-now = Demandez-en un nouveau.
error-not-me-link = Ce lien ne marche pas
error-not-me-link-what = « Ce n’était pas moi » sert une fois, pendant 7 jours. Ce lien a déjà servi, est plus ancien ou incomplet.
error-not-me-link-now = Si quelqu’un d’autre est dans votre compte, choisissez un nouveau mot de passe : il déconnecte tous les appareils. Vous pouvez aussi déconnecter un à un ceux que vous ne connaissez pas.
error-form-refused = Nous n’avons pas accepté ce formulaire
error-form-refused-what = Il ne venait pas d’une page donnée à ce navigateur. Rien n’a été changé.
error-form-refused-now = Recommencez. Si vous n’avez rien envoyé, fermez cette page.
error-account-disabled = Ce compte est désactivé
error-account-disabled-what = Les responsables de ce site l’ont désactivé.
error-account-disabled-now = Adressez-vous à eux si vous pensez que c’est une erreur.
error-sign-up-closed = On ne crée pas de compte ici
error-sign-up-closed-what = Les responsables de ce site créent eux-mêmes les comptes.
error-sign-up-closed-now = Demandez-leur un compte. Si vous en avez un, connectez-vous.
error-provider-down = { $name } ne répond pas
error-provider-down-what = Nous n’avons pas pu joindre { $name } et ne savons donc pas qui vous êtes.
error-provider-down-now = Réessayez dans un instant, ou choisissez une autre façon de vous connecter.
error-provider-answer = Cette connexion ne peut pas continuer
error-provider-answer-what = La réponse a déjà servi, est trop ancienne, ou appartient à une connexion dans un autre navigateur.
error-provider-answer-now = Recommencez. Personne n’a été connecté.
error-something = Quelque chose n’a pas marché
error-something-what = La faute est de notre côté, et elle est notée.
error-something-now = Réessayez. Si cela dure, revenez un peu plus tard.

## E-mails
mail-valid = Cela sert une fois, pendant { $minutes } minutes.
mail-asked = Quand et où
mail-or-code = Ou saisissez ce code sur la page où vous avez commencé :
mail-footer = Vous recevez cet e-mail à cause de ce qui s’est passé avec votre compte pour { $app }. Il n’y a rien à résilier.
mail-confirm-subject = { $code } est votre code pour { $app }
mail-confirm-intro = Confirmez que cette adresse est à vous, et votre compte pour { $app } est prêt.
mail-confirm-button = Confirmer mon e-mail
mail-confirm-otherwise = Vous n’avez rien demandé ? Quelqu’un s’est donc trompé d’adresse. Laissez cet e-mail, et il ne se passe rien.
mail-link-subject = Se connecter à { $app }
mail-link-intro = Voici votre lien pour vous connecter à { $app }.
mail-link-button = Se connecter
mail-link-otherwise = Vous n’avez rien demandé ? Laissez le lien, et personne n’entre. Ne le transmettez pas.
mail-reset-subject = Choisissez un nouveau mot de passe pour { $app }
mail-reset-intro = Quelqu’un, sans doute vous, a demandé un nouveau mot de passe pour { $app }.
mail-reset-button = Choisir un nouveau mot de passe
mail-reset-otherwise = Vous n’avez rien demandé ? Laissez le lien, et votre mot de passe reste comme il est.
mail-new-subject = Nouvelle connexion à { $app }
mail-new-intro = Votre compte pour { $app } a été utilisé dans un navigateur que nous ne connaissions pas.
mail-new-intro-known = Quelqu’un s’est connecté à votre compte pour { $app }.
mail-new-button = Ce n’était pas moi
mail-new-otherwise = Si c’était vous, tout va bien. Sinon, appuyez sur le bouton : il déconnecte tout le monde et vous envoie de quoi choisir un nouveau mot de passe. Il sert pendant 7 jours.
mail-changed-subject = Votre mot de passe pour { $app } a été changé
mail-changed-intro = Le mot de passe de votre compte pour { $app } a été changé, et les autres appareils sont déconnectés.
mail-changed-button = Ce n’était pas moi
mail-changed-otherwise = Si c’était vous, tout va bien.
mail-ended-subject = Accès de { $app } fermé par précaution
mail-ended-intro = Une clé de votre compte que { $app } avait déjà utilisée est revenue. Quelqu’un l’a peut-être copiée, nous avons donc fermé l’accès auquel elle appartenait.
mail-ended-button = Voir les applications autorisées
mail-ended-otherwise = Reconnectez-vous à { $app } pour continuer. Si cela vous surprend, cherchez des appareils que vous ne connaissez pas.
mail-exists-subject = Vous avez déjà un compte pour { $app }
mail-exists-intro = Quelqu’un, peut-être vous, a voulu créer un compte pour { $app } avec cette adresse. Elle en a déjà un.
mail-exists-button = Se connecter
mail-exists-otherwise = Si ce n’était pas vous, il ne s’est rien passé et personne n’est entré.
mail-none-subject = Pas de compte pour { $app } à cette adresse
mail-none-intro = Quelqu’un, peut-être vous, a voulu se connecter à { $app } avec cette adresse. Elle n’a pas de compte.
mail-none-button = Créer un compte
mail-none-otherwise = Vous utilisez peut-être une autre adresse pour { $app }. Si ce n’était pas vous, il ne s’est rien passé.
mail-linked-subject = { $name } ouvre maintenant votre compte pour { $app }
mail-linked-intro = Un compte chez { $name } a été lié à votre compte pour { $app }. Désormais, il vous connecte.
mail-linked-button = Voir les comptes liés
mail-linked-otherwise = Si c’était vous, tout va bien. Sinon, déliez-le, mettez fin aux appareils que vous ne connaissez pas et choisissez un nouveau mot de passe.
mail-unlinked-subject = { $name } n’ouvre plus votre compte pour { $app }
mail-unlinked-intro = Un compte chez { $name } n’est plus lié à votre compte pour { $app }.
mail-unlinked-button = Voir les comptes liés
mail-unlinked-otherwise = Si c’était vous, tout va bien. Sinon, mettez fin aux appareils que vous ne connaissez pas et choisissez un nouveau mot de passe.

## Phones and text messages
sms-confirm = { $code } est votre code pour { $app }. Il est valable { $minutes } minutes. Ne le donnez à personne.
phone-title = Votre numéro de téléphone
phone-lede-app = { $app } souhaite un numéro de téléphone confirmé. Nous y envoyons un code.
phone-lede = Nous envoyons un code à ce numéro, pour savoir qu’il est à vous.
phone-label = Numéro de téléphone
phone-hint = Avec l’indicatif du pays, comme +33 6 12 34 56 78
phone-send = Envoyer un code
phone-code-title = Saisissez le code reçu sur votre téléphone
phone-code-lede = Nous avons envoyé six chiffres par SMS au { $number }.
phone-change = Utiliser un autre numéro
notice-text-again = Un autre code est en route. Seul le plus récent compte.
notice-phone-added = Votre numéro de téléphone est confirmé.
notice-phone-chosen = Les applications reçoivent désormais ce numéro.
notice-phone-removed = Le numéro de téléphone est retiré.
problem-mails-minutes = { $n ->
    [one] Assez de messages ont été demandés. Cherchez-les, aussi dans les indésirables. Vous pourrez en demander un autre dans une minute
   *[other] Assez de messages ont été demandés. Cherchez-les, aussi dans les indésirables. Vous pourrez en demander un autre dans { $n } minutes
}
problem-mails-hours = Assez de messages ont été demandés. Cherchez-les, aussi dans les indésirables. Vous pourrez en demander un autre dans { $n } heures
problem-texts-minutes = { $n ->
    [one] Assez de codes ont été demandés. Vous pourrez en demander un autre dans une minute
   *[other] Assez de codes ont été demandés. Vous pourrez en demander un autre dans { $n } minutes
}
problem-texts-hours = Assez de codes ont été demandés. Vous pourrez en demander un autre dans { $n } heures
problem-phone-missing = Saisissez votre numéro de téléphone
problem-phone-country = Commencez par + et l’indicatif du pays, comme +33
problem-phone-malformed = Ce n’est pas un numéro de téléphone. Saisissez-le comme +33 6 12 34 56 78
problem-phone-elsewhere = Nous ne pouvons pas envoyer de SMS dans ce pays. Utilisez un autre numéro
problem-phone-there = Ce numéro est déjà confirmé
problem-phones-full = Vous pouvez avoir { $max } numéros de téléphone au plus. Retirez-en un d’abord
account-phones = Téléphones
phones-what = Un téléphone n’ouvre pas votre compte. Les applications autorisées à voir votre numéro reçoivent l’un de ceux-ci.
phones-none = Vous n’avez pas encore de numéro de téléphone ici.
phones-declared = Les applications reçoivent { $number }, que les responsables de ce site ont saisi. Un numéro que vous confirmez ici le remplace.
phones-main = Donné aux applications
phones-since = Confirmé
phones-choose = Donner celui-ci
phones-remove = Retirer
phones-add = Ajouter un téléphone
mail-phone-added-subject = Un téléphone a été ajouté à votre compte pour { $app }
mail-phone-added-intro = Un numéro de téléphone a été confirmé et ajouté à votre compte pour { $app }.
mail-phone-removed-subject = Un téléphone a été retiré de votre compte pour { $app }
mail-phone-removed-intro = Un numéro de téléphone a été retiré de votre compte pour { $app }.
mail-phone-chosen-subject = Les applications reçoivent un autre de vos numéros
mail-phone-chosen-intro = Les applications de votre compte pour { $app } autorisées à voir votre numéro de téléphone en reçoivent désormais un autre.
mail-phone-button = Voir vos téléphones
mail-phone-otherwise = Si c’était vous, tout va bien. Sinon, déconnectez les appareils que vous ne connaissez pas et choisissez un nouveau mot de passe.

## Temps
ago-now = à l’instant
ago-minutes = { $n ->
    [one] il y a 1 minute
   *[other] il y a { $n } minutes
}
ago-hours = { $n ->
    [one] il y a 1 heure
   *[other] il y a { $n } heures
}
ago-yesterday = hier
ago-days = { $n ->
    [one] il y a 1 jour
   *[other] il y a { $n } jours
}
date-day = { $day } { $month } { $year }
date-time = { $date }, { $time } UTC
month-1 = janvier
month-2 = février
month-3 = mars
month-4 = avril
month-5 = mai
month-6 = juin
month-7 = juillet
month-8 = août
month-9 = septembre
month-10 = octobre
month-11 = novembre
month-12 = décembre

## The account: profile
profile-middle = Autre prénom
profile-about = À propos de vous
profile-gender = Genre
profile-birthdate = Date de naissance
profile-birthdate-hint = Année, mois, jour : 1990-04-30. L’année seule suffit.
profile-website = Site web
profile-page = Page à votre sujet
profile-picture = Photo
profile-language-time = Langue et heure
profile-address = Adresse postale
profile-street = Rue et numéro
profile-postal = Code postal
profile-locality = Ville
profile-region = Région
profile-country = Pays
problem-claim-long = Utilisez au plus { $max } caractères
problem-claim-missing = L’application en a besoin. Remplissez ce champ
problem-claim-https = Saisissez une adresse qui commence par https://, comme https://example.com/anna
problem-claim-date = Saisissez la date sous la forme année, mois, jour, comme 1990-04-30, ou l’année seule
problem-claim-future = Ce jour n’est pas encore venu. Saisissez votre date de naissance, comme 1990-04-30, ou l’année seule
problem-claim-language = Choisissez une langue dans la liste
problem-claim-zone = Saisissez un fuseau horaire par région et ville, comme Europe/Paris
## Ce n’était pas moi
not-me-title = Ce n’était pas vous ?
not-me-what = Quelqu’un s’est connecté à votre compte.
not-me-when = Quand
not-me-does = Le bouton déconnecte tous les appareils, les vôtres aussi. L’ancien mot de passe ne sert plus, et un lien pour en choisir un nouveau part à { $email }.
not-me-button = Ce n’était pas moi
not-me-was = C’était vous ? Fermez la page. Il ne se passe rien.
not-me-done-title = Tout le monde est déconnecté
not-me-done-what = L’ancien mot de passe ne sert plus. Un lien pour en choisir un nouveau est en route vers { $email }. Il sert une fois, pendant { $minutes } minutes.
way-reset = Envoyer un autre lien

## The account: e-mail addresses
account-emails = E-mail
emails-what = Chaque adresse confirmée permet de vous connecter. Les applications autorisées voient l’adresse principale, et nos e-mails y sont envoyés.
email-primary = adresse principale
email-make-primary = En faire la principale
email-make-primary-one = En faire la principale: { $email }
email-remove-one = Retirer { $email }
email-confirm-one = Confirmer { $email }
email-sent = Nous avons envoyé six chiffres à { $email }. Saisissez-les ici.
email-add-title = Ajouter une adresse
email-add-hint = Nous y envoyons six chiffres, pour vérifier que vous lisez ces e-mails.
email-add = Envoyer le code
fresh-what = Pour changer quelque chose ici, confirmez d’abord que c’est bien vous.
fresh-button = Confirmer que c’est moi
problem-address-yours = Cette adresse est déjà sur votre compte
problem-address-many = Vous avez autant d’adresses que nous en gardons. Retirez-en une d’abord
problem-address-taken = Cette adresse appartient à un autre compte. Connectez-vous à celui-là pour l’y retirer
problem-address-unproved = Confirmez d’abord l’adresse
problem-address-primary = C’est votre adresse principale. Choisissez-en d’abord une autre, puis retirez-la
problem-address-last = C’est votre seule adresse confirmée, et il vous en faut une pour revenir. Ajoutez-en d’abord une autre
notice-email-sent = Six chiffres sont en route.
notice-email-added = L’adresse est sur votre compte.
notice-email-primary = C’est désormais votre adresse principale.
notice-email-removed = L’adresse est retirée.
mail-code = Saisissez ce code sur la page où vous avez commencé :
mail-add-subject = { $code } est votre code pour { $app }
mail-add-intro = Quelqu’un, sans doute vous, veut ajouter cette adresse à un compte pour { $app }.
mail-add-otherwise = Vous n’avez rien demandé ? Ne donnez ce code à personne. Laissez cet e-mail, et rien ne se passe.
mail-elsewhere-subject = Cette adresse est déjà sur votre compte pour { $app }
mail-elsewhere-intro = Quelqu’un, peut-être vous, a voulu ajouter cette adresse à un autre compte pour { $app }. Elle est sur le vôtre et y reste.
mail-elsewhere-button = Se connecter
mail-elsewhere-otherwise = Si ce n’était pas vous, rien ne s’est passé et personne n’est entré. Pour déplacer l’adresse, retirez-la d’abord de votre compte.
mail-added-subject = Une adresse a été ajoutée à votre compte pour { $app }
mail-added-intro = { $address } est maintenant sur votre compte pour { $app } et permet de vous connecter.
mail-primary-subject = Votre compte pour { $app } a une autre adresse principale
mail-primary-intro = { $address } est désormais l’adresse principale de votre compte pour { $app }. Les applications la voient, et nos e-mails y sont envoyés.
mail-removed-subject = Une adresse a été retirée de votre compte pour { $app }
mail-removed-intro = { $address } n’est plus sur votre compte pour { $app }.
mail-address-button = Voir vos adresses
mail-address-otherwise = Si c’était vous, tout va bien. Sinon, choisissez tout de suite un nouveau mot de passe et vérifiez vos adresses.

# The look: what an app says of itself
app-policy = Confidentialité chez { $app }
app-terms = Conditions d’utilisation de { $app }

## The account: activity
account-activity = Activité
activity-what = Ce qui s’est passé sur votre compte, le plus récent d’abord.
activity-none = Rien de plus.
activity-older = Plus ancien
activity-newest = Plus récent
activity-created = Votre compte a été créé
activity-updated = Profil modifié
activity-updated-operator = Les responsables du site ont modifié votre profil
activity-disabled = Votre compte a été désactivé par les responsables du site
activity-enabled = Votre compte a été réactivé
activity-deleted = Votre compte a été supprimé
activity-leaving = Vous avez demandé la suppression de votre compte
activity-kept = Vous avez gardé votre compte
activity-exported = Vous avez téléchargé vos données
activity-email-verified = Adresse e-mail confirmée
activity-email-added = { $address } ajoutée
activity-email-primary = { $address } est devenue l’adresse principale
activity-email-removed = { $address } retirée
activity-password = Mot de passe modifié
activity-linked = { $name } associé
activity-unlinked = { $name } dissocié
activity-merged = Un autre de vos comptes a été réuni avec celui-ci
activity-signed-in-somewhere = Connexion
activity-signed-in = { $network ->
    [none] Connexion avec { $browser }
   *[other] Connexion avec { $browser }, depuis le réseau { $network }
}
activity-signed-in-to = { $network ->
    [none] Connexion à { $app } avec { $browser }
   *[other] Connexion à { $app } avec { $browser }, depuis le réseau { $network }
}
activity-renewed = { $network ->
    [none] Vous avez confirmé que c’était vous, avec { $browser }
   *[other] Vous avez confirmé que c’était vous, avec { $browser }, depuis le réseau { $network }
}
activity-signed-out = Déconnexion
activity-ended-one = Vous avez déconnecté un appareil
activity-ended-all = Vous vous êtes déconnecté partout
activity-ended-idle = Un appareil a été déconnecté, faute d’utilisation
activity-ended-operator = Les responsables du site ont déconnecté un appareil
activity-ended-safe = Des appareils ont été déconnectés, par sécurité
activity-app-told = { $app } a été informée de votre déconnexion
activity-refused = Une connexion à votre compte a été refusée
activity-granted = { $app } a reçu un accès
activity-grant-ended = { $app } a rendu son accès
activity-reused = Une clé déjà utilisée de { $app } est revenue, son accès a donc pris fin
activity-device-denied = Vous n’avez pas laissé un appareil entrer dans { $app }
activity-allowed = Vous avez permis à { $app } de
activity-withdrawn = Vous avez retiré l’accès de { $app }
activity-mail = { $address ->
    [none] Nous vous avons envoyé un e-mail
   *[other] Nous avons envoyé un e-mail à { $address }
}
activity-member = Vous êtes devenu membre de { $name }
activity-member-gone = Vous n’êtes plus membre de { $name }

## The account: your data
account-data = Vos données
data-export-title = Emportez vos données
data-export-what = Tout ce que nous savons de vous, dans un fichier lisible par des programmes (JSON). Les mots de passe n’y sont pas.
data-export = Télécharger
data-leave-title = Supprimer votre compte
data-leave-what = { $days ->
    [0] Vous êtes déconnecté partout, et tout est supprimé aussitôt, sans retour possible.
    [one] Vous êtes déconnecté partout aussitôt. Pendant un jour, vous pouvez encore garder le compte en vous connectant ; ensuite, tout est supprimé pour de bon.
   *[other] Vous êtes déconnecté partout aussitôt. Pendant { $days } jours, vous pouvez encore garder le compte en vous connectant ; ensuite, tout est supprimé pour de bon.
}
data-leave-sure = Pour continuer, saisissez { $email }
data-leave = Supprimer mon compte
problem-not-sure = Saisissez votre adresse e-mail principale, pour que personne ne supprime un compte par erreur
notice-kept = Votre compte est gardé.
notice-once-more = Vous pouvez continuer. Ce que vous aviez saisi n’a pas été repris et rien n’est encore changé : recommencez.

## An account on its way out
keep-title = Garder votre compte ?
keep-what = Vous avez demandé la suppression du compte de { $email }. Elle sera définitive le { $date }.
keep-button = Garder mon compte
keep-not = Laisser la suppression suivre son cours
mail-leaving-subject = Votre compte pour { $app } va être supprimé
mail-leaving-intro = Vous avez demandé la suppression de votre compte pour { $app }. Plus aucun appareil n’est connecté, et le { $date } tout sera supprimé pour de bon.
mail-leaving-button = Garder mon compte
mail-leaving-otherwise = Vous avez changé d’avis, ou ce n’était pas vous ? Connectez-vous avant cette date et choisissez de garder le compte. Si ce n’était pas vous, choisissez aussi un nouveau mot de passe.
mail-kept-subject = Votre compte pour { $app } est gardé
mail-kept-intro = Quelqu’un s’est connecté à votre compte pour { $app } et a choisi de le garder. Rien n’est supprimé.
mail-kept-button = Voir votre compte
mail-kept-otherwise = Si c’était vous, tout va bien. Sinon, choisissez un nouveau mot de passe.

## The account: activity, done by others
activity-exported-operator = Les responsables du site ont fait une copie de vos données

## The account: activity, phones
activity-sms = Nous vous avons envoyé un SMS
activity-phone-added = Numéro de téléphone confirmé
activity-phone-chosen = Un autre numéro est devenu le principal
activity-phone-removed = Numéro de téléphone retiré

## The account: apps that govern it
scope-account = Voir et modifier tout votre compte, et le supprimer

## New from a provider, and leaving
about-title = À propos de vous
about-lede-app = { $app } demande cela à toutes les nouvelles personnes. Vous pourrez le modifier plus tard dans votre compte.
about-lede = C’est demandé à toutes les nouvelles personnes. Vous pourrez le modifier plus tard dans votre compte.
leaving-title = Votre compte va être supprimé
leaving-what = Plus aucun appareil n’est connecté. Le { $date }, tout ce que contient le compte de { $email } sera supprimé définitivement.
leaving-stop = Vous changez d’avis ? Connectez-vous avant cette date et choisissez de garder le compte.
leaving-gone-title = Votre compte est supprimé
