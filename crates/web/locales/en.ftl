# Second person, plain words. A sentence says what happened, then what to do now.

## Everywhere
problem-heading = { $n ->
    [one] There is a problem
   *[other] There are { $n } problems
}
problem-prefix = Problem:
footer-secured = Sign-in by
dev-see-flow = See this sign-in as a diagram
or = or
show-password = Show
hide-password = Hide
password-shown = The password is shown
password-hidden = The password is hidden
optional = optional
code-digits = 6 digits

## Sign in
sign-in-to = Sign in to { $app }
sign-in = Sign in
provider-with = Continue with { $name }
provider-last = last used
join-title = You have an account already
join-what = { $email } has an account here. Sign in to it once, and from then on { $name } opens it too.
join-continue = Continue
join-another = Make another account, with another e-mail address
join-not-now = Not now
email = E-mail
continue = Continue
send-link = Send me a link
no-account-yet = New here?
create-account = Create an account
enter-password = Enter your password
password = Password
change = Change
forgot = Forgotten your password?
send-link-instead = Send me a link instead

## Sign up
sign-up-for = Create an account for { $app }
sign-up = Create an account
your-name = Your name
new-password = New password
password-rule = At least { $min } characters. Several words in a row are easy to keep in mind and hard to guess.
have-account = Already have an account?
sign-in-instead = Sign in

## Codes and links
confirm-title = Confirm your e-mail
confirm-sent = We sent six digits to { $email }. Type them here, or open the link in the mail.
code = Code
confirm = Confirm
resend = Send it again
resend-in = Send it again (in { $n } s)
other-address = Use another address
nothing-there = Nothing there? Look in the spam folder too.
link-sent-title = Check your mail
link-sent-what = If { $email } has an account, a link is on its way. It works once, for { $minutes } minutes.
link-sent-elsewhere = Opened the link on another device?
link-sent-code = It shows a code there. Type it here to sign in on this device.
link-confirm-sign-in = Sign in to { $app }
link-confirm-sign-in-plain = Sign in
link-confirm-email = Confirm your e-mail
link-confirm-sign-in-what = One click, and you are in as { $email }.
link-confirm-email-what = One click, and { $email } is confirmed.
link-confirm-sign-in-button = Sign in
link-confirm-email-button = Confirm
elsewhere-title = Where do you want to sign in?
elsewhere-title-email = Confirm your e-mail
elsewhere-asked = This link was asked for in another browser.
elsewhere-who = Account
elsewhere-app = App
elsewhere-when = Asked
elsewhere-browser = Browser
elsewhere-place = Place
elsewhere-code-title = In the first browser
elsewhere-code = Type this code there:
elsewhere-here-title = In this browser
elsewhere-here-sign-in = Only this browser will be signed in. The other one stays as it is.
elsewhere-here-email = This confirms { $email }. The other browser goes on by itself.
elsewhere-button-sign-in = Sign in here
elsewhere-button-email = Confirm
elsewhere-not-you = You did not ask for this? Close the page. Nothing happens, and nobody gets in. Never tell anybody the code.

## A new password
forgot-title = Choose a new password
forgot-what = Tell us your e-mail, and we send you a link.
send-reset = Send me the link
back-to-sign-in = Back to sign-in
forgot-sent-what = If { $email } has an account, a link to choose a new password is on its way. It works once, for { $minutes } minutes.
reset-title = Choose a new password
reset-what = For { $email }. Every device will be signed out, and the new password is the only one that works.
reset-button = Save the password
reset-done-title = Your new password is set
reset-done-what = Other devices have been signed out. Use the new password from now on.

## Consent
consent-title = Share your details with { $app }?
consent-who = You are signed in as { $email }.
consent-what = { $app } would like to
consent-goes = It goes to { $host }. You can take this back at any time on your account page.
allow = Allow
deny = Not now
scope-openid = Recognise you when you come back
scope-profile = See your name, picture and language
scope-email = See your e-mail address
scope-address = See your postal address
scope-phone = See your phone number
scope-offline = Keep access while you are away
scope-described = { $text }
scope-named = Use “{ $name }”
select-title = Who is signing in?
select-signed-in = signed in
select-signed-out = signed out { $ago }
select-another = Use another account
outsider-title = You have no access to { $app }
outsider-what = { $email } is not a member of the organization that { $app } is for.
outsider-now = Ask the people who run { $app } to add you, or use another account.
outsider-back = Go back without signing in
form-post-title = One moment
form-post-what = You are on your way back to the app.

