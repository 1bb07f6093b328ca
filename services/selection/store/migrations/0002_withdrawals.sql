-- A commune may give up until its decision is announced: its dossier stays on the record, and out of the examination.

ALTER TABLE admitted_candidatures ADD COLUMN withdrawn_at timestamptz;
