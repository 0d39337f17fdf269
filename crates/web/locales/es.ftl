# Segunda persona, de tú. Una frase dice qué ha pasado y luego qué hacer.

## En todas partes
problem-heading = { $n ->
    [one] Hay un problema
   *[other] Hay { $n } problemas
}
problem-prefix = Problema:
footer-secured = Acceso con
dev-see-flow = Ver este acceso como diagrama
or = o
show-password = Mostrar
hide-password = Ocultar
password-shown = La contraseña está a la vista
password-hidden = La contraseña está oculta
optional = opcional
code-digits = 6 cifras

## Entrar
sign-in-to = Entrar en { $app }
sign-in = Entrar
provider-with = Continuar con { $name }
provider-last = último usado
join-title = Ya tienes una cuenta
join-what = { $email } tiene una cuenta aquí. Entra en ella una vez, y desde entonces { $name } también la abre.
join-continue = Continuar
join-another = Crear otra cuenta, con otra dirección de correo
join-not-now = Ahora no
email = Correo electrónico
continue = Continuar
send-link = Enviarme un enlace
no-account-yet = ¿Primera vez aquí?
create-account = Crear una cuenta
enter-password = Escribe tu contraseña
password = Contraseña
change = Cambiar
forgot = ¿Has olvidado la contraseña?
send-link-instead = Mejor enviarme un enlace

## Crear cuenta
sign-up-for = Crear una cuenta para { $app }
sign-up = Crear una cuenta
your-name = Tu nombre
new-password = Nueva contraseña
password-rule = Al menos { $min } caracteres. Varias palabras seguidas se recuerdan bien y son difíciles de adivinar.
have-account = ¿Ya tienes cuenta?
sign-in-instead = Entrar

## Códigos y enlaces
confirm-title = Confirma tu correo
confirm-sent = Hemos enviado seis cifras a { $email }. Escríbelas aquí, o abre el enlace del correo.
code = Código
confirm = Confirmar
resend = Enviar otra vez
resend-in = Enviar otra vez (en { $n } s)
other-address = Usar otra dirección
nothing-there = ¿No llega? Mira también en el correo no deseado.
link-sent-title = Mira tu correo
link-sent-what = Si { $email } tiene una cuenta, hay un enlace en camino. Sirve una vez, durante { $minutes } minutos.
link-sent-elsewhere = ¿Has abierto el enlace en otro dispositivo?
link-sent-code = Allí se ve un código. Escríbelo aquí para entrar en este dispositivo.
link-confirm-sign-in = Entrar en { $app }
link-confirm-sign-in-plain = Entrar
link-confirm-email = Confirma tu correo
link-confirm-sign-in-what = Un clic, y entras como { $email }.
link-confirm-email-what = Un clic, y { $email } queda confirmado.
link-confirm-sign-in-button = Entrar
link-confirm-email-button = Confirmar
elsewhere-title = ¿Dónde quieres entrar?
elsewhere-title-email = Confirma tu correo
elsewhere-asked = Este enlace se pidió en otro navegador.
elsewhere-who = Cuenta
elsewhere-app = Aplicación
elsewhere-when = Pedido
elsewhere-browser = Navegador
elsewhere-place = Lugar
elsewhere-code-title = En el primer navegador
elsewhere-code = Escribe allí este código:
elsewhere-here-title = En este navegador
elsewhere-here-sign-in = Solo se entra en este navegador. El otro se queda como está.
elsewhere-here-email = Esto confirma { $email }. El otro navegador sigue solo.
elsewhere-button-sign-in = Entrar aquí
elsewhere-button-email = Confirmar
elsewhere-not-you = ¿No lo has pedido tú? Cierra la página. No pasa nada, y nadie entra. No des el código a nadie.

## Nueva contraseña
forgot-title = Elige una contraseña nueva
forgot-what = Dinos tu correo y te enviamos un enlace.
send-reset = Enviarme el enlace
back-to-sign-in = Volver a la entrada
forgot-sent-what = Si { $email } tiene una cuenta, hay en camino un enlace para elegir una contraseña nueva. Sirve una vez, durante { $minutes } minutos.
reset-title = Elige una contraseña nueva
reset-what = Para { $email }. Se cerrará la sesión en todos los dispositivos, y solo servirá la contraseña nueva.
reset-button = Guardar la contraseña
reset-done-title = Tu contraseña nueva ya sirve
reset-done-what = Se ha cerrado la sesión en los demás dispositivos. Usa desde ahora la contraseña nueva.