## Connecting a device
device-title = Connect a device
device-what = Type the code that your device shows.
device-compare = Does your device show this very code? Then go on.
device-code = Code
device-code-hint = Eight letters. Capitals or not, with or without the dash.
device-confirm-title = Connect { $app }?
device-confirm-who = { $app } on your device will be signed in as { $email }.
device-confirm-code = Your device shows this code
device-program = Program
device-place-same = The same network as this browser
device-place-other = Another network than this browser
device-yourself = Did you start this yourself?
device-yourself-what = Go on only if you are looking at the device and it shows this code. If somebody sent you the code or the link, they would get in as you.
device-allow = Yes, connect it
device-deny = No, do not connect
done-device-allowed = Your device is connected
done-device-allowed-what = You can go back to your device. It goes on by itself in a few seconds.
done-device-denied = Nothing was connected
done-device-denied-what = The device got nothing. You can close this page.
problem-user-code-missing = Enter the code that your device shows
problem-user-code-unknown = No device waits with that code. Compare the two, or start again on your device
notice-type-again = Somebody else was signed in here when the code was entered. Check it, then go on as yourself.
error-device-expired = The device waited too long
error-device-expired-what = A code is good for a few minutes only.
error-device-expired-now = Start again on your device, and enter its new code.

## Sign out
sign-out-title = Sign out?
sign-out-what = You are signed in as { $email } in this browser.
sign-out = Sign out
stay = Stay signed in
signed-out-title = You are signed out
signed-out-what = You can close this page.
done-signed-in = You are signed in
done-signed-in-hello = Good to see you, { $name }.
done-email-confirmed = Your e-mail is confirmed
done-email-confirmed-what = The page where you began goes on by itself. You can close this one.
done-goes-on-elsewhere = All done here
done-goes-on-elsewhere-what = Go on in the window where you began. You can close this one.

## Account
account-nav = Parts of your account
account-profile = Profile
account-security = Password
account-linked = Linked accounts
account-sessions = Devices
account-apps = Apps
profile-what = Apps that you allow see this.
profile-name = Full name
profile-given = First name
profile-family = Last name
profile-nickname = What friends call you
profile-username = User name
profile-locale = Language
profile-locale-browser = As the browser says
profile-zone = Time zone
profile-email = E-mail
profile-phone = Phone
profile-verified = confirmed
profile-unverified = not confirmed
save = Save
security-what = Last changed { $ago }.
security-none = You have no password yet. Links and other ways to sign in go on working beside it.
current-password = Present password
security-ends = Other devices are signed out when you change it.
change-password = Change the password
set-password = Set a password
sessions-what = Browsers in which you are signed in.
this-device = this device
session-seen = Last seen { $ago }
session-since = signed in { $ago }
agent = { $browser } on { $system }
session-place = from { $place }
session-apps = Used for { $apps }
end = End
end-session = End { $browser }
end-others = End all other devices
everywhere-title = Lost a device?
everywhere-what = This signs you out in every browser, this one too, and ends the access of every app until you sign in there again.
everywhere = Sign out everywhere
apps-what = Apps that can see something of you.
apps-none = No app has access to your account.
app-since = Access given { $ago }
app-used = last used { $ago }
remove = Remove
remove-app = Remove { $app }
linked-what = Accounts that sign you in here. Each opens this account and no other.
linked-none = No account of another service opens this one yet.
linked-since = Linked { $ago }
linked-used = last used { $ago }
linked-gone = not offered here any more
link-with = Link { $name }
unlink = Unlink
unlink-one = Unlink { $name } ({ $shown })

