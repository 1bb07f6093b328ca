-- The directory, what is told to whom, every attempt, and what partners may read.

CREATE TABLE contacts (
    id           uuid PRIMARY KEY,
    organisation text        NOT NULL,
    function     text        NOT NULL,
    name         text        NOT NULL,
    email        text        NOT NULL,
    locale       text        NOT NULL,
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX contacts_by_function ON contacts (function, organisation);

-- One fact for one function. Without organisation: whoever holds the function, wherever.
CREATE TABLE plans (
    id             uuid PRIMARY KEY,
    event_id       uuid        NOT NULL,
    event_type     text        NOT NULL,
    event          jsonb       NOT NULL,
    occurred_at    timestamptz NOT NULL,
    correlation_id uuid        NOT NULL,
    organisation   text,
    function       text        NOT NULL,
    status         text        NOT NULL CHECK (status IN ('awaiting_contact', 'addressed', 'abandoned')),
    planned_at     timestamptz NOT NULL,
    open_until     timestamptz NOT NULL,
    UNIQUE NULLS NOT DISTINCT (event_id, organisation, function)
);
CREATE INDEX plans_by_function ON plans (function, open_until);
CREATE INDEX plans_without_contact ON plans (planned_at, id) WHERE status <> 'addressed';

-- One fact to one person by one channel. The letter goes when the person is erased; the rest is opaque.
CREATE TABLE notifications (
    id             uuid PRIMARY KEY,
    plan_id        uuid        NOT NULL REFERENCES plans,
    event_id       uuid        NOT NULL,
    event_type     text        NOT NULL,
    contact_id     uuid        NOT NULL,
    organisation   text        NOT NULL,
    function       text        NOT NULL,
    channel        text        NOT NULL,
    subject        text,
    text           text,
    html           text,
    status         text        NOT NULL CHECK (status IN ('pending', 'sending', 'sent', 'failed', 'cancelled')),
    correlation_id uuid        NOT NULL,
    occurred_at    timestamptz NOT NULL,
    planned_at     timestamptz NOT NULL,
    attempts       integer     NOT NULL,
    due_at         timestamptz,
    leased_until   timestamptz,
    settled_at     timestamptz,
    reason         text,
    read_at        timestamptz,
    UNIQUE (event_id, contact_id, channel),
    CHECK ((status = 'sending') = (leased_until IS NOT NULL))
);
CREATE INDEX notifications_in_queue ON notifications (coalesce(due_at, leased_until, '-infinity'), id)
    WHERE status IN ('pending', 'sending');
CREATE INDEX notifications_of_contact ON notifications (contact_id);
CREATE INDEX notifications_of_organisation ON notifications (organisation, planned_at, id);
CREATE INDEX notifications_by_date ON notifications (planned_at, id);

CREATE TABLE deliveries (
    notification_id uuid        NOT NULL REFERENCES notifications,
    attempt         integer     NOT NULL CHECK (attempt > 0),
    address         text,
    started_at      timestamptz NOT NULL,
    outcome         text        NOT NULL CHECK (outcome IN ('started', 'accepted', 'deferred', 'refused', 'unknown')),
    reply           text,
    ended_at        timestamptz,
    PRIMARY KEY (notification_id, attempt)
);

-- The public faces of what was heard, as CloudEvents. `json`, not `jsonb`: attributes stay in the order they were written.
CREATE TABLE feed (
    position   bigint PRIMARY KEY,
    event_id   uuid NOT NULL UNIQUE,
    cloudevent json NOT NULL
);