## Permiso
consent-title = ¿Compartir tus datos con { $app }?
consent-who = Has entrado como { $email }.
consent-what = { $app } quiere
consent-goes = Va a { $host }. Puedes retirarlo cuando quieras en la página de tu cuenta.
allow = Permitir
deny = Ahora no
scope-openid = Reconocerte cuando vuelvas
scope-profile = Ver tu nombre, tu foto y tu idioma
scope-email = Ver tu dirección de correo
scope-address = Ver tu dirección postal
scope-phone = Ver tu número de teléfono
scope-offline = Conservar el acceso mientras no estás
scope-described = { $text }
scope-named = Usar «{ $name }»
select-title = ¿Quién entra?
select-signed-in = dentro
select-signed-out = fuera: { $ago }
select-another = Usar otra cuenta
outsider-title = No tienes acceso a { $app }
outsider-what = { $email } no pertenece a la organización para la que es { $app }.
outsider-now = Pide a quienes gestionan { $app } que te añadan, o usa otra cuenta.
outsider-back = Volver sin iniciar sesión
form-post-title = Un momento
form-post-what = Vas de vuelta a la aplicación.

## Conectar un dispositivo
device-title = Conectar un dispositivo
device-what = Escribe el código que muestra tu dispositivo.
device-compare = ¿Tu dispositivo muestra exactamente este código? Entonces sigue.
device-code = Código
device-code-hint = Ocho letras. En mayúsculas o no, con o sin guion.
device-confirm-title = ¿Conectar { $app }?
device-confirm-who = { $app } en tu dispositivo iniciará sesión como { $email }.
device-confirm-code = Tu dispositivo muestra este código
device-program = Programa
device-place-same = La misma red que este navegador
device-place-other = Otra red que la de este navegador
device-yourself = ¿Lo has empezado tú?
device-yourself-what = Sigue solo si tienes el dispositivo delante y muestra este código. Si alguien te ha enviado el código o el enlace, esa persona entraría en tu lugar.
device-allow = Sí, conectar
device-deny = No, no conectar
done-device-allowed = Tu dispositivo está conectado
done-device-allowed-what = Puedes volver a tu dispositivo. Sigue solo en unos segundos.
done-device-denied = No se ha conectado nada
done-device-denied-what = El dispositivo no ha recibido nada. Puedes cerrar esta página.
problem-user-code-missing = Escribe el código que muestra tu dispositivo
problem-user-code-unknown = Ningún dispositivo espera ese código. Compara los dos, o empieza de nuevo en el dispositivo
notice-type-again = Había otra persona conectada aquí cuando se escribió el código. Compruébalo y sigue con tu cuenta.
error-device-expired = El dispositivo ha esperado demasiado
error-device-expired-what = Un código vale solo unos minutos.
error-device-expired-now = Empieza de nuevo en tu dispositivo y escribe el código nuevo.

## Salir
sign-out-title = ¿Salir?
sign-out-what = En este navegador has entrado como { $email }.
sign-out = Salir
stay = Seguir dentro
signed-out-title = Has salido
signed-out-what = Puedes cerrar esta página.
done-signed-in = Ya estás dentro
done-signed-in-hello = Qué bien verte, { $name }.
done-email-confirmed = Tu correo está confirmado
done-email-confirmed-what = La página donde empezaste sigue sola. Puedes cerrar esta.
done-goes-on-elsewhere = Aquí está todo hecho
done-goes-on-elsewhere-what = Sigue en la ventana donde empezaste. Puedes cerrar esta.

## Cuenta
account-nav = Partes de tu cuenta
account-profile = Perfil
account-security = Contraseña
account-linked = Cuentas vinculadas
account-sessions = Dispositivos
account-apps = Apps
profile-what = Esto lo ven las aplicaciones a las que das permiso.
profile-name = Nombre completo
profile-given = Nombre
profile-family = Apellidos
profile-nickname = Cómo te llaman tus amigos
profile-username = Nombre de usuario
profile-locale = Idioma
profile-locale-browser = El del navegador
profile-zone = Zona horaria
profile-email = Correo
profile-phone = Teléfono
profile-verified = confirmado
profile-unverified = sin confirmar
save = Guardar
security-what = Último cambio: { $ago }.
security-none = Aún no tienes contraseña. Los enlaces y las demás formas de entrar siguen sirviendo.
current-password = Contraseña actual
security-ends = Al cambiarla se cierra la sesión en los demás dispositivos.
change-password = Cambiar la contraseña
set-password = Poner una contraseña
sessions-what = Navegadores en los que has entrado.
this-device = este dispositivo
session-seen = Última vez: { $ago }
session-since = dentro desde: { $ago }
agent = { $browser } en { $system }
session-place = desde { $place }
session-apps = Usado para { $apps }
end = Cerrar
end-session = Cerrar { $browser }
end-others = Cerrar todos los demás dispositivos
everywhere-title = ¿Has perdido un dispositivo?
everywhere-what = Se cierra tu sesión en todos los navegadores, también en este, y ninguna aplicación tiene acceso hasta que vuelvas a entrar en ella.
everywhere = Salir en todas partes
apps-what = Aplicaciones que pueden ver algo de ti.
apps-none = Ninguna aplicación tiene acceso a tu cuenta.
app-since = Acceso dado: { $ago }
app-used = último uso: { $ago }
remove = Quitar
remove-app = Quitar { $app }
linked-what = Cuentas con las que entras aquí. Cada una abre esta cuenta y ninguna otra.
linked-none = Ninguna cuenta de otro servicio abre esta todavía.
linked-since = Vinculada { $ago }
linked-used = último uso: { $ago }
linked-gone = ya no se ofrece aquí
link-with = Vincular { $name }
unlink = Desvincular
unlink-one = Desvincular { $name } ({ $shown })