## What came back from a form
problem-email-missing = Enter your e-mail address
problem-email-malformed = That does not look like an e-mail address. One looks like name@example.com
problem-password-missing = Enter your password
problem-password-wrong = E-mail and password do not belong together. Try again, or ask for a link
problem-new-password-missing = Enter a new password
problem-password-short = Use at least { $min } characters
problem-password-long = Use at most { $max } characters
problem-password-common = Many people use this password, so it is tried first. Choose another one
problem-password-guessable = That is made of your name, your e-mail or the app’s name, which is easy to guess. Choose another password
problem-password-row = Keys or letters that stand side by side are tried early. Choose another password, such as several words in a row
problem-password-again = The same again and again is easy to guess. Choose another password, such as several words in a row
problem-password-date = Dates are tried early, and yours can be looked up. Choose another password, such as several words in a row
problem-password-breached = This password was in data stolen elsewhere, so strangers may know it. Choose another one, and change it wherever else you use it
problem-current-password = That is not your present password. Try again
problem-password-same = That is the password you have already, so nothing was changed. Choose another one
problem-code-missing = Enter the six digits
problem-code-wrong = { $left ->
    [one] That is another code. You have one try left
   *[other] That is another code. You have { $left } tries left
}
problem-code-expired = That code no longer works. Ask for a new one
problem-field-unusable = We cannot keep this as it is. Make it shorter, and leave out unusual signs
problem-tries-seconds = { $n ->
    [one] That was tried too often. Wait one second, then try again
   *[other] That was tried too often. Wait { $n } seconds, then try again
}
problem-tries-minutes = That was tried too often. Wait { $n } minutes, then try again
problem-resend-seconds = { $n ->
    [one] A mail is on its way. You can ask for another in one second
   *[other] A mail is on its way. You can ask for another in { $n } seconds
}
problem-resend-minutes = A mail is on its way. You can ask for another in { $n } minutes
problem-provider-failed = { $name } did not answer. Try again, or choose another way
problem-provider-declined = You said no at { $name }. Choose another way, or try again
problem-provider-refused = What { $name } answered did not fit. Nobody was signed in. Try again, or choose another way
problem-provider-off = { $name } is not offered here any more. Choose another way
problem-provider-no-email = { $name } told us no e-mail address. Allow it there and try again, or choose another way
problem-provider-no-account = No account here is linked to that account at { $name }. Choose another way
problem-link-taken = That account at { $name } is linked to another account here
problem-last-way = Without it nobody could sign in to your account. Set a password first, or link another account
problem-form-stale = This page was open for a while, so nothing was sent. Look it over and send it again
notice-sign-in-again = Confirm that it is you, then you can go on.
notice-sent-again = Another mail is on its way. The newest one counts.
notice-saved = Saved.
notice-password-changed = Your password is changed. Other devices are signed out.
notice-session-ended = That device is signed out.
notice-others-ended = All other devices are signed out.
notice-app-removed = { $name } no longer has access.
notice-linked = { $name } opens your account from now on.
notice-unlinked = The account is not linked any more.
notice-email-confirmed = Your e-mail is confirmed.
notice-nothing-shared = Nothing was shared.

## The way on
way-app = Back to { $app }
way-again = Start again
way-retry = Try again
way-sign-in = Sign in
way-account = Go to your account
way-devices = See your devices
way-home = Go to the start page

