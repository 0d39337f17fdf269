-- Logos that were fetched from apps' logo_uri, so that pages show our copy. Live until no app has named the address for 30 days.
CREATE TABLE logos (
    uri {text} NOT NULL PRIMARY KEY,
    picture {blob},
    tried_at {int} NOT NULL
){strict};
CREATE INDEX logos_tried ON logos (tried_at);