## Lo que vuelve de un formulario
problem-email-missing = Escribe tu dirección de correo
problem-email-malformed = Eso no parece una dirección de correo. Una es así: name@example.com
problem-password-missing = Escribe tu contraseña
problem-password-wrong = El correo y la contraseña no van juntos. Prueba otra vez, o pide un enlace
problem-new-password-missing = Escribe una contraseña nueva
problem-password-short = Usa al menos { $min } caracteres
problem-password-long = Usa como mucho { $max } caracteres
problem-password-common = Mucha gente usa esa contraseña, así que se prueba la primera. Elige otra
problem-password-guessable = Está hecha de tu nombre, tu correo o el nombre de la aplicación, y se adivina fácilmente. Elige otra contraseña
problem-password-row = Las teclas o letras vecinas se prueban pronto. Elige otra contraseña, por ejemplo varias palabras seguidas
problem-password-again = Lo mismo una y otra vez se adivina fácilmente. Elige otra contraseña, por ejemplo varias palabras seguidas
problem-password-date = Las fechas se prueban pronto, y las tuyas se pueden averiguar. Elige otra contraseña, por ejemplo varias palabras seguidas
problem-password-breached = Esta contraseña está en datos robados en otro sitio, así que puede haber extraños que la conozcan. Elige otra, y cámbiala donde más la uses
problem-current-password = Esa no es tu contraseña actual. Prueba otra vez
problem-password-same = Esa es la contraseña que ya tienes, así que no ha cambiado nada. Elige otra
problem-code-missing = Escribe las seis cifras
problem-code-wrong = { $left ->
    [one] Ese es otro código. Te queda un intento
   *[other] Ese es otro código. Te quedan { $left } intentos
}
problem-code-expired = Ese código ya no sirve. Pide uno nuevo
problem-field-unusable = No podemos guardar esto tal cual. Acórtalo y quita los signos poco comunes
problem-tries-seconds = { $n ->
    [one] Demasiados intentos. Espera un segundo y prueba otra vez
   *[other] Demasiados intentos. Espera { $n } segundos y prueba otra vez
}
problem-tries-minutes = Demasiados intentos. Espera { $n } minutos y prueba otra vez
problem-resend-seconds = { $n ->
    [one] Hay un correo en camino. Puedes pedir otro en un segundo
   *[other] Hay un correo en camino. Puedes pedir otro en { $n } segundos
}
problem-resend-minutes = Hay un correo en camino. Puedes pedir otro en { $n } minutos
problem-provider-failed = { $name } no ha respondido. Prueba otra vez, o elige otra forma
problem-provider-declined = Has dicho que no en { $name }. Elige otra forma, o prueba otra vez
problem-provider-refused = La respuesta de { $name } no encajaba. Nadie ha entrado. Prueba otra vez, o elige otra forma
problem-provider-off = { $name } ya no se ofrece aquí. Elige otra forma
problem-provider-no-email = { $name } no nos ha dado ninguna dirección de correo. Permítelo allí y prueba otra vez, o elige otra forma
problem-provider-no-account = Ninguna cuenta de aquí está vinculada a esa cuenta en { $name }. Elige otra forma
problem-link-taken = Esa cuenta en { $name } está vinculada a otra cuenta de aquí
problem-last-way = Sin ella nadie podría entrar en tu cuenta. Elige primero una contraseña, o vincula otra cuenta
problem-form-stale = Esta página llevaba un rato abierta, así que no se ha enviado nada. Revísala y envíala otra vez
notice-sign-in-again = Confirma que eres tú y podrás seguir.
notice-sent-again = Hay otro correo en camino. Vale el más nuevo.
notice-saved = Guardado.
notice-password-changed = Tu contraseña está cambiada. Se ha cerrado la sesión en los demás dispositivos.
notice-session-ended = La sesión de ese dispositivo está cerrada.
notice-others-ended = La sesión de los demás dispositivos está cerrada.
notice-app-removed = { $name } ya no tiene acceso.
notice-linked = { $name } abre tu cuenta desde ahora.
notice-unlinked = La cuenta ya no está vinculada.
notice-email-confirmed = Tu correo está confirmado.
notice-nothing-shared = No se ha compartido nada.

## Por dónde seguir
way-app = Volver a { $app }
way-again = Empezar de nuevo
way-retry = Probar otra vez
way-sign-in = Entrar
way-account = Ir a tu cuenta
way-devices = Ver tus dispositivos
way-home = Ir a la página de inicio

