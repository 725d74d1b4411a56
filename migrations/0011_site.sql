-- The public site: a way to what is public that does not ask the predicate of every
-- grant there ever was, words to search by, and who has been told that something changed.

-- +goose Up

-- In the order of a list, beside the grant: a page of any length is read off an index.
ALTER TABLE grants ADD COLUMN number text;
ALTER TABLE grants DISABLE TRIGGER guard_grant;
UPDATE grants g SET number = d.number FROM disclosures d WHERE d.id = g.disclosure_id;
ALTER TABLE grants ENABLE TRIGGER guard_grant;
-- +goose StatementBegin
CREATE FUNCTION number_grant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    SELECT d.number INTO NEW.number FROM disclosures d WHERE d.id = NEW.disclosure_id;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER a_number_grant BEFORE INSERT ON grants FOR EACH ROW EXECUTE FUNCTION number_grant();

-- What could be public by what stands in the grant alone. It holds everything that
-- is_public holds, and whoever reads by it asks is_public as well.
CREATE INDEX grants_shown ON grants (greatest(release_at, armed_at) DESC, number DESC) WHERE revoked_at IS NULL AND armed_at IS NOT NULL;
CREATE INDEX grants_shown_by_kind ON grants (kind, greatest(release_at, armed_at) DESC, number DESC) WHERE revoked_at IS NULL AND armed_at IS NOT NULL;
CREATE INDEX grants_shown_by_number ON grants (number) WHERE revoked_at IS NULL AND armed_at IS NOT NULL;
CREATE INDEX grants_ended ON grants (revoked_at DESC) WHERE revoked_at IS NOT NULL AND armed_at IS NOT NULL;

-- Since when something of this number has been public: the first edition that still
-- counts, or this one.
CREATE FUNCTION first_public_at(g grants) RETURNS timestamptz LANGUAGE sql STABLE AS $$
    SELECT least(effective_at(g), (
        SELECT min(effective_at(h))
          FROM disclosures d
          JOIN disclosures earlier ON earlier.number = d.number AND earlier.edition < d.edition
          JOIN grants h ON h.disclosure_id = earlier.id AND h.revoked_at IS NULL
         WHERE d.id = g.disclosure_id AND took_effect(h)))
$$;

-- Whether readers may be told that this was public and is no longer: not of what an
-- incident was opened for, and not where the number is public again.
CREATE FUNCTION withdrawal_told(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT g.revoked_at IS NOT NULL AND took_effect(g) AND NOT superseded(g)
       AND NOT EXISTS (SELECT FROM incidents i WHERE i.disclosure_id = g.disclosure_id AND i.type IN ('recall', 'quarantine'))
       AND NOT EXISTS (SELECT FROM grants h WHERE h.number = g.number AND h.revoked_at IS NULL AND h.armed_at IS NOT NULL AND is_public(h))
$$;

-- Where the body of a version is, so that a page is read at once. The id is keyed: it
-- tells nothing of the content.
ALTER TABLE versions ADD COLUMN body_blob text;

-- What the public page tells anyway, in clear, to be found by. A row is here only while
-- its grant is public, and whoever finds it asks the predicate all the same.
CREATE TABLE public_words (
    grant_id      uuid PRIMARY KEY REFERENCES grants,
    disclosure_id uuid NOT NULL,
    number        text NOT NULL,
    at            timestamptz NOT NULL,
    topic         text NOT NULL,
    text          text NOT NULL,   -- title, numbers, topic, keywords and summary, folded
    grams         text[] NOT NULL  -- every character and every two in a row of it
);
CREATE INDEX public_words_grams ON public_words USING gin (grams) WITH (fastupdate = off); -- a pending list would be read through by every search
CREATE INDEX public_words_order ON public_words (at DESC, number DESC);
CREATE INDEX public_words_topic ON public_words (topic, at DESC, number DESC);
CREATE INDEX public_words_item ON public_words (disclosure_id);

-- What the observer saw public when it last looked.
CREATE TABLE public_seen (
    grant_id uuid PRIMARY KEY REFERENCES grants,
    number   text NOT NULL,
    doubt    boolean NOT NULL DEFAULT false -- something happened to it: look at once
);
CREATE INDEX public_seen_number ON public_seen (number);
CREATE INDEX public_seen_doubt ON public_seen (grant_id) WHERE doubt;

-- How often the observer saw a change: whoever was told of the latest is told of all.
CREATE TABLE public_changes (
    one        boolean PRIMARY KEY DEFAULT true CHECK (one),
    generation bigint NOT NULL DEFAULT 0,
    at         timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO public_changes DEFAULT VALUES;

CREATE TABLE hubs (
    url      text PRIMARY KEY,
    told     bigint NOT NULL DEFAULT 0,  -- the generation it knows of
    failures int NOT NULL DEFAULT 0,     -- in a row
    next_at  timestamptz NOT NULL DEFAULT clock_timestamp() -- not to be asked before
);

-- Clear words go with the same transaction that ends the permission, or erases the item.
-- +goose StatementBegin
CREATE FUNCTION forget_words() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'grants' THEN
        DELETE FROM public_words WHERE grant_id = NEW.id;
        UPDATE public_seen SET doubt = true WHERE grant_id = NEW.id;
    ELSE
        DELETE FROM public_words WHERE disclosure_id = OLD.disclosure_id;
        DELETE FROM public_seen s USING grants g WHERE g.id = s.grant_id AND g.disclosure_id = OLD.disclosure_id; -- under another key it is seen anew
    END IF;
    RETURN NULL;
END $$;
-- +goose StatementEnd
CREATE TRIGGER forget_words AFTER UPDATE ON grants FOR EACH ROW
    WHEN (NEW.revoked_at IS DISTINCT FROM OLD.revoked_at OR NEW.armed_at IS DISTINCT FROM OLD.armed_at OR NEW.release_at <> OLD.release_at)
    EXECUTE FUNCTION forget_words();
CREATE TRIGGER forget_words AFTER UPDATE OR DELETE ON item_keys FOR EACH ROW EXECUTE FUNCTION forget_words();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON public_words, public_seen TO shenfa_app;
        GRANT SELECT, UPDATE ON public_changes TO shenfa_app;
        GRANT SELECT, INSERT, UPDATE, DELETE ON hubs TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER forget_words ON grants;
DROP TRIGGER forget_words ON item_keys;
DROP FUNCTION forget_words();
DROP TABLE hubs, public_changes, public_seen, public_words;
ALTER TABLE versions DROP COLUMN body_blob;
DROP FUNCTION withdrawal_told(grants), first_public_at(grants);
DROP INDEX grants_shown, grants_shown_by_kind, grants_shown_by_number, grants_ended;
DROP TRIGGER a_number_grant ON grants;
DROP FUNCTION number_grant();
ALTER TABLE grants DROP COLUMN number;
