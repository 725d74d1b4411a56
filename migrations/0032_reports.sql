-- What the figures for leaders are counted by. None of it is content.

-- +goose Up
CREATE INDEX disclosures_in_hand ON disclosures (unit_id, section_id)
    WHERE state IN ('checking', 'self_review', 'quarantined', 'in_review', 'reported', 'returned', 'approved', 'armed', 'held');
CREATE INDEX disclosures_by_release ON disclosures (unit_id, release_at);
CREATE INDEX tasks_closed ON tasks (unit_id, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX acts_of_deciders ON acts (at) WHERE type IN ('decide', 'bypass');
CREATE INDEX versions_by_time ON versions (frozen_at);
CREATE INDEX effects_by_time ON effects (due_at);

-- The limit of the law out of the rules' own view, where it can be counted by.
ALTER TABLE disclosures ADD COLUMN lawful timestamptz;
-- +goose StatementBegin
CREATE FUNCTION note_lawful() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.lawful := nullif(NEW.state_of_case->>'lawful', '0001-01-01T00:00:00Z')::timestamptz;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER note_lawful BEFORE INSERT OR UPDATE OF state_of_case ON disclosures FOR EACH ROW EXECUTE FUNCTION note_lawful();
UPDATE disclosures SET lawful = nullif(state_of_case->>'lawful', '0001-01-01T00:00:00Z')::timestamptz;

-- +goose Down
DROP TRIGGER note_lawful ON disclosures;
DROP FUNCTION note_lawful();
ALTER TABLE disclosures DROP COLUMN lawful;
DROP INDEX effects_by_time, versions_by_time, acts_of_deciders, tasks_closed, disclosures_by_release, disclosures_in_hand;