## Cuando algo va mal
error-wait-seconds = { $n ->
    [one] Espera un segundo y prueba otra vez.
   *[other] Espera { $n } segundos y prueba otra vez.
}
error-wait-minutes = Espera { $n } minutos y prueba otra vez.
error-reference-what = Si pides ayuda, pasa esto:
error-expired-flow = Este acceso ha tardado demasiado
error-expired-flow-what = Por tu seguridad, hay que terminar de entrar en menos de una hora.
error-expired-flow-now = Empieza de nuevo, es un momento.
error-already-finished = Este acceso ya está terminado
error-already-finished-what = Has vuelto a un paso que ya pasó.
error-already-finished-now = Aquí no queda nada que hacer.
error-other-browser = Este acceso empezó en otro navegador
error-other-browser-what = Solo se puede terminar donde empezó.
error-other-browser-now = Vuelve allí, o empieza de nuevo en este.
error-cookies-off = Tu navegador no guarda cookies
error-cookies-off-what = Sin una, no podemos distinguirte de otra persona que está entrando.
error-cookies-off-now = Permite las cookies de este sitio en los ajustes del navegador y empieza de nuevo.
error-unknown-app = No conocemos esta aplicación
error-unknown-app-what = El enlace que te trajo aquí nombra una aplicación que no está registrada.
error-unknown-app-now = Vuelve a la aplicación y prueba otra vez. Si no ayuda, díselo a quienes la llevan.
error-redirect = Este acceso no puede seguir
error-redirect-what = { $app } quiere enviarte a una dirección que no está registrada para ella, así que no lo hemos hecho.
error-redirect-now = Vuelve al sitio del que venías. Si te fías de él, díselo a quienes llevan { $app }.
error-bad-request = { $app } ha pedido algo que no entendemos
error-bad-request-what = El enlace de { $app } está incompleto o dañado.
error-bad-request-now = Vuelve a { $app } y prueba otra vez.
error-bad-request-unknown = Ese enlace no funciona
error-bad-request-unknown-what = El enlace que te trajo aquí está incompleto o dañado.
error-bad-request-unknown-now = Vuelve al sitio del que venías y prueba otra vez.
error-tries = Demasiados intentos
error-tries-what = Esto se ha intentado más veces de las que permitimos, tú o alguien cerca de ti.
error-tries-now = Espera un poco y prueba otra vez.
error-busy = Hay mucha gente ahora
error-busy-what = Entra más gente de la que podemos atender a la vez. No se ha perdido nada.
error-busy-now = Espera un poco y prueba otra vez.
error-not-found = Esa página no existe
error-not-found-what = La dirección está mal escrita, o la página se ha mudado.
error-not-found-now = Mira la dirección, o sigue desde aquí.
error-method = Esta página no se abre así
error-method-what = La dirección existe, pero solo como paso de otra cosa.
error-method-now = Sigue desde aquí.
error-too-large = Eso era demasiado
error-too-large-what = Lo que se envió es mayor que cualquier formulario de aquí.
error-too-large-now = Vuelve atrás y envía menos.
error-link-used = Este enlace ya se ha usado
error-link-used-what = Cada enlace sirve una vez, y este ya hizo su trabajo.
error-link-used-now = Si no has entrado, pide uno nuevo.
error-link-expired = Este enlace no funciona
error-link-expired-what = Es demasiado viejo, o se perdió una parte por el camino.
error-link-expired-now = Pide uno nuevo.
error-not-me-link = Este enlace no funciona
error-not-me-link-what = «No he sido yo» sirve una vez, durante 7 días. Este enlace ya se usó, es más antiguo o está incompleto.
error-not-me-link-now = Si hay otra persona en tu cuenta, elige una contraseña nueva: cierra la sesión en todos los dispositivos. También puedes cerrar uno a uno los que no conozcas.
error-form-refused = No hemos aceptado ese formulario
error-form-refused-what = No venía de una página que diéramos a este navegador. No se ha cambiado nada.
error-form-refused-now = Empieza de nuevo. Si no has enviado nada, cierra esta página.
error-account-disabled = Esta cuenta está desactivada
error-account-disabled-what = Quienes llevan este sitio la han desactivado.
error-account-disabled-now = Habla con ellos si crees que es un error.
error-sign-up-closed = Aquí no se crean cuentas
error-sign-up-closed-what = Quienes llevan este sitio crean las cuentas.
error-sign-up-closed-now = Pídeles una. Si ya tienes cuenta, entra con ella.
error-provider-down = { $name } no responde
error-provider-down-what = No hemos podido llegar a { $name }, así que no sabemos quién eres.
error-provider-down-now = Prueba en un momento, o elige otra forma de entrar.
error-provider-answer = Esta entrada no puede seguir
error-provider-answer-what = La respuesta ya se usó, es demasiado antigua, o pertenece a una entrada en otro navegador.
error-provider-answer-now = Empieza otra vez. Nadie ha entrado.
error-something = Algo ha ido mal
error-something-what = El fallo es nuestro, y está anotado.
error-something-now = Prueba otra vez. Si sigue igual, vuelve un poco más tarde.

