-- What the platform team does by hand, written by the owner only, and what became of each dead letter.

-- Whether the message was given up rather than handled: only then may a redrive give it back.
ALTER TABLE inbox ADD COLUMN dead boolean NOT NULL DEFAULT false;

CREATE TABLE operations (
    id             uuid PRIMARY KEY,
    at             timestamptz NOT NULL DEFAULT clock_timestamp(),
    operator       text        NOT NULL,
    command        text        NOT NULL,
    consumer_group text        NOT NULL,
    details        jsonb       NOT NULL
);

-- A dead-letter topic is append-only: what was decided of a dead letter is remembered here. The instant of its death tells it
-- from another at the same offset of a topic that was lost and made again.
CREATE TABLE settled_dead_letters (
    topic          text        NOT NULL,
    partition      integer     NOT NULL,
    record_offset  bigint      NOT NULL,
    died_at        timestamptz NOT NULL,
    consumer_group text        NOT NULL,
    source         text        NOT NULL,
    message_id     text        NOT NULL,
    decision       text        NOT NULL CHECK (decision IN ('redriven', 'discarded')),
    cycle          integer     NOT NULL,
    operation      uuid        NOT NULL REFERENCES operations,
    settled_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (topic, partition, record_offset, died_at)
);
CREATE INDEX settled_by_message ON settled_dead_letters (consumer_group, source, message_id);
