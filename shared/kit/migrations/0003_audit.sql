-- The audit chain: one seal per row of event_log, made by the sealer after the commit. Nothing here is ever updated.

-- `sequence` runs 1, 2, 3… without gap in the order of sealing. The identity of the row is kept so that a row that vanished can
-- be named. `settled`: when this seal was made, every position up to there was sealed, and none could still appear.
CREATE TABLE audit_seals (
    sequence     bigint      PRIMARY KEY CHECK (sequence > 0),
    position     bigint      NOT NULL UNIQUE,
    event_id     uuid        NOT NULL,
    aggregate_id uuid        NOT NULL,
    version      integer     NOT NULL,
    row_hash     bytea       NOT NULL CHECK (octet_length(row_hash) = 32),
    settled      bigint      NOT NULL,
    sealed_at    timestamptz NOT NULL,
    chain_hash   bytea       NOT NULL CHECK (octet_length(chain_hash) = 32)
);

-- What was signed: a JWS whose payload repeats the head of the chain at `sequence`.
CREATE TABLE audit_checkpoints (
    sequence  bigint      PRIMARY KEY,
    signed_at timestamptz NOT NULL,
    jws       text        NOT NULL
);

-- The checkpoints that Kafka has not acknowledged yet.
CREATE TABLE audit_unpublished (
    sequence bigint PRIMARY KEY
);
