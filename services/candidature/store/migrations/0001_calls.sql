-- Calls, and the versions of the questions they ask.

CREATE TABLE calls (
    id                uuid        PRIMARY KEY,
    edition           integer     NOT NULL CHECK (edition > 0),
    kind              text        NOT NULL CHECK (kind IN ('EXPRESSION_OF_INTEREST', 'PROJECT')),
    wave              integer     CHECK (wave > 0),
    status            text        NOT NULL CHECK (status IN ('draft', 'published', 'open', 'closed', 'decided')),
    opens_at          timestamptz NOT NULL,
    closes_at         timestamptz NOT NULL CHECK (closes_at > opens_at),
    terms             jsonb       NOT NULL,
    questions_version integer     NOT NULL,
    version           integer     NOT NULL DEFAULT 1,
    CHECK ((kind = 'PROJECT') = (wave IS NOT NULL))
);

-- One commune call per edition, one project call per wave; drafts are only drafts.
CREATE UNIQUE INDEX calls_one_per_wave ON calls (edition, kind, coalesce(wave, 0)) WHERE status <> 'draft';

CREATE TABLE question_sets (
    call_id   uuid    NOT NULL REFERENCES calls,
    version   integer NOT NULL CHECK (version > 0),
    questions jsonb   NOT NULL,
    PRIMARY KEY (call_id, version)
);
