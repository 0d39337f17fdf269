-- Keys that outlive a master key, and which node has which master keys.

-- The root of all digests and MACs, sealed under a master key. One row, made once. Lives for ever.
CREATE TABLE root_keys (
    id {text} NOT NULL PRIMARY KEY,
    sealed {blob} NOT NULL,
    created_at {int} NOT NULL,
    sealed_at {int} NOT NULL
){strict};

-- Servers that are up: each tells every few seconds which master keys it has and under which it seals. Purged an hour
-- after it was last heard of.
CREATE TABLE nodes (
    name {text} NOT NULL PRIMARY KEY,
    master_keys {text} NOT NULL,
    sealing {int} NOT NULL,
    since {int} NOT NULL,
    seen_at {int} NOT NULL
){strict};
CREATE INDEX nodes_seen ON nodes (seen_at);
