//! What goes out by mail and comes back: links, digits, sign-ups, resets.

use countersign_core::account::EmailAddress;
use countersign_core::limits::{self, CounterKey};
use countersign_core::login::mailed::{Back, LinkRefused, Place, SendRefused, address_of, link_of};
use countersign_core::login::sign_up::{Begun, Wish};
use countersign_core::login::{Arrival, Asker, Candidate, Flow, confirm, magic_link, reset, sign_up};
use countersign_core::secret::{Kind, kind};
use countersign_core::write::{FoundSecret, NewSecret};
use countersign_core::{Digest, Env, Timestamp};

use super::{Entrance, candidates, counters, sessions};
use crate::{BoxFuture, DbError, Decided, Tx, Unit, secrets, settle};

/// What a mail is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ask {
    /// A link to sign in with.
    MagicLink,
    /// A link to set a new password with.
    Reset,
}

/// Asks for a mail to an address that may or may not be known.
pub struct AskMail {
    /// Time and chance.
    pub env: Env,
    /// Which.
    pub ask: Ask,
    /// The flow as it stands.
    pub flow: Flow,
    /// The address.
    pub email: EmailAddress,
    /// Who asks.
    pub asker: Asker,
    /// Whom it counts against.
    pub counters: Vec<CounterKey>,
}

impl Unit for AskMail {
    type Out = Decided<Flow, SendRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let counted = counters::add(tx, &self.counters, self.env.now).await?;
            let found = candidates::by_key(tx, self.email.key()).await?;
            let begin = match self.ask {
                Ask::MagicLink => magic_link::begin,
                Ask::Reset => reset::begin,
            };
            let ctx = self.env.ctx();
            let outcome = begin(&ctx, &self.flow, &self.email, &self.asker, found.as_ref(), &counted);
            settle(tx, &self.env, outcome).await
        })
    }
}

/// Begins a sign-up; the password is hashed already.
pub struct SignUp {
    /// Time and chance.
    pub env: Env,
    /// Where.
    pub entrance: Entrance,
    /// The flow as it stands.
    pub flow: Flow,
    /// What was typed.
    pub wish: Wish,
    /// Whom it counts against.
    pub counters: Vec<CounterKey>,
}

impl Unit for SignUp {
    type Out = Decided<Begun, SendRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let counted = counters::add(tx, &self.counters, self.env.now).await?;
            let found = candidates::by_key(tx, self.wish.email.key()).await?;
            let door = self.entrance.door(tx).await?;
            let ctx = self.env.ctx();
            let outcome = sign_up::begin(&ctx, &door, &self.flow, &self.wish, found.as_ref(), &counted);
            settle(tx, &self.env, outcome).await
        })
    }
}

/// Asks for a mail to the unproved address of who is signed in. `None`: nobody is, or the address is proved.
pub struct AskConfirm {
    /// Time and chance.
    pub env: Env,
    /// The flow as it stands.
    pub flow: Flow,
    /// The session cookie.
    pub cookie: Digest<kind::Session>,
    /// Who asks.
    pub asker: Asker,
    /// Whom it counts against.
    pub counters: Vec<CounterKey>,
}

impl Unit for AskConfirm {
    type Out = Option<Decided<Flow, SendRefused>>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let found = sessions::find(tx, &self.cookie).await?;
            let Some(here) = found.and_then(|f| f.live(&ctx).ok()) else { return Ok(None) };
            let address = here.unproved_email().and_then(|e| EmailAddress::parse(&e.address).ok());
            let Some(email) = address else { return Ok(None) };
            let counted = counters::add(tx, &self.counters, self.env.now).await?;
            let outcome = confirm::begin(&ctx, &self.flow, &here, &email, &self.asker, &counted);
            Ok(Some(settle(tx, &self.env, outcome).await?))
        })
    }
}

/// Looks at a secret and spends nothing: what opening a link does.
pub struct Look<K>(pub Digest<K>);

