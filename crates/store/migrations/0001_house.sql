-- The house: one text for SQLite and PostgreSQL. Times are microseconds UTC, booleans 0 or 1.
-- {int} {text} {blob} {strict} are replaced per database. Each table says how long its rows live.

-- Row `0..0` is the installation itself. Lives for ever.
CREATE TABLE organizations (
    id {text} NOT NULL PRIMARY KEY,
    name {text} NOT NULL,
    created_at {int} NOT NULL
){strict};
INSERT INTO organizations (id, name, created_at) VALUES ('00000000000000000000000000', 'installation', 0);

-- Accounts. A deleted one leaves its row as a tombstone, so that a subject never comes back.
CREATE TABLE users (
    id {text} NOT NULL PRIMARY KEY,
    subject {text} NOT NULL UNIQUE,
    epoch {int} NOT NULL DEFAULT 0,
    admin {int} NOT NULL DEFAULT 0,
    claims {text} NOT NULL,
    disabled_at {int},
    deleted_at {int},
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL
){strict};

-- Addresses, as typed and with a key; unique only when verified. Live as long as the account.
CREATE TABLE emails (
    id {text} NOT NULL PRIMARY KEY,
    user_id {text} NOT NULL REFERENCES users (id),
    address {text} NOT NULL,
    key {text} NOT NULL,
    verified_at {int},
    is_primary {int} NOT NULL DEFAULT 0,
    created_at {int} NOT NULL
){strict};
CREATE UNIQUE INDEX emails_verified_key ON emails (key) WHERE verified_at IS NOT NULL;
CREATE INDEX emails_key ON emails (key);
CREATE INDEX emails_user ON emails (user_id);

-- PHC strings. Live as long as the account.
CREATE TABLE passwords (
    user_id {text} NOT NULL PRIMARY KEY REFERENCES users (id),
    phc {text} NOT NULL,
    changed_at {int} NOT NULL
){strict};

-- One sign-in in one browser. Purged 30 days after its end.
CREATE TABLE sessions (
    id {text} NOT NULL PRIMARY KEY,
    user_id {text} NOT NULL REFERENCES users (id),
    cookie {blob} NOT NULL UNIQUE,
    epoch {int} NOT NULL,
    auth_time {int} NOT NULL,
    factors {text} NOT NULL,
    agent {text} NOT NULL,
    network {text} NOT NULL,
    created_at {int} NOT NULL,
    seen_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    ended_at {int},
    end_reason {text}
){strict};
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;

-- Grants with their refresh token family; a rotation updates the row. Purged 30 days after their end.
CREATE TABLE families (
    id {text} NOT NULL PRIMARY KEY,
    client_id {text} NOT NULL,
    user_id {text} NOT NULL REFERENCES users (id),
    session_id {text} NOT NULL,
    flow_id {text} NOT NULL,
    scope {text} NOT NULL,
    resources {text} NOT NULL,
    claims {text},
    auth_time {int} NOT NULL,
    factors {text} NOT NULL,
    offline {int} NOT NULL,
    created_at {int} NOT NULL,
    used_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    ended_at {int},
    end_reason {text},
    generation {int},
    current_digest {blob},
    previous_digest {blob},
    successor {blob},
    rotated_at {int}
){strict};
CREATE INDEX families_user ON families (user_id);
CREATE INDEX families_session ON families (session_id);
CREATE INDEX families_expires ON families (expires_at);
CREATE INDEX families_ended ON families (ended_at) WHERE ended_at IS NOT NULL;

-- Authorization codes. A tombstone stays as long as the longest access token issued.
CREATE TABLE codes (
    digest {blob} NOT NULL PRIMARY KEY,
    flow_id {text} NOT NULL UNIQUE,
    family_id {text} NOT NULL,
    client_id {text} NOT NULL,
    user_id {text} NOT NULL,
    session_id {text} NOT NULL,
    request {text} NOT NULL,
    issued_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    spent_at {int},
    purge_at {int} NOT NULL
){strict};
CREATE INDEX codes_purge ON codes (purge_at);
CREATE INDEX codes_user ON codes (user_id) WHERE spent_at IS NULL;
CREATE INDEX codes_session ON codes (session_id) WHERE spent_at IS NULL;

-- What a person allowed a client. Lives until withdrawn.
CREATE TABLE consents (
    user_id {text} NOT NULL REFERENCES users (id),
    client_id {text} NOT NULL,
    scope {text} NOT NULL,
    given_at {int} NOT NULL,
    PRIMARY KEY (user_id, client_id)
){strict};