## Correos
mail-valid = Sirve una vez, durante { $minutes } minutos.
mail-asked = Cuándo y dónde
mail-or-code = O escribe este código en la página donde empezaste:
mail-footer = Recibes este correo por algo que pasó con tu cuenta para { $app }. No hay nada que cancelar.
mail-confirm-subject = { $code } es tu código para { $app }
mail-confirm-intro = Confirma que esta dirección es tuya, y tu cuenta para { $app } queda lista.
mail-confirm-button = Confirmar mi correo
mail-confirm-otherwise = ¿No lo has pedido tú? Entonces alguien escribió mal su dirección. Deja este correo y no pasa nada.
mail-link-subject = Entrar en { $app }
mail-link-intro = Este es tu enlace para entrar en { $app }.
mail-link-button = Entrar
mail-link-otherwise = ¿No lo has pedido tú? Deja el enlace y nadie entra. No se lo pases a nadie.
mail-reset-subject = Elige una contraseña nueva para { $app }
mail-reset-intro = Alguien, seguramente tú, ha pedido una contraseña nueva para { $app }.
mail-reset-button = Elegir una contraseña nueva
mail-reset-otherwise = ¿No lo has pedido tú? Deja el enlace y tu contraseña se queda como está.
mail-new-subject = Nuevo acceso a { $app }
mail-new-intro = Tu cuenta para { $app } se ha usado en un navegador que no conocíamos.
mail-new-intro-known = Alguien ha entrado en tu cuenta para { $app }.
mail-new-button = No he sido yo
mail-new-otherwise = Si fuiste tú, todo va bien. Si no, pulsa el botón: cierra todas las sesiones y te envía cómo elegir una contraseña nueva. Sirve durante 7 días.
mail-changed-subject = Tu contraseña para { $app } ha cambiado
mail-changed-intro = La contraseña de tu cuenta para { $app } ha cambiado, y se ha cerrado la sesión en los demás dispositivos.
mail-changed-button = No he sido yo
mail-changed-otherwise = Si fuiste tú, todo va bien.
mail-ended-subject = Hemos cerrado el acceso de { $app } por precaución
mail-ended-intro = Ha vuelto una llave de tu cuenta que { $app } ya había gastado. Puede que alguien la copiara, así que hemos cerrado el acceso al que pertenecía.
mail-ended-button = Ver las aplicaciones con acceso
mail-ended-otherwise = Vuelve a entrar en { $app } para seguir. Si no lo esperabas, busca dispositivos que no conozcas.
mail-exists-subject = Ya tienes una cuenta para { $app }
mail-exists-intro = Alguien, quizá tú, quiso crear una cuenta para { $app } con esta dirección. Ya tiene una.
mail-exists-button = Entrar
mail-exists-otherwise = Si no fuiste tú, no ha pasado nada y nadie ha entrado.
mail-none-subject = No hay cuenta para { $app } con esta dirección
mail-none-intro = Alguien, quizá tú, quiso entrar en { $app } con esta dirección. No tiene cuenta.
mail-none-button = Crear una cuenta
mail-none-otherwise = Quizá usas otra dirección para { $app }. Si no fuiste tú, no ha pasado nada.
mail-linked-subject = { $name } abre ahora tu cuenta de { $app }
mail-linked-intro = Se ha vinculado una cuenta en { $name } a tu cuenta de { $app }. Desde ahora puedes entrar con ella.
mail-linked-button = Ver las cuentas vinculadas
mail-linked-otherwise = Si fuiste tú, todo está bien. Si no, desvincúlala, cierra los dispositivos que no conozcas y elige una contraseña nueva.
mail-unlinked-subject = { $name } ya no abre tu cuenta de { $app }
mail-unlinked-intro = Una cuenta en { $name } ya no está vinculada a tu cuenta de { $app }.
mail-unlinked-button = Ver las cuentas vinculadas
mail-unlinked-otherwise = Si fuiste tú, todo está bien. Si no, cierra los dispositivos que no conozcas y elige una contraseña nueva.

