-- What the check knows besides the files themselves: the bureau's own lists, what was
-- found in a file before, what is out already, and how an incident ended.

-- +goose Up

-- Versions of a bureau's own word list. What it lists is what must not be told, so it
-- is sealed like content.
CREATE TABLE lexicons (
    unit_id        text NOT NULL REFERENCES units,
    version        int NOT NULL CHECK (version > 0),
    digest         text NOT NULL, -- as findings name it
    terms          int NOT NULL CHECK (terms >= 0),
    sealed         bytea NOT NULL,
    imported_by    uuid NOT NULL REFERENCES people,
    effective_from timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (unit_id, version)
);

-- What the rules in force found in a file of an item, so that the same file in the next
-- version is not read again. The print is keyed: it tells nothing of the file.
CREATE TABLE checked_files (
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    print         bytea NOT NULL,
    sealed        bytea NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (disclosure_id, print)
);

-- How far a check is that takes long.
CREATE UNLOGGED TABLE check_progress (
    disclosure_id uuid PRIMARY KEY REFERENCES disclosures,
    version       int NOT NULL,
    done          int NOT NULL,
    files         int NOT NULL,
    page          int NOT NULL,
    pages         int NOT NULL
);

-- What a version speaks of, by keyed hash, and which facts it tells of it: for the
-- question what it adds to what is out already.
CREATE TABLE traces (
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    version       int NOT NULL,
    subject       bytea NOT NULL,
    facts         text[] NOT NULL,
    PRIMARY KEY (disclosure_id, version, subject)
);
CREATE INDEX traces_by_subject ON traces (subject);

ALTER TABLE incidents
    ADD COLUMN outcome    text CHECK (outcome IN ('false_alarm', 'upheld', 'handled')),
    ADD COLUMN closed_by  uuid REFERENCES people,
    ADD COLUMN opinion_id uuid REFERENCES opinions; -- what was done

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON lexicons TO shenfa_app;
        GRANT SELECT, INSERT, UPDATE ON check_progress TO shenfa_app;
        GRANT SELECT, INSERT, DELETE ON checked_files, traces TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
ALTER TABLE incidents DROP COLUMN outcome, DROP COLUMN closed_by, DROP COLUMN opinion_id;
DROP TABLE check_progress, traces, checked_files, lexicons;
