-- Who is told of what happened, and reminded of what is due. A notice holds facts and no
-- content; it is written with what caused it.

-- +goose Up

CREATE TABLE notice_settings (
    person_id   uuid PRIMARY KEY REFERENCES people,
    email       text NOT NULL DEFAULT '',
    language    text NOT NULL DEFAULT 'zh' CHECK (language IN ('zh', 'en')),
    kinds       text[] NOT NULL DEFAULT '{}', -- that go by mail
    digest      text NOT NULL DEFAULT '',     -- a time of day in Beijing, as the next two
    quiet_from  text NOT NULL DEFAULT '',
    quiet_until text NOT NULL DEFAULT ''
);

CREATE TABLE notices (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id     uuid NOT NULL REFERENCES people,
    event         text NOT NULL, -- what caused it
    kind          text NOT NULL,
    disclosure_id uuid REFERENCES disclosures,
    step          text NOT NULL DEFAULT '',
    about_id      uuid REFERENCES people,
    due_at        timestamptz,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    dismissed_at  timestamptz,
    mail_at       timestamptz, -- when to send it; null: not, or not any more
    mail_tries    int NOT NULL DEFAULT 0,
    mailed_at     timestamptz,
    mail_lost_at  timestamptz,
    CONSTRAINT notices_once UNIQUE (person_id, event, kind)
);
CREATE INDEX notices_of ON notices (person_id, id) WHERE dismissed_at IS NULL;
CREATE INDEX notices_all ON notices (person_id, id);
CREATE INDEX notices_mail ON notices (mail_at) WHERE mail_at IS NOT NULL;

-- Each rung of the ladder once for each task: told, or passed while nobody could tell.
CREATE TABLE reminders (
    task_id bigint NOT NULL REFERENCES tasks,
    rung    text NOT NULL,
    told    boolean NOT NULL,
    at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (task_id, rung)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON reminders FOR EACH ROW EXECUTE FUNCTION refuse_change();

ALTER TABLE tasks ADD remind_at timestamptz; -- null: to be worked out; infinity: no more
CREATE INDEX tasks_remind ON tasks (remind_at NULLS FIRST) WHERE closed_at IS NULL;

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT, UPDATE ON notice_settings, notices TO shenfa_app;
        GRANT SELECT, INSERT ON reminders TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP INDEX tasks_remind;
ALTER TABLE tasks DROP COLUMN remind_at;
DROP TABLE reminders, notices, notice_settings;