## When something goes wrong
error-wait-seconds = { $n ->
    [one] Wait one second, then try again.
   *[other] Wait { $n } seconds, then try again.
}
error-wait-minutes = Wait { $n } minutes, then try again.
error-reference-what = If you ask for help, pass this on:
error-expired-flow = This sign-in took too long
error-expired-flow-what = For your safety, a sign-in has to be finished within an hour.
error-expired-flow-now = Start again, it takes a moment.
error-already-finished = This sign-in is finished
error-already-finished-what = You went back to a step that is over.
error-already-finished-now = There is nothing left to do here.
error-other-browser = This sign-in began in another browser
error-other-browser-what = It can only be finished where it began.
error-other-browser-now = Go back there, or start again in this one.
error-cookies-off = Your browser keeps no cookies
error-cookies-off-what = Without one, we cannot tell you from somebody else who is signing in.
error-cookies-off-now = Allow cookies for this site in the browser’s settings, then start again.
error-unknown-app = We do not know this app
error-unknown-app-what = The link that brought you here names an app that is not registered.
error-unknown-app-now = Go back to the app and try again. If that does not help, tell the people who run it.
error-redirect = This sign-in cannot go on
error-redirect-what = { $app } wants you sent to an address that is not registered for it, so we did not.
error-redirect-now = Go back to where you came from. If you trust it, tell the people who run { $app }.
error-bad-request = { $app } asked for something we do not understand
error-bad-request-what = The link from { $app } is incomplete or damaged.
error-bad-request-now = Go back to { $app } and try again.
error-bad-request-unknown = That link does not work
error-bad-request-unknown-what = The link that brought you here is incomplete or damaged.
error-bad-request-unknown-now = Go back to where you came from and try again.
error-tries = Too many tries
error-tries-what = This was tried more often than we allow, by you or by somebody near you.
error-tries-now = Wait a little, then try again.
error-busy = Very busy just now
error-busy-what = More people are signing in than we can serve at once. Nothing is lost.
error-busy-now = Wait a little, then try again.
error-not-found = There is no such page
error-not-found-what = The address is mistyped, or the page has moved.
error-not-found-now = Look at the address, or go on from here.
error-method = This page cannot be opened like that
error-method-what = The address exists, but only as a step of something else.
error-method-now = Go on from here.
error-too-large = That was too much
error-too-large-what = What was sent is larger than any form here.
error-too-large-now = Go back and send less.
error-link-used = This link has been used
error-link-used-what = Each link works once, and this one has done its work.
error-link-used-now = If you are not signed in, ask for a new one.
error-link-expired = This link does not work
error-link-expired-what = It is too old, or a part of it was lost on its way.
error-link-expired-now = Ask for a new one.
error-not-me-link = This link does not work
error-not-me-link-what = “It was not me” works once, for 7 days. This link was used, is older, or lost a part on its way.
error-not-me-link-now = If somebody else is in your account, choose a new password: it signs out every device. Devices that you do not know can be ended one by one too.
error-form-refused = We did not take that form
error-form-refused-what = It did not come from a page that we gave to this browser. Nothing was changed.
error-form-refused-now = Start again. If you did not send anything, close this page.
error-account-disabled = This account is switched off
error-account-disabled-what = The people who run this site have switched it off.
error-account-disabled-now = Ask them if you think that is a mistake.
error-sign-up-closed = Accounts are not created here
error-sign-up-closed-what = The people who run this site create accounts themselves.
error-sign-up-closed-now = Ask them for one. If you have an account, sign in with it.
error-provider-down = { $name } does not answer
error-provider-down-what = We could not reach { $name }, so it could not tell us who you are.
error-provider-down-now = Try again in a moment, or choose another way to sign in.
error-provider-answer = This sign-in cannot go on
error-provider-answer-what = The answer was used before, is too old, or belongs to a sign-in in another browser.
error-provider-answer-now = Start again. Nobody was signed in.
error-something = Something went wrong
error-something-what = The fault is on our side, and it has been noted.
error-something-now = Try again. If it stays, come back a little later.

## Mail
mail-valid = It works once, for { $minutes } minutes.
mail-asked = When and where
mail-or-code = Or type this code on the page where you began:
mail-footer = You get this mail because of what happened with your account for { $app }. There is nothing to unsubscribe from.
mail-confirm-subject = { $code } is your code for { $app }
mail-confirm-intro = Confirm that this address is yours, and your account for { $app } is ready.
mail-confirm-button = Confirm my e-mail
mail-confirm-otherwise = You did not ask for this? Then somebody mistyped their address. Leave this mail alone, and nothing happens.
mail-link-subject = Sign in to { $app }
mail-link-intro = Here is your link to sign in to { $app }.
mail-link-button = Sign in
mail-link-otherwise = You did not ask for this? Leave the link alone, and nobody gets in. Do not pass it on.
mail-reset-subject = Choose a new password for { $app }
mail-reset-intro = Somebody, most likely you, asked for a new password for { $app }.
mail-reset-button = Choose a new password
mail-reset-otherwise = You did not ask for this? Leave the link alone, and your password stays as it is.
mail-new-subject = New sign-in to { $app }
mail-new-intro = Your account for { $app } was used in a browser that we have not seen before.
mail-new-intro-known = Somebody signed in to your account for { $app }.
mail-new-button = It was not me
mail-new-otherwise = If that was you, all is well. If not, press the button: it signs everybody out and sends you a way to a new password. It works for 7 days.
mail-changed-subject = Your password for { $app } was changed
mail-changed-intro = The password of your account for { $app } was changed, and other devices were signed out.
mail-changed-button = It was not me
mail-changed-otherwise = If that was you, all is well.
mail-ended-subject = { $app } was signed out, to be safe
mail-ended-intro = A key to your account that { $app } had used up came back. Somebody may have copied it, so we ended the access it belonged to.
mail-ended-button = See apps with access
mail-ended-otherwise = Sign in to { $app } again to go on. If you did not expect this, look for devices that you do not know.
mail-exists-subject = You already have an account for { $app }
mail-exists-intro = Somebody, perhaps you, tried to create an account for { $app } with this address. It has one already.
mail-exists-button = Sign in
mail-exists-otherwise = If that was not you, nothing has happened and nobody got in.
mail-none-subject = No account for { $app } with this address
mail-none-intro = Somebody, perhaps you, wanted to sign in to { $app } with this address. There is no account for it.
mail-none-button = Create an account
mail-none-otherwise = Perhaps you use another address for { $app }. If that was not you, nothing has happened.
mail-linked-subject = { $name } now opens your account for { $app }
mail-linked-intro = An account at { $name } was linked to your account for { $app }. From now on it signs you in.
mail-linked-button = See linked accounts
mail-linked-otherwise = If that was you, all is well. If not, unlink it, end devices that you do not know, and choose a new password.
mail-unlinked-subject = { $name } no longer opens your account for { $app }
mail-unlinked-intro = An account at { $name } was unlinked from your account for { $app }.
mail-unlinked-button = See linked accounts
mail-unlinked-otherwise = If that was you, all is well. If not, end devices that you do not know, and choose a new password.