## Phones and text messages
sms-confirm = { $code } es tu código para { $app }. Vale { $minutes } minutos. No se lo digas a nadie.
phone-title = Tu número de teléfono
phone-lede-app = { $app } quiere un número de teléfono confirmado. Le enviamos un código.
phone-lede = Enviamos un código al número para saber que es tuyo.
phone-label = Número de teléfono
phone-hint = Con el prefijo del país, como +34 612 34 56 78
phone-send = Enviarme un código
phone-code-title = Escribe el código de tu teléfono
phone-code-lede = Hemos enviado seis cifras por SMS al { $number }.
phone-change = Usar otro número
notice-text-again = Otro código está en camino. Vale el más reciente.
notice-phone-added = Tu número de teléfono está confirmado.
notice-phone-chosen = Las aplicaciones reciben este número a partir de ahora.
notice-phone-removed = El número de teléfono se ha quitado.
problem-mails-minutes = { $n ->
    [one] Se han pedido bastantes correos. Búscalos, también en el correo no deseado. Puedes pedir otro dentro de un minuto
   *[other] Se han pedido bastantes correos. Búscalos, también en el correo no deseado. Puedes pedir otro dentro de { $n } minutos
}
problem-mails-hours = Se han pedido bastantes correos. Búscalos, también en el correo no deseado. Puedes pedir otro dentro de { $n } horas
problem-texts-minutes = { $n ->
    [one] Se han pedido bastantes códigos. Puedes pedir otro dentro de un minuto
   *[other] Se han pedido bastantes códigos. Puedes pedir otro dentro de { $n } minutos
}
problem-texts-hours = Se han pedido bastantes códigos. Puedes pedir otro dentro de { $n } horas
problem-phone-missing = Escribe tu número de teléfono
problem-phone-country = Empieza con + y el prefijo del país, como +34
problem-phone-malformed = Eso no es un número de teléfono. Escríbelo como +34 612 34 56 78
problem-phone-elsewhere = No podemos enviar mensajes a ese país. Usa otro número
problem-phone-there = Este número ya está confirmado
problem-phones-full = Puedes tener { $max } números de teléfono como mucho. Quita uno primero
account-phones = Teléfonos
phones-what = Un teléfono no abre tu cuenta. Las aplicaciones que pueden ver tu número reciben uno de estos.
phones-none = Aún no tienes ningún número de teléfono aquí.
phones-declared = A las aplicaciones se les dice { $number }, que anotaron quienes llevan este sitio. Un número que confirmes aquí ocupa su lugar.
phones-main = Para las aplicaciones
phones-since = Confirmado
phones-choose = Dar este a las aplicaciones
phones-remove = Quitar
phones-add = Añadir un teléfono
mail-phone-added-subject = Se ha añadido un teléfono a tu cuenta de { $app }
mail-phone-added-intro = Se ha confirmado un número de teléfono y se ha añadido a tu cuenta de { $app }.
mail-phone-removed-subject = Se ha quitado un teléfono de tu cuenta de { $app }
mail-phone-removed-intro = Se ha quitado un número de teléfono de tu cuenta de { $app }.
mail-phone-chosen-subject = Las aplicaciones reciben otro número de teléfono tuyo
mail-phone-chosen-intro = Las aplicaciones de tu cuenta de { $app } que pueden ver tu número de teléfono reciben otro a partir de ahora.
mail-phone-button = Ver tus teléfonos
mail-phone-otherwise = Si has sido tú, todo está bien. Si no, cierra la sesión de los dispositivos que no conozcas y elige una contraseña nueva.

## Tiempos
ago-now = ahora mismo
ago-minutes = { $n ->
    [one] hace 1 minuto
   *[other] hace { $n } minutos
}
ago-hours = { $n ->
    [one] hace 1 hora
   *[other] hace { $n } horas
}
ago-yesterday = ayer
ago-days = { $n ->
    [one] hace 1 día
   *[other] hace { $n } días
}
date-day = { $day } de { $month } de { $year }
date-time = { $date }, { $time } UTC
month-1 = enero
month-2 = febrero
month-3 = marzo
month-4 = abril
month-5 = mayo
month-6 = junio
month-7 = julio
month-8 = agosto
month-9 = septiembre
month-10 = octubre
month-11 = noviembre
month-12 = diciembre

## The account: profile
profile-middle = Segundo nombre
profile-about = Sobre ti
profile-gender = Género
profile-birthdate = Fecha de nacimiento
profile-birthdate-hint = Año, mes, día: 1990-04-30. Basta con el año.
profile-website = Sitio web
profile-page = Página sobre ti
profile-picture = Foto
profile-language-time = Idioma y hora
profile-address = Dirección postal
profile-street = Calle y número
profile-postal = Código postal
profile-locality = Localidad
profile-region = Provincia o región
profile-country = País
problem-claim-long = Usa como máximo { $max } caracteres
problem-claim-missing = La aplicación lo necesita. Rellénalo
problem-claim-https = Escribe una dirección que empiece por https://, como https://example.com/anna
problem-claim-date = Escribe la fecha como año, mes, día, por ejemplo 1990-04-30, o solo el año
problem-claim-future = Ese día aún no ha llegado. Escribe tu fecha de nacimiento, por ejemplo 1990-04-30, o solo el año
problem-claim-language = Elige un idioma de la lista
problem-claim-zone = Escribe una zona horaria con región y ciudad, como Europe/Madrid
## No he sido yo
not-me-title = ¿No has sido tú?
not-me-what = Alguien ha entrado en tu cuenta.
not-me-when = Cuándo
not-me-does = El botón cierra la sesión en todos los dispositivos, también en los tuyos. La contraseña antigua deja de servir, y a { $email } llega un enlace para elegir una nueva.
not-me-button = No he sido yo
not-me-was = ¿Has sido tú? Cierra la página. No pasa nada.
not-me-done-title = Se han cerrado todas las sesiones
not-me-done-what = La contraseña antigua ya no sirve. Hay en camino a { $email } un enlace para elegir una nueva. Sirve una vez, durante { $minutes } minutos.
way-reset = Enviar otro enlace

