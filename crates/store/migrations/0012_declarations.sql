-- Which account a declared person is: the declaration stays with the account that it made, whatever becomes of its address.
-- Lives for ever: a deleted account is remembered as gone, or the next start would make it anew.
CREATE TABLE declarations (
    -- Keyed digest of the declared address, which a person may have taken away from here meanwhile.
    address {text} NOT NULL PRIMARY KEY,
    user_id {text} NOT NULL REFERENCES users (id),
    -- 0: the account was there before and nobody has shown whose it is; the address still decides.
    held {int} NOT NULL,
    -- A keyed digest of each claim as it was declared when it was last applied, as JSON.
    claims {text} NOT NULL,
    applied_at {int} NOT NULL
){strict};
CREATE INDEX declarations_user ON declarations (user_id);