## Phones and text messages
sms-confirm = { $code } is your code for { $app }. It works for { $minutes } minutes. Tell it to nobody.
phone-title = Your phone number
phone-lede-app = { $app } wants a phone number that is confirmed. We send a code to it.
phone-lede = We send a code to the number, so that we know it is yours.
phone-label = Phone number
phone-hint = With the country’s code, like +49 151 23456789
phone-send = Send me a code
phone-code-title = Enter the code from your phone
phone-code-lede = We sent six digits to { $number } by text message.
phone-change = Use another number
notice-text-again = Another code is on its way. The newest one counts.
notice-phone-added = Your phone number is confirmed.
notice-phone-chosen = Apps are told this number from now on.
notice-phone-removed = The phone number is removed.
problem-mails-minutes = { $n ->
    [one] Enough mails were asked for. Look for them, in the spam folder too. You can ask for another in one minute
   *[other] Enough mails were asked for. Look for them, in the spam folder too. You can ask for another in { $n } minutes
}
problem-mails-hours = Enough mails were asked for. Look for them, in the spam folder too. You can ask for another in { $n } hours
problem-texts-minutes = { $n ->
    [one] Enough codes were asked for. You can ask for another in one minute
   *[other] Enough codes were asked for. You can ask for another in { $n } minutes
}
problem-texts-hours = Enough codes were asked for. You can ask for another in { $n } hours
problem-phone-missing = Enter your phone number
problem-phone-country = Begin with + and the country’s code, like +49
problem-phone-malformed = That is not a phone number. Enter it like +49 151 23456789
problem-phone-elsewhere = We cannot send messages to that country. Use another number
problem-phone-there = This number is confirmed already
problem-phones-full = You can have at most { $max } phone numbers. Remove one first
account-phones = Phones
phones-what = A phone does not open your account. Apps that you allow to see your number are told one of these.
phones-none = You have no phone number here yet.
phones-declared = Apps are told { $number }, which the people who run this site entered. A number that you confirm here takes its place.
phones-main = Told to apps
phones-since = Confirmed
phones-choose = Tell apps this one
phones-remove = Remove
phones-add = Add a phone
mail-phone-added-subject = A phone was added to your account for { $app }
mail-phone-added-intro = A phone number was confirmed and added to your account for { $app }.
mail-phone-removed-subject = A phone was removed from your account for { $app }
mail-phone-removed-intro = A phone number was removed from your account for { $app }.
mail-phone-chosen-subject = Apps are told another phone number of yours
mail-phone-chosen-intro = Apps of your account for { $app } that may see your phone number are now told another one.
mail-phone-button = See your phones
mail-phone-otherwise = If that was you, all is well. If not, end devices that you do not know, and choose a new password.

## Times
ago-now = just now
ago-minutes = { $n ->
    [one] 1 minute ago
   *[other] { $n } minutes ago
}
ago-hours = { $n ->
    [one] 1 hour ago
   *[other] { $n } hours ago
}
ago-yesterday = yesterday
ago-days = { $n ->
    [one] 1 day ago
   *[other] { $n } days ago
}
date-day = { $day } { $month } { $year }
date-time = { $date }, { $time } UTC
month-1 = January
month-2 = February
month-3 = March
month-4 = April
month-5 = May
month-6 = June
month-7 = July
month-8 = August
month-9 = September
month-10 = October
month-11 = November
month-12 = December

