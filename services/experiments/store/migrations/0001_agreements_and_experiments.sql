-- The terms of the agreements of an edition; without a row, the defaults of the domain.
CREATE TABLE edition_terms (
    edition      integer PRIMARY KEY CHECK (edition > 0),
    institutions jsonb   NOT NULL,
    ends_in      text    CHECK (ends_in ~ '^[0-9]{4}-(0[1-9]|1[0-2])$'),
    template     text    NOT NULL,
    version      integer NOT NULL CHECK (version > 0)
);

-- One agreement per laureate commune and edition. There is no amount: the agreement moves no money.
CREATE TABLE agreements (
    id                  uuid        PRIMARY KEY,
    edition             integer     NOT NULL CHECK (edition > 0),
    commune             text        NOT NULL,
    commune_party       jsonb       NOT NULL,
    candidature_id      uuid        NOT NULL,
    deliberation_number text        NOT NULL,
    deliberation_date   date        NOT NULL,
    announced_at        timestamptz NOT NULL,
    terms               jsonb       NOT NULL,
    due_on              date        NOT NULL,
    status              text        NOT NULL
        CHECK (status IN ('draft', 'sent', 'partly_signed', 'in_force', 'expired', 'abandoned')),
    text_content        text,
    text_digest         text        CHECK (text_digest ~ '^[0-9a-f]{64}$'),
    sent_at             timestamptz,
    overdue             boolean     NOT NULL,
    in_force_from       date,
    abandoned_for       text,
    version             integer     NOT NULL CHECK (version > 0),
    UNIQUE (edition, commune),
    CHECK ((text_content IS NULL) = (text_digest IS NULL)),
    CHECK (status NOT IN ('sent', 'partly_signed', 'in_force', 'expired') OR text_digest IS NOT NULL),
    CHECK ((status IN ('in_force', 'expired')) = (in_force_from IS NOT NULL))
);

CREATE INDEX agreements_of_commune ON agreements (commune);

-- A party signs once; `rank` is the order in which the signatures came.
CREATE TABLE signatures (
    agreement_id uuid        NOT NULL REFERENCES agreements,
    party        text        NOT NULL,
    rank         smallint    NOT NULL CHECK (rank > 0),
    authority    jsonb       NOT NULL,
    signed_on    date        NOT NULL,
    place        text        NOT NULL,
    recorded_at  timestamptz NOT NULL,
    PRIMARY KEY (agreement_id, party)
);

-- One experiment per allocated project. Its agreement is that of (edition, commune), which may come later.
CREATE TABLE experiments (
    id           uuid        PRIMARY KEY,
    proposal_id  uuid        NOT NULL UNIQUE,
    edition      integer     NOT NULL CHECK (edition > 0),
    wave         integer     NOT NULL CHECK (wave > 0),
    commune      text        NOT NULL,
    title        text        NOT NULL,
    holder_id    text        NOT NULL,
    planned_at   timestamptz NOT NULL,
    status       text        NOT NULL
        CHECK (status IN ('planned', 'structuring', 'protocol_registered', 'ready', 'running', 'paused', 'completed',
                          'stopped', 'evaluated')),
    site         jsonb,
    launched_at  timestamptz,
    ended_at     timestamptz,
    reason       text,
    evaluation   jsonb,
    evaluated_at timestamptz,
    version      integer     NOT NULL CHECK (version > 0),
    CHECK ((status = 'evaluated') = (evaluation IS NOT NULL)),
    CHECK ((evaluation IS NULL) = (evaluated_at IS NULL))
);
CREATE INDEX experiments_of_commune ON experiments (edition, commune, id);
CREATE INDEX experiments_in_commune ON experiments (commune);
CREATE INDEX experiments_of_holder ON experiments (holder_id);
CREATE INDEX experiments_evaluated ON experiments (evaluated_at DESC, id DESC) WHERE evaluated_at IS NOT NULL;

-- Every version that was registered, kept for ever; the highest is the one in use.
CREATE TABLE protocols (
    experiment_id uuid        NOT NULL REFERENCES experiments,
    version       integer     NOT NULL CHECK (version > 0),
    content       jsonb       NOT NULL,
    digest        text        NOT NULL CHECK (digest ~ '^[0-9a-f]{64}$'),
    registered_at timestamptz NOT NULL,
    PRIMARY KEY (experiment_id, version)
);

CREATE TABLE resource_requests (
    id            uuid        PRIMARY KEY,
    experiment_id uuid        NOT NULL REFERENCES experiments,
    kind          text        NOT NULL,
    description   text        NOT NULL,
    requested_at  timestamptz NOT NULL,
    status        text        NOT NULL CHECK (status IN ('requested', 'granted', 'withdrawn')),
    answered_at   timestamptz,
    CHECK ((status = 'requested') = (answered_at IS NULL))
);
CREATE INDEX resource_requests_of_experiment ON resource_requests (experiment_id);

CREATE TABLE field_reports (
    id            uuid        PRIMARY KEY,
    experiment_id uuid        NOT NULL REFERENCES experiments,
    reported_on   date        NOT NULL,
    summary       text        NOT NULL,
    observations  text        NOT NULL,
    organisation  text,
    recorded_at   timestamptz NOT NULL
);
CREATE INDEX field_reports_of_experiment ON field_reports (experiment_id, reported_on DESC, id DESC);
