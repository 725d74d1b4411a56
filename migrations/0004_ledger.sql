-- The ledger: rows are written with what they record and put in order afterwards.

-- +goose Up
CREATE TABLE audit (
    id        uuid PRIMARY KEY,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor     text NOT NULL, -- a person's id, or system:<what>
    on_behalf text NOT NULL DEFAULT '',
    action    text NOT NULL,
    object    text NOT NULL,
    unit      text NOT NULL DEFAULT '',
    outcome   text NOT NULL,
    detail    jsonb NOT NULL DEFAULT '{}', -- ids, hashes, names of steps; never content
    seq       bigint UNIQUE
);
CREATE INDEX audit_waiting ON audit (at, id) WHERE seq IS NULL;
CREATE INDEX audit_object ON audit (object, seq);

-- +goose StatementBegin
CREATE FUNCTION guard_audit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.seq IS NULL AND NEW.seq IS NOT NULL AND to_jsonb(NEW) - 'seq' = to_jsonb(OLD) - 'seq' THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'audit_append_only', MESSAGE = 'the ledger only grows';
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_audit BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION guard_audit();

CREATE TABLE ledger_hashes (
    n    bigint PRIMARY KEY, -- in the order of tlog's stored hashes
    hash bytea NOT NULL
);
CREATE TABLE ledger_checkpoints (
    size bigint PRIMARY KEY,
    at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    note bytea NOT NULL
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_hashes FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON ledger_checkpoints FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose Down
DROP TABLE ledger_checkpoints, ledger_hashes, audit;
DROP FUNCTION guard_audit();
