-- What people say about passages of a version (批注), among those who work on the item. The
-- passage and the words are sealed in opinions; nothing of it is ever public or in a manifest.

-- +goose Up

CREATE TABLE comments (
    id            uuid PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    thread_id     uuid NOT NULL REFERENCES comments, -- the first of its thread; of that, itself
    version       int NOT NULL,
    manifest_hash text NOT NULL,
    passage_id    uuid REFERENCES opinions,
    words_id      uuid NOT NULL REFERENCES opinions,
    author_id     uuid NOT NULL REFERENCES people,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    resolved_at   timestamptz,
    resolved_by   uuid REFERENCES people,
    FOREIGN KEY (disclosure_id, version) REFERENCES versions,
    CONSTRAINT comments_first CHECK ((thread_id = id) = (passage_id IS NOT NULL)),
    CONSTRAINT comments_resolved CHECK ((resolved_at IS NULL) = (resolved_by IS NULL) AND (resolved_at IS NULL OR thread_id = id))
);
CREATE INDEX comments_of ON comments (disclosure_id, at);

-- A reply stands in a thread of its own item; what was said stays as it was said.
-- +goose StatementBegin
CREATE FUNCTION guard_comment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF to_jsonb(NEW) - '{resolved_at,resolved_by}'::text[] <> to_jsonb(OLD) - '{resolved_at,resolved_by}'::text[] THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'comments_fixed', MESSAGE = 'what was said stays as it was said';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.resolved_at IS NOT NULL
       OR NEW.thread_id <> NEW.id AND NOT EXISTS (SELECT FROM comments c WHERE c.id = NEW.thread_id AND c.thread_id = c.id AND c.disclosure_id = NEW.disclosure_id)
       OR NOT EXISTS (SELECT FROM versions v WHERE v.disclosure_id = NEW.disclosure_id AND v.version = NEW.version AND v.manifest_hash = NEW.manifest_hash) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'comments_place', MESSAGE = 'a comment stands at a passage of a version';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_comment BEFORE INSERT OR UPDATE ON comments FOR EACH ROW EXECUTE FUNCTION guard_comment();
CREATE TRIGGER append_only BEFORE DELETE ON comments FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- Whoever decides does so with these threads open: that stands beside the decision for good.
ALTER TABLE decisions ADD COLUMN open_comments int NOT NULL DEFAULT 0;

-- +goose StatementBegin
CREATE FUNCTION count_open_comments() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT count(*) INTO NEW.open_comments FROM comments c WHERE c.disclosure_id = NEW.disclosure_id AND c.thread_id = c.id AND c.resolved_at IS NULL;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER count_open_comments BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION count_open_comments();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON comments TO shenfa_app;
        GRANT UPDATE (resolved_at, resolved_by) ON comments TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER count_open_comments ON decisions;
DROP FUNCTION count_open_comments();
ALTER TABLE decisions DROP COLUMN open_comments;
DROP TABLE comments;
DROP FUNCTION guard_comment();
