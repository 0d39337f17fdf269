-- Linked accounts: who somebody is at a provider, byte for byte. One opens one account. Live until unlinked.
CREATE TABLE identities (
    id {text} NOT NULL PRIMARY KEY,
    user_id {text} NOT NULL REFERENCES users (id),
    provider {text} NOT NULL,
    issuer {text} NOT NULL,
    subject {text} NOT NULL,
    shown {text} NOT NULL,
    linked_at {int} NOT NULL,
    used_at {int} NOT NULL
){strict};
CREATE UNIQUE INDEX identities_key ON identities (provider, issuer, subject);
CREATE INDEX identities_user ON identities (user_id);