impl<K: Kind> Unit for Look<K> {
    type Out = Option<FoundSecret>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(find(tx, &self.0))
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub enum Came {
    /// The button of a sign-in link.
    MagicLink(Digest<kind::MagicLink>),
    /// Digits in place of it; with their counters.
    MagicDigits(Digest<kind::MagicCode>, Vec<CounterKey>),
    /// The button of a confirmation link.
    ConfirmLink(Digest<kind::ConfirmLink>),
    /// Digits in place of it; with their counters.
    ConfirmDigits(Digest<kind::ConfirmCode>, Vec<CounterKey>),
    /// A new password, hashed, for a reset link.
    Reset(Digest<kind::ResetLink>, String),
}

/// Uses what was mailed. Of any number of callers one succeeds.
pub struct ComeBack {
    /// Time and chance.
    pub env: Env,
    /// Where.
    pub entrance: Entrance,
    /// With what.
    pub came: Came,
}

impl Unit for ComeBack {
    type Out = Decided<(Arrival, Place), LinkRefused>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let ctx = self.env.ctx();
            let door = self.entrance.door(tx).await?;
            let outcome = match &self.came {
                Came::MagicLink(link) => {
                    let (row, found) = linked(tx, link).await?;
                    magic_link::resume(&ctx, &door, &Back::Link, row.as_ref(), found.as_ref())
                }
                Came::MagicDigits(digits, keys) => {
                    let back = Back::Digits(counters::add(tx, keys, self.env.now).await?);
                    let (row, found) = by_digits::<_, kind::MagicLink>(tx, digits).await?;
                    magic_link::resume(&ctx, &door, &back, row.as_ref(), found.as_ref())
                }
                Came::ConfirmLink(link) => {
                    let (row, found) = linked(tx, link).await?;
                    confirm::resume(&ctx, &door, &Back::Link, row.as_ref(), found.as_ref())
                }
                Came::ConfirmDigits(digits, keys) => {
                    let back = Back::Digits(counters::add(tx, keys, self.env.now).await?);
                    let (row, found) = by_digits::<_, kind::ConfirmLink>(tx, digits).await?;
                    confirm::resume(&ctx, &door, &back, row.as_ref(), found.as_ref())
                }
                Came::Reset(link, phc) => {
                    let (row, found) = linked(tx, link).await?;
                    reset::resume(&ctx, &door, phc, row.as_ref(), found.as_ref())
                }
            };
            settle(tx, &self.env, outcome).await
        })
    }
}

type Linked = (Option<FoundSecret>, Option<Candidate>);

/// The link's row, and the account that its address has now.
async fn linked<K: Kind>(tx: &mut Tx<'_>, link: &Digest<K>) -> Result<Linked, DbError> {
    let row = find(tx, link).await?;
    let found = match row.as_ref().and_then(|r| address_of(&r.row)) {
        Some(email) => candidates::by_key(tx, email.key()).await?,
        None => None,
    };
    Ok((row, found))
}

/// The link that these digits stand beside.
async fn by_digits<C: Kind, L: Kind>(tx: &mut Tx<'_>, digits: &Digest<C>) -> Result<Linked, DbError> {
    let row = find(tx, digits).await?;
    match row.as_ref().and_then(|r| link_of(&r.row)).and_then(|bytes| Digest::<L>::from_bytes(&bytes)) {
        Some(link) => linked(tx, &link).await,
        None => Ok((None, None)),
    }
}

pub(crate) async fn find<K: Kind>(
    tx: &mut Tx<'_>,
    digest: &Digest<K>,
) -> Result<Option<FoundSecret>, DbError> {
    let Some(found) = secrets::find(tx, digest).await? else { return Ok(None) };
    let mut bytes = [0; 33];
    bytes.copy_from_slice(digest.as_bytes());
    Ok(Some(FoundSecret {
        row: NewSecret {
            kind: K::KIND,
            digest: bytes,
            client: found.client,
            user: found.user,
            flow: found.flow,
            payload: found.payload,
            created_at: found.created_at,
            expires_at: found.expires_at,
        },
        spent_at: found.spent_at,
    }))
}

/// Keeps what was minted outside a decision: a request or flow too large for an address or a page.
pub struct Keep {
    /// The row.
    pub row: NewSecret,
    /// Nobody is known yet: what a stranger can make us keep is counted.
    pub counters: Vec<CounterKey>,
    /// Now.
    pub now: Timestamp,
}

impl Unit for Keep {
    /// Kept, or refused with the seconds to wait.
    type Out = Result<(), u32>;
    fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> BoxFuture<'a, Result<Self::Out, DbError>> {
        Box::pin(async move {
            let counted = counters::add(tx, &self.counters, self.now).await?;
            if let Some(wait) = limits::wait(&counted, self.now) {
                return Ok(Err(wait));
            }
            secrets::insert(tx, &self.row).await.map(Ok)
        })
    }
}
