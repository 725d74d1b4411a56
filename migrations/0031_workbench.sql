-- What the workbench finds items by, and the views that people keep of it.

-- +goose Up

-- The words of an item's draft, sealed under its key, and a coarse mark of each two
-- neighbouring characters in them. A mark is a keyed hash cut to 16 bits: many pairs
-- share one, so a copy of this table does not say which words an item has, and what the
-- marks point at is opened and compared before it is an answer.
CREATE TABLE item_words (
    disclosure_id  uuid PRIMARY KEY REFERENCES disclosures ON DELETE CASCADE,
    draft_revision bigint NOT NULL,
    marks          int[] NOT NULL,
    sealed         bytea NOT NULL
);
CREATE INDEX item_words_marks ON item_words USING gin (marks);

-- Drafts whose words are to be taken up.
CREATE TABLE item_words_due (
    disclosure_id uuid PRIMARY KEY REFERENCES disclosures ON DELETE CASCADE,
    unit_id       text NOT NULL
);
CREATE INDEX item_words_due_unit ON item_words_due (unit_id);
INSERT INTO item_words_due SELECT f.disclosure_id, d.unit_id FROM drafts f JOIN disclosures d ON d.id = f.disclosure_id;

-- Words go with the draft they are of, in the same transaction: an erased draft leaves
-- none behind.
-- +goose StatementBegin
CREATE FUNCTION forget_item_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM item_words WHERE disclosure_id = NEW.disclosure_id;
    INSERT INTO item_words_due SELECT d.id, d.unit_id FROM disclosures d WHERE d.id = NEW.disclosure_id ON CONFLICT DO NOTHING;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER forget_item_words AFTER INSERT OR UPDATE ON drafts FOR EACH ROW EXECUTE FUNCTION forget_item_words();

-- Choices of the workbench that a person keeps under a name. Both are words of a person.
CREATE TABLE saved_views (
    id        uuid PRIMARY KEY,
    person_id uuid NOT NULL REFERENCES people,
    sealed    bytea NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX saved_views_of ON saved_views (person_id, at);

CREATE INDEX acts_by_actor ON acts (actor, disclosure_id, at) WHERE actor IS NOT NULL;
CREATE INDEX disclosures_by_drafter ON disclosures (drafter_id, updated_at DESC, id DESC);

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON item_words, item_words_due TO shenfa_app;
        GRANT SELECT, INSERT, DELETE ON saved_views TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX disclosures_by_drafter, acts_by_actor;
DROP TABLE saved_views;
DROP TRIGGER forget_item_words ON drafts;
DROP FUNCTION forget_item_words();
DROP TABLE item_words_due, item_words;