## The account: e-mail addresses
account-emails = Correo
emails-what = Con cada dirección confirmada puedes iniciar sesión. Las aplicaciones que permites ven la principal, y a ella van nuestros correos.
email-primary = dirección principal
email-make-primary = Hacerla principal
email-make-primary-one = Hacerla principal: { $email }
email-remove-one = Quitar { $email }
email-confirm-one = Confirmar { $email }
email-sent = Hemos enviado seis cifras a { $email }. Escríbelas aquí.
email-add-title = Añadir una dirección
email-add-hint = Enviamos allí seis cifras, para saber que lees ese correo.
email-add = Enviar el código
fresh-what = Para cambiar algo aquí, confirma antes que eres tú.
fresh-button = Confirmar que soy yo
problem-address-yours = Esa dirección ya está en tu cuenta
problem-address-many = Tienes tantas direcciones como guardamos. Quita una antes
problem-address-taken = Esa dirección pertenece a otra cuenta. Inicia sesión en ella para quitarla
problem-address-unproved = Confirma antes la dirección
problem-address-primary = Esta es tu dirección principal. Haz principal a otra y luego quítala
problem-address-last = Es tu única dirección confirmada, y necesitas una para volver a entrar. Añade otra antes
notice-email-sent = Seis cifras están en camino.
notice-email-added = La dirección está en tu cuenta.
notice-email-primary = Esa es desde ahora tu dirección principal.
notice-email-removed = La dirección se ha quitado.
mail-code = Escribe este código en la página donde empezaste:
mail-add-subject = { $code } es tu código para { $app }
mail-add-intro = Alguien, seguramente tú, quiere añadir esta dirección a una cuenta de { $app }.
mail-add-otherwise = ¿No lo has pedido? No digas el código a nadie. Deja este correo y no pasará nada.
mail-elsewhere-subject = Esta dirección ya está en tu cuenta de { $app }
mail-elsewhere-intro = Alguien, quizá tú, ha querido añadir esta dirección a otra cuenta de { $app }. Pertenece a la tuya y ahí se queda.
mail-elsewhere-button = Iniciar sesión
mail-elsewhere-otherwise = Si no eras tú, no ha pasado nada y nadie ha entrado. Para mover la dirección, quítala antes de tu cuenta.
mail-added-subject = Se ha añadido una dirección a tu cuenta de { $app }
mail-added-intro = { $address } está ahora en tu cuenta de { $app } y sirve para iniciar sesión.
mail-primary-subject = Tu cuenta de { $app } tiene otra dirección principal
mail-primary-intro = { $address } es desde ahora la dirección principal de tu cuenta de { $app }. Las aplicaciones la ven y nuestros correos van a ella.
mail-removed-subject = Se ha quitado una dirección de tu cuenta de { $app }
mail-removed-intro = { $address } ya no está en tu cuenta de { $app }.
mail-address-button = Ver tus direcciones
mail-address-otherwise = Si eras tú, todo está bien. Si no, elige enseguida una contraseña nueva y revisa tus direcciones.

# The look: what an app says of itself
app-policy = Privacidad en { $app }
app-terms = Condiciones de uso de { $app }