## The account: profile
profile-middle = Middle name
profile-about = About you
profile-gender = Gender
profile-birthdate = Date of birth
profile-birthdate-hint = Year, month, day: 1990-04-30. The year alone will do.
profile-website = Website
profile-page = Page about you
profile-picture = Picture
profile-language-time = Language and time
profile-address = Postal address
profile-street = Street and number
profile-postal = Postal code
profile-locality = Town
profile-region = State or region
profile-country = Country
problem-claim-long = Use at most { $max } characters
problem-claim-missing = This app needs to know it. Fill it in
problem-claim-https = Enter an address that begins with https://, like https://example.com/anna
problem-claim-date = Enter the date as year, month, day, like 1990-04-30, or the year alone
problem-claim-future = That day is still to come. Enter your date of birth, like 1990-04-30, or the year alone
problem-claim-language = Choose a language from the list
problem-claim-zone = Enter a time zone by its region and town, like Europe/Berlin
## It was not me
not-me-title = Was this not you?
not-me-what = Somebody signed in to your account.
not-me-when = When
not-me-does = The button signs out every device, your own too. The old password stops working, and a link to choose a new one goes to { $email }.
not-me-button = It was not me
not-me-was = It was you? Close the page. Nothing happens.
not-me-done-title = Everybody is signed out
not-me-done-what = The old password works no longer. A link to choose a new one is on its way to { $email }. It works once, for { $minutes } minutes.
way-reset = Send another link

## The account: e-mail addresses
account-emails = E-mail
emails-what = Each confirmed address signs you in. Apps that you allow see the main one, and mails go there.
email-primary = main address
email-make-primary = Make it the main one
email-make-primary-one = Make it the main one: { $email }
email-remove-one = Remove { $email }
email-confirm-one = Confirm { $email }
email-sent = We sent six digits to { $email }. Type them here.
email-add-title = Add an address
email-add-hint = We send six digits there, to see that you read its mail.
email-add = Send the code
fresh-what = To change something here, confirm first that it is you.
fresh-button = Confirm that it is me
problem-address-yours = That address is on your account already
problem-address-many = You have as many addresses as we keep. Remove one first
problem-address-taken = That address belongs to another account. Sign in to that one to remove it there
problem-address-unproved = Confirm the address first
problem-address-primary = This is your main address. Make another one the main one, then remove it
problem-address-last = It is your only confirmed address, and you need one to get back in. Add another one first
notice-email-sent = Six digits are on their way.
notice-email-added = The address is yours.
notice-email-primary = That is your main address from now on.
notice-email-removed = The address is gone.
mail-code = Type this code on the page where you began:
mail-add-subject = { $code } is your code for { $app }
mail-add-intro = Somebody, most likely you, wants to add this address to an account for { $app }.
mail-add-otherwise = You did not ask for this? Never tell anybody the code. Leave this mail alone, and nothing happens.
mail-elsewhere-subject = This address already belongs to your account for { $app }
mail-elsewhere-intro = Somebody, perhaps you, tried to add this address to another account for { $app }. It belongs to yours, and stays there.
mail-elsewhere-button = Sign in
mail-elsewhere-otherwise = If that was not you, nothing has happened and nobody got in. To move the address, remove it from your account first.
mail-added-subject = An address was added to your account for { $app }
mail-added-intro = { $address } now belongs to your account for { $app } and signs you in.
mail-primary-subject = Your account for { $app } has another main address
mail-primary-intro = { $address } is the main address of your account for { $app } from now on. Apps see it, and mails go there.
mail-removed-subject = An address was removed from your account for { $app }
mail-removed-intro = { $address } no longer belongs to your account for { $app }.
mail-address-button = See your addresses
mail-address-otherwise = If that was you, all is well. If not, choose a new password at once and look over your addresses.

# The look: what an app says of itself
app-policy = Privacy at { $app }
app-terms = Terms of { $app }

