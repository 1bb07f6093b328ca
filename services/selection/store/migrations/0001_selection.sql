-- Which communes and which projects are chosen. Runs inside the schema of the service, after the tables of the kit.

CREATE TABLE commune_rounds (
    id               uuid PRIMARY KEY,
    call_id          uuid        NOT NULL UNIQUE,
    edition          integer     NOT NULL CHECK (edition > 0),
    criteria         jsonb       NOT NULL,
    scale_max        integer     NOT NULL CHECK (scale_max > 0),
    quota            integer,
    opened_at        timestamptz NOT NULL,
    status           text        NOT NULL CHECK (status IN ('reviewing', 'unsealed', 'recommended', 'ratified', 'announced')),
    panel            jsonb       NOT NULL,
    unsealed_at      timestamptz,
    unsealing_reason text,
    recommendation   jsonb,
    ratification     jsonb,
    announced_at     timestamptz,
    version          integer     NOT NULL
);
CREATE INDEX commune_rounds_by_member ON commune_rounds USING gin (panel jsonb_path_ops);

-- What the candidature service told, in any order: a dossier may be admitted before its call has closed.
CREATE TABLE admitted_candidatures (
    id          uuid PRIMARY KEY,
    call_id     uuid        NOT NULL,
    edition     integer     NOT NULL,
    commune     text        NOT NULL,
    admitted_at timestamptz NOT NULL
);
CREATE INDEX admitted_candidatures_by_call ON admitted_candidatures (call_id, commune);

-- Of members on candidatures and of jurors on proposals; the last word, the earlier ones are events and accesses on record.
CREATE TABLE declarations (
    round_id    uuid        NOT NULL,
    file_id     uuid        NOT NULL,
    member_id   uuid        NOT NULL,
    conflict    boolean     NOT NULL,
    automatic   boolean     NOT NULL,
    reason      text,
    declared_at timestamptz NOT NULL,
    lifted_at   timestamptz,
    lifted_by   uuid,
    lift_reason text,
    PRIMARY KEY (round_id, file_id, member_id)
);

CREATE TABLE reviews (
    round_id       uuid        NOT NULL REFERENCES commune_rounds (id),
    candidature_id uuid        NOT NULL REFERENCES admitted_candidatures (id),
    member_id      uuid        NOT NULL,
    number         integer     NOT NULL CHECK (number > 0),
    marks          jsonb       NOT NULL,
    submitted_at   timestamptz NOT NULL,
    PRIMARY KEY (round_id, candidature_id, member_id, number)
);

-- Written by the announcement alone: before it there is nothing to leak.
CREATE TABLE decisions (
    candidature_id      uuid PRIMARY KEY,
    round_id            uuid        NOT NULL REFERENCES commune_rounds (id),
    call_id             uuid        NOT NULL,
    edition             integer     NOT NULL,
    commune             text        NOT NULL,
    outcome             text        NOT NULL CHECK (outcome IN ('selected', 'waitlisted', 'not_selected')),
    rank                integer,
    reasons             text[]      NOT NULL,
    deliberation_body   text        NOT NULL,
    deliberation_number text        NOT NULL,
    deliberation_date   date        NOT NULL,
    announced_at        timestamptz NOT NULL
);
CREATE INDEX decisions_by_commune ON decisions (commune, candidature_id);

CREATE TABLE project_rounds (
    id           uuid PRIMARY KEY,
    call_id      uuid        NOT NULL UNIQUE,
    edition      integer     NOT NULL CHECK (edition > 0),
    wave         integer     NOT NULL CHECK (wave > 0),
    communes     text[]      NOT NULL,
    scale_max    integer     NOT NULL CHECK (scale_max > 0),
    projects_min integer     NOT NULL,
    projects_max integer     NOT NULL,
    opened_at    timestamptz NOT NULL,
    status       text        NOT NULL CHECK (status IN ('scoring', 'allocated')),
    panel        jsonb       NOT NULL,
    adoption     jsonb,
    version      integer     NOT NULL
);
CREATE INDEX project_rounds_by_member ON project_rounds USING gin (panel jsonb_path_ops);
CREATE INDEX project_rounds_by_commune ON project_rounds USING gin (communes);

CREATE TABLE admitted_proposals (
    id              uuid PRIMARY KEY,
    call_id         uuid        NOT NULL,
    edition         integer     NOT NULL,
    wave            integer     NOT NULL,
    title           text        NOT NULL,
    holder_id       text        NOT NULL,
    ranked_communes text[]      NOT NULL,
    admitted_at     timestamptz NOT NULL
);
CREATE INDEX admitted_proposals_by_call ON admitted_proposals (call_id, id);

CREATE TABLE jury_scores (
    round_id    uuid        NOT NULL REFERENCES project_rounds (id),
    proposal_id uuid        NOT NULL REFERENCES admitted_proposals (id),
    juror_id    uuid        NOT NULL,
    number      integer     NOT NULL CHECK (number > 0),
    score       integer     NOT NULL,
    comment     text        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (round_id, proposal_id, juror_id, number)
);

CREATE TABLE interests (
    round_id    uuid        NOT NULL REFERENCES project_rounds (id),
    proposal_id uuid        NOT NULL REFERENCES admitted_proposals (id),
    commune     text        NOT NULL,
    interest    integer     NOT NULL CHECK (interest BETWEEN 0 AND 5),
    stated_at   timestamptz NOT NULL,
    PRIMARY KEY (round_id, proposal_id, commune)
);

CREATE TABLE scenarios (
    id          uuid PRIMARY KEY,
    round_id    uuid        NOT NULL REFERENCES project_rounds (id),
    request     jsonb       NOT NULL,
    answer      jsonb       NOT NULL,
    shortages   jsonb       NOT NULL,
    unallocated uuid[]      NOT NULL,
    digest      text        NOT NULL,
    computed_at timestamptz NOT NULL
);
CREATE INDEX scenarios_by_round ON scenarios (round_id, id);

-- Written by the adoption alone.
CREATE TABLE project_results (
    proposal_id uuid PRIMARY KEY,
    round_id    uuid        NOT NULL REFERENCES project_rounds (id),
    edition     integer     NOT NULL,
    wave        integer     NOT NULL,
    title       text        NOT NULL,
    holder_id   text        NOT NULL,
    commune     text,
    decided_at  timestamptz NOT NULL
);
CREATE INDEX project_results_by_commune ON project_results (commune, proposal_id);
CREATE INDEX project_results_by_holder ON project_results (holder_id, proposal_id);

-- What was scored, computed or announced is never rewritten, not even by a bug.
CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER reviews_append_only BEFORE UPDATE OR DELETE ON reviews
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER jury_scores_append_only BEFORE UPDATE OR DELETE ON jury_scores
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER scenarios_append_only BEFORE UPDATE OR DELETE ON scenarios
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER decisions_append_only BEFORE UPDATE OR DELETE ON decisions
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
CREATE TRIGGER project_results_append_only BEFORE UPDATE OR DELETE ON project_results
    FOR EACH ROW EXECUTE FUNCTION refuse_rewriting();