## The account: activity
account-activity = Actividad
activity-what = Lo que ha pasado con tu cuenta, lo más reciente primero.
activity-none = Nada más.
activity-older = Más antiguo
activity-newest = Lo más reciente
activity-created = Se creó tu cuenta
activity-updated = Perfil cambiado
activity-updated-operator = Los responsables del sitio cambiaron tu perfil
activity-disabled = Los responsables del sitio desactivaron tu cuenta
activity-enabled = Tu cuenta se activó de nuevo
activity-deleted = Se eliminó tu cuenta
activity-leaving = Pediste que se eliminara tu cuenta
activity-kept = Conservaste tu cuenta
activity-exported = Descargaste tus datos
activity-email-verified = Dirección de correo confirmada
activity-email-added = Se añadió { $address }
activity-email-primary = { $address } pasó a ser la dirección principal
activity-email-removed = Se quitó { $address }
activity-password = Contraseña cambiada
activity-linked = Se vinculó { $name }
activity-unlinked = Se desvinculó { $name }
activity-merged = Otra cuenta tuya se unió a esta
activity-signed-in-somewhere = Inicio de sesión
activity-signed-in = { $network ->
    [none] Inicio de sesión con { $browser }
   *[other] Inicio de sesión con { $browser }, desde la red { $network }
}
activity-signed-in-to = { $network ->
    [none] Inicio de sesión en { $app } con { $browser }
   *[other] Inicio de sesión en { $app } con { $browser }, desde la red { $network }
}
activity-renewed = { $network ->
    [none] Confirmaste que eras tú, con { $browser }
   *[other] Confirmaste que eras tú, con { $browser }, desde la red { $network }
}
activity-signed-out = Cierre de sesión
activity-ended-one = Cerraste la sesión de un dispositivo
activity-ended-all = Cerraste la sesión en todas partes
activity-ended-idle = Se cerró la sesión de un dispositivo que nadie usaba
activity-ended-operator = Los responsables del sitio cerraron la sesión de un dispositivo
activity-ended-safe = Se cerraron sesiones por seguridad
activity-app-told = Se avisó a { $app } de que cerraste la sesión
activity-refused = Se rechazó un inicio de sesión en tu cuenta
activity-granted = { $app } recibió acceso
activity-grant-ended = { $app } devolvió su acceso
activity-reused = Volvió una clave ya usada de { $app }, así que su acceso terminó
activity-device-denied = No dejaste entrar a un dispositivo en { $app }
activity-allowed = Permitiste a { $app }
activity-withdrawn = Retiraste el acceso de { $app }
activity-mail = { $address ->
    [none] Te enviamos un correo
   *[other] Enviamos un correo a { $address }
}
activity-member = Ahora eres miembro de { $name }
activity-member-gone = Ya no eres miembro de { $name }

## The account: your data
account-data = Tus datos
data-export-title = Llévate tus datos
data-export-what = Todo lo que sabemos de ti, en un archivo que los programas pueden leer (JSON). Las contraseñas no están.
data-export = Descargar
data-leave-title = Eliminar tu cuenta
data-leave-what = { $days ->
    [0] Se cierra tu sesión en todas partes y todo se elimina en el acto, sin vuelta atrás.
    [one] Se cierra tu sesión en todas partes en el acto. Durante un día aún puedes conservar la cuenta iniciando sesión; después se elimina todo para siempre.
   *[other] Se cierra tu sesión en todas partes en el acto. Durante { $days } días aún puedes conservar la cuenta iniciando sesión; después se elimina todo para siempre.
}
data-leave-sure = Para seguir, escribe { $email }
data-leave = Eliminar mi cuenta
problem-not-sure = Escribe tu dirección de correo principal, para que nadie elimine una cuenta por error
notice-kept = Tu cuenta se conserva.
notice-once-more = Ya puedes seguir. Lo que habías escrito no se ha guardado y aún no ha cambiado nada: hazlo otra vez.

## An account on its way out
keep-title = ¿Conservar tu cuenta?
keep-what = Pediste que se eliminara la cuenta de { $email }. Se eliminará para siempre el { $date }.
keep-button = Conservar mi cuenta
keep-not = Dejar que se elimine
mail-leaving-subject = Tu cuenta de { $app } se va a eliminar
mail-leaving-intro = Pediste que se eliminara tu cuenta de { $app }. Tu sesión está cerrada en todas partes, y el { $date } todo se eliminará para siempre.
mail-leaving-button = Conservar mi cuenta
mail-leaving-otherwise = ¿Has cambiado de idea o no eras tú? Inicia sesión antes y elige conservar la cuenta. Si no eras tú, elige también una contraseña nueva.
mail-kept-subject = Tu cuenta de { $app } se conserva
mail-kept-intro = Alguien inició sesión en tu cuenta de { $app } y eligió conservarla. No se elimina nada.
mail-kept-button = Ver tu cuenta
mail-kept-otherwise = Si eras tú, todo está bien. Si no, elige una contraseña nueva.

## The account: activity, done by others
activity-exported-operator = Los responsables del sitio hicieron una copia de tus datos

## The account: activity, phones
activity-sms = Te enviamos un mensaje de texto
activity-phone-added = Número de teléfono confirmado
activity-phone-chosen = Otro número pasó a ser el principal
activity-phone-removed = Número de teléfono quitado

## The account: apps that govern it
scope-account = Ver y cambiar todo en tu cuenta, y eliminarla

## New from a provider, and leaving
about-title = Sobre ti
about-lede-app = { $app } pregunta esto a todas las personas nuevas. Puedes cambiarlo más tarde en tu cuenta.
about-lede = Se pregunta a todas las personas nuevas. Puedes cambiarlo más tarde en tu cuenta.
leaving-title = Tu cuenta se va a eliminar
leaving-what = Se ha cerrado tu sesión en todas partes. El { $date } se elimina para siempre todo lo de la cuenta de { $email }.
leaving-stop = ¿Has cambiado de idea? Entra antes de esa fecha y elige conservar la cuenta.
leaving-gone-title = Tu cuenta está eliminada
