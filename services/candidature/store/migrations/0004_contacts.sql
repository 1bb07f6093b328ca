-- The only personal data of the platform, owned here; an erased contact keeps its identifier and nothing else.

CREATE TABLE contacts (
    id           uuid        PRIMARY KEY,
    organisation text        NOT NULL,
    function     text        NOT NULL,
    name         text,
    email        text,
    locale       text        NOT NULL,
    erased_at    timestamptz,
    version      integer     NOT NULL DEFAULT 1,
    CHECK ((erased_at IS NULL) = (name IS NOT NULL AND email IS NOT NULL)),
    CHECK (erased_at IS NULL OR (name IS NULL AND email IS NULL))
);
CREATE INDEX contacts_by_organisation ON contacts (organisation, id DESC);
