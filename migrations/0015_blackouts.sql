-- Times in which a unit releases nothing (静默期).

-- +goose Up

CREATE TABLE blackouts (
    id            uuid PRIMARY KEY,
    unit_id       text NOT NULL REFERENCES units,
    starts_at     timestamptz NOT NULL,
    ends_at       timestamptz NOT NULL CHECK (ends_at > starts_at), -- the first instant after it
    kinds         text[] NOT NULL,                                  -- empty: all
    channels      text[] NOT NULL,                                  -- empty: all
    exempt        text[] NOT NULL,                                  -- kinds that come out all the same
    sealed_reason bytea NOT NULL,
    person_id     uuid NOT NULL REFERENCES people,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    lifted_at     timestamptz,
    lifted_by     uuid REFERENCES people
);
CREATE INDEX blackouts_standing ON blackouts (unit_id, ends_at) WHERE lifted_at IS NULL;

-- What was ordered stays as it was ordered; it can only be lifted, once.
-- +goose StatementBegin
CREATE FUNCTION guard_blackout() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF to_jsonb(NEW) - '{lifted_at,lifted_by}'::text[] <> to_jsonb(OLD) - '{lifted_at,lifted_by}'::text[] OR OLD.lifted_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'blackouts_fixed', MESSAGE = 'a blackout cannot be changed';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_blackout BEFORE UPDATE ON blackouts FOR EACH ROW EXECUTE FUNCTION guard_blackout();
CREATE TRIGGER append_only BEFORE DELETE ON blackouts FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON blackouts TO shenfa_app;
        GRANT UPDATE (lifted_at, lifted_by) ON blackouts TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE blackouts;
DROP FUNCTION guard_blackout();