-- Everything that works once. Purged when it expires.
CREATE TABLE secrets (
    kind {text} NOT NULL,
    digest {blob} NOT NULL,
    client_id {text},
    user_id {text},
    flow_id {text},
    payload {text} NOT NULL,
    created_at {int} NOT NULL,
    expires_at {int} NOT NULL,
    spent_at {int},
    PRIMARY KEY (kind, digest)
){strict};
CREATE INDEX secrets_expires ON secrets (expires_at);
CREATE INDEX secrets_user ON secrets (user_id, kind) WHERE user_id IS NOT NULL;

-- Limits: one row for each (limit, whom). Purged when the window ends.
CREATE TABLE counters (
    key {text} NOT NULL PRIMARY KEY,
    count {int} NOT NULL,
    expires_at {int} NOT NULL
){strict};
CREATE INDEX counters_expires ON counters (expires_at);

-- Clients: RFC 7591 metadata as JSON. Secrets are hashes.
CREATE TABLE clients (
    org_id {text} NOT NULL REFERENCES organizations (id),
    id {text} NOT NULL PRIMARY KEY,
    origin {text} NOT NULL,
    metadata {text} NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    deleted_at {int}
){strict};

-- RFC 8707 resources.
CREATE TABLE resources (
    org_id {text} NOT NULL REFERENCES organizations (id),
    identifier {text} NOT NULL PRIMARY KEY,
    origin {text} NOT NULL,
    metadata {text} NOT NULL,
    created_at {int} NOT NULL,
    updated_at {int} NOT NULL,
    deleted_at {int}
){strict};

-- Signing keys, private part sealed under the master key. Kept until the last token has died.
CREATE TABLE signing_keys (
    org_id {text} NOT NULL REFERENCES organizations (id),
    kid {text} NOT NULL PRIMARY KEY,
    alg {text} NOT NULL,
    sealed {blob} NOT NULL,
    public_jwk {text} NOT NULL,
    created_at {int} NOT NULL,
    active_from {int} NOT NULL,
    retire_from {int},
    remove_from {int}
){strict};

-- Counts up with every change that caches follow; polled. One row a topic.
CREATE TABLE changes (
    topic {text} NOT NULL PRIMARY KEY,
    counter {int} NOT NULL
){strict};
INSERT INTO changes (topic, counter) VALUES ('clients', 0), ('keys', 0), ('users', 0);

-- One row an event; the row is the audit record. Personal data and the salt of its hash stand apart and can
-- be erased; the chain covers the hash.
CREATE TABLE outbox (
    org_id {text} NOT NULL REFERENCES organizations (id),
    id {text} NOT NULL PRIMARY KEY,
    kind {text} NOT NULL,
    version {int} NOT NULL,
    at {int} NOT NULL,
    user_id {text},
    client_id {text},
    session_id {text},
    flow_id {text},
    data {text} NOT NULL,
    personal {text},
    salt {blob},
    personal_hash {blob} NOT NULL,
    chained {int} NOT NULL DEFAULT 0
){strict};
CREATE INDEX outbox_unchained ON outbox (id) WHERE chained = 0;
CREATE INDEX outbox_user ON outbox (user_id) WHERE user_id IS NOT NULL;

-- What is still to be delivered: one row per event and receiver, claimed with a lease. Removed when done.
CREATE TABLE deliveries (
    event_id {text} NOT NULL,
    receiver {text} NOT NULL,
    subject {text} NOT NULL,
    attempts {int} NOT NULL DEFAULT 0,
    due_at {int} NOT NULL,
    lease_until {int} NOT NULL DEFAULT 0,
    lease_owner {text},
    expires_at {int} NOT NULL,
    PRIMARY KEY (event_id, receiver)
){strict};
CREATE INDEX deliveries_due ON deliveries (receiver, due_at);
CREATE INDEX deliveries_order ON deliveries (receiver, subject, event_id);
CREATE INDEX deliveries_expires ON deliveries (expires_at);

-- The audit chain over the outbox, in the order it was chained. Lives for ever.
CREATE TABLE audit (
    org_id {text} NOT NULL REFERENCES organizations (id),
    position {int} NOT NULL PRIMARY KEY,
    event_id {text} NOT NULL UNIQUE,
    hash {blob} NOT NULL
){strict};

-- Work that one node does at a time.
CREATE TABLE leases (
    name {text} NOT NULL PRIMARY KEY,
    owner {text} NOT NULL,
    until {int} NOT NULL
){strict};

-- The flow trace: what really happened. A day and a size, whichever comes first.
CREATE TABLE traces (
    flow_id {text} NOT NULL,
    seq {int} NOT NULL,
    at {int} NOT NULL,
    user_id {text},
    refused {int} NOT NULL DEFAULT 0,
    step {text} NOT NULL,
    PRIMARY KEY (flow_id, seq)
){strict};
CREATE INDEX traces_at ON traces (at);
CREATE INDEX traces_user ON traces (user_id) WHERE user_id IS NOT NULL;
