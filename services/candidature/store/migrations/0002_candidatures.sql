-- Dossiers of communes, who changed what in them, and their files.

CREATE TABLE candidatures (
    id                uuid        PRIMARY KEY,
    call_id           uuid        NOT NULL REFERENCES calls,
    edition           integer     NOT NULL,
    commune           text        NOT NULL,
    status            text        NOT NULL CHECK (status IN ('draft', 'submitted', 'admitted', 'inadmissible', 'selected',
                                                             'waitlisted', 'not_selected', 'withdrawn', 'lapsed')),
    questions_version integer     NOT NULL,
    dossier           jsonb       NOT NULL,
    shared            boolean     NOT NULL DEFAULT false,
    started_at        timestamptz NOT NULL,
    submitted_at      timestamptz,
    verdict           jsonb,
    reasons           text[]      NOT NULL DEFAULT '{}',
    version           integer     NOT NULL DEFAULT 1,
    UNIQUE (call_id, commune),
    FOREIGN KEY (call_id, questions_version) REFERENCES question_sets (call_id, version)
);
CREATE INDEX candidatures_by_commune ON candidatures (commune, id DESC);

-- Who changed which parts of a dossier; `actor` is an opaque subject, never a name.
CREATE TABLE candidature_changes (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    candidature_id uuid        NOT NULL REFERENCES candidatures,
    version        integer     NOT NULL,
    changed_at     timestamptz NOT NULL,
    actor          text        NOT NULL,
    parts          text[]      NOT NULL
);
CREATE INDEX candidature_changes_by_candidature ON candidature_changes (candidature_id, id DESC);

CREATE TABLE documents (
    id             uuid        PRIMARY KEY,
    candidature_id uuid        NOT NULL REFERENCES candidatures,
    kind           text        NOT NULL CHECK (kind IN ('mayor_commitment', 'sector_sheet', 'partner_support', 'other')),
    name           text        NOT NULL,
    media_type     text        NOT NULL,
    size           bigint      NOT NULL CHECK (size > 0),
    sha256         text        NOT NULL,
    object_key     text        NOT NULL UNIQUE,
    status         text        NOT NULL CHECK (status IN ('pending_scan', 'clean', 'infected')),
    uploaded_by    text        NOT NULL,
    uploaded_at    timestamptz NOT NULL,
    scanned_at     timestamptz,
    scan_attempts  integer     NOT NULL DEFAULT 0,
    next_scan_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX documents_by_candidature ON documents (candidature_id, id);
CREATE INDEX documents_to_scan ON documents (next_scan_at) WHERE status = 'pending_scan';