## The account: activity
account-activity = Activity
activity-what = What happened with your account, the newest first.
activity-none = Nothing more.
activity-older = Older
activity-newest = Newest
activity-created = Your account was made
activity-updated = Profile changed
activity-updated-operator = The people who run this site changed your profile
activity-disabled = Your account was switched off by the people who run this site
activity-enabled = Your account was switched on again
activity-deleted = Your account was deleted
activity-leaving = You asked for your account to be deleted
activity-kept = You kept your account
activity-exported = You downloaded your data
activity-email-verified = E-mail address confirmed
activity-email-added = Added { $address }
activity-email-primary = Made { $address } the main address
activity-email-removed = Removed { $address }
activity-password = Password changed
activity-linked = Linked { $name }
activity-unlinked = Unlinked { $name }
activity-merged = Another account of yours was joined with this one
activity-signed-in-somewhere = Signed in
activity-signed-in = { $network ->
    [none] Signed in with { $browser }
   *[other] Signed in with { $browser }, from network { $network }
}
activity-signed-in-to = { $network ->
    [none] Signed in to { $app } with { $browser }
   *[other] Signed in to { $app } with { $browser }, from network { $network }
}
activity-renewed = { $network ->
    [none] Confirmed that it was you, with { $browser }
   *[other] Confirmed that it was you, with { $browser }, from network { $network }
}
activity-signed-out = Signed out
activity-ended-one = You signed a device out
activity-ended-all = You signed out everywhere
activity-ended-idle = A device was signed out because nobody used it
activity-ended-operator = The people who run this site signed a device out
activity-ended-safe = Devices were signed out, to be safe
activity-app-told = { $app } was told that you signed out
activity-refused = A sign-in to your account was refused
activity-granted = { $app } was given access
activity-grant-ended = { $app } gave its access back
activity-reused = A used-up key of { $app } came back, so its access was ended
activity-device-denied = You did not let a device in to { $app }
activity-allowed = Allowed { $app } to
activity-withdrawn = Took back what { $app } was allowed
activity-mail = { $address ->
    [none] We sent you a mail
   *[other] We sent a mail to { $address }
}
activity-member = You became a member of { $name }
activity-member-gone = You are no longer a member of { $name }

## The account: your data
account-data = Your data
data-export-title = Take your data with you
data-export-what = Everything that we know of you, as one file that programs can read (JSON). Passwords are not in it.
data-export = Download
data-leave-title = Delete your account
data-leave-what = { $days ->
    [0] You are signed out everywhere, and everything is deleted at once. There is no way back.
    [one] You are signed out everywhere at once. For one day you can still keep the account by signing in; then everything is deleted for good.
   *[other] You are signed out everywhere at once. For { $days } days you can still keep the account by signing in; then everything is deleted for good.
}
data-leave-sure = To go on, type { $email }
data-leave = Delete my account
problem-not-sure = Type your main e-mail address, so that nobody deletes an account by mistake
notice-kept = Your account stays.
notice-once-more = You can go on now. What you had entered was not taken over and nothing is changed yet: do it once more.

## An account on its way out
keep-title = Keep your account?
keep-what = You asked for the account of { $email } to be deleted. It goes for good on { $date }.
keep-button = Keep my account
keep-not = Leave it to be deleted
mail-leaving-subject = Your account for { $app } will be deleted
mail-leaving-intro = You asked for your account for { $app } to be deleted. You are signed out everywhere, and on { $date } everything goes for good.
mail-leaving-button = Keep my account
mail-leaving-otherwise = Changed your mind, or it was not you? Sign in before then and choose to keep the account. If it was not you, choose a new password too.
mail-kept-subject = Your account for { $app } stays
mail-kept-intro = Somebody signed in to your account for { $app } and chose to keep it. Nothing is deleted.
mail-kept-button = See your account
mail-kept-otherwise = If that was you, all is well. If not, choose a new password.

## The account: activity, done by others
activity-exported-operator = The people who run this site took a copy of your data

## The account: activity, phones
activity-sms = We sent you a text message
activity-phone-added = Phone number confirmed
activity-phone-chosen = Another phone number became the main one
activity-phone-removed = Phone number removed

## The account: apps that govern it
scope-account = See and change everything in your account, and delete it

## New from a provider, and leaving
about-title = About you
about-lede-app = { $app } asks this of everybody who is new. You can change it later in your account.
about-lede = This is asked of everybody who is new. You can change it later in your account.
leaving-title = Your account will be deleted
leaving-what = You are signed out everywhere. On { $date } everything in the account of { $email } goes for good.
leaving-stop = Changed your mind? Sign in before then and choose to keep the account.
leaving-gone-title = Your account is deleted
