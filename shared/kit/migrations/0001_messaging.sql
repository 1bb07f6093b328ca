-- What every service needs to write, send, receive, wait and answer once. Runs inside the schema of the service.

-- The append-only history: what replay, audit and the partner feed read. `data` is json, not jsonb: it is sent byte for byte.
CREATE TABLE event_log (
    position       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id             uuid        NOT NULL UNIQUE,
    aggregate_id   uuid        NOT NULL,
    version        integer     NOT NULL CHECK (version > 0),
    type           text        NOT NULL,
    data           json        NOT NULL,
    actor          text        NOT NULL,
    organisation   text,
    correlation_id uuid        NOT NULL,
    causation_id   uuid,
    traceparent    text,
    occurred_at    timestamptz NOT NULL,
    recorded_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (aggregate_id, version)
);

-- What is still to be sent, and nothing else. A row is an event of the log, or the state of a key of a compacted topic.
CREATE TABLE outbox (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    shard      smallint    NOT NULL CHECK (shard BETWEEN 0 AND 63),
    key        uuid        NOT NULL,
    position   bigint,
    state      bytea,
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((position IS NULL) <> (state IS NULL))
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE relay_members (
    id      uuid PRIMARY KEY,
    seen_at timestamptz NOT NULL
);

CREATE TABLE inbox (
    consumer_group text        NOT NULL,
    source         text        NOT NULL,
    id             text        NOT NULL,
    received_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (consumer_group, source, id)
);

-- Messages that could not be handled yet, in order per key; the whole record is kept as it came.
CREATE TABLE parked (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    consumer_group  text        NOT NULL,
    topic           text        NOT NULL,
    partition       integer     NOT NULL,
    record_offset   bigint      NOT NULL,
    recorded_at     timestamptz NOT NULL,
    key             bytea       NOT NULL,
    value           bytea,
    header_names    text[]      NOT NULL,
    header_values   bytea[]     NOT NULL,
    source          text        NOT NULL,
    message_id      text        NOT NULL,
    reason          text        NOT NULL,
    attempts        integer     NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    parked_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (consumer_group, source, message_id)
);
CREATE INDEX parked_by_key ON parked (consumer_group, topic, key, id);

CREATE TABLE deadlines (
    aggregate_id    uuid        NOT NULL,
    kind            text        NOT NULL,
    due_at          timestamptz NOT NULL,
    attempts        integer     NOT NULL DEFAULT 0,
    next_attempt_at timestamptz,
    last_error      text,
    PRIMARY KEY (aggregate_id, kind)
);
CREATE INDEX deadlines_by_due ON deadlines (due_at);

CREATE TABLE idempotency_keys (
    principal   text        NOT NULL,
    key         text        NOT NULL,
    fingerprint bytea       NOT NULL,
    status      smallint    NOT NULL,
    headers     jsonb       NOT NULL,
    body        bytea       NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (principal, key)
);

-- Accesses and refusals that must stay on the record without being events.
CREATE TABLE access_log (
    position     bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    actor        text        NOT NULL,
    organisation text,
    action       text        NOT NULL,
    subject      uuid        NOT NULL,
    detail       jsonb       NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- How far the sandbox clock is ahead of the real one; one row, and none in production.
CREATE TABLE sandbox_clock (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    shift  interval NOT NULL
);
