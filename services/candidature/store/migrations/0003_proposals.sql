-- What innovators propose in a wave.

CREATE TABLE proposals (
    id           uuid        PRIMARY KEY,
    call_id      uuid        NOT NULL REFERENCES calls,
    edition      integer     NOT NULL,
    wave         integer     NOT NULL,
    organisation text        NOT NULL,
    status       text        NOT NULL CHECK (status IN ('draft', 'submitted', 'admitted', 'inadmissible', 'selected',
                                                        'not_selected')),
    pitch        jsonb       NOT NULL,
    origin       text        NOT NULL CHECK (origin IN ('open', 'sourced')),
    started_at   timestamptz NOT NULL,
    submitted_at timestamptz,
    reasons      text[]      NOT NULL DEFAULT '{}',
    commune      text,
    version      integer     NOT NULL DEFAULT 1
);
CREATE INDEX proposals_by_call ON proposals (call_id, id DESC);
CREATE INDEX proposals_by_organisation ON proposals (organisation, id DESC);
