-- Phones, proved: a number that was never proved has no row. Live as long as the account.
CREATE TABLE phones (
    id {text} NOT NULL PRIMARY KEY,
    user_id {text} NOT NULL REFERENCES users (id),
    number {text} NOT NULL,
    verified_at {int} NOT NULL,
    is_primary {int} NOT NULL DEFAULT 0,
    UNIQUE (user_id, number)
){strict};
CREATE UNIQUE INDEX phones_primary ON phones (user_id) WHERE is_primary = 1;

-- Mails and text messages, what became of them, and nothing of what they said. Purged after 30 days; go with the account.
CREATE TABLE messages (
    event_id {text} NOT NULL PRIMARY KEY,
    user_id {text},
    channel {text} NOT NULL,
    template {text} NOT NULL,
    client_id {text},
    address {text} NOT NULL,
    state {text} NOT NULL,
    attempts {int} NOT NULL DEFAULT 0,
    transport {text},
    reason {text},
    queued_at {int} NOT NULL,
    changed_at {int} NOT NULL,
    expires_at {int} NOT NULL
){strict};
CREATE INDEX messages_user ON messages (user_id, queued_at) WHERE user_id IS NOT NULL;
CREATE INDEX messages_queued ON messages (queued_at);
