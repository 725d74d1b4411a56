-- What was asked of others about an item: outside by letter, inside of a colleague. Who was
-- asked, what, and what they said are sealed in opinions; letters and scans are blobs.

-- +goose Up

CREATE TABLE questions (
    id            uuid PRIMARY KEY,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    kind          text NOT NULL,
    terms_from    text NOT NULL,
    asker_id      uuid NOT NULL REFERENCES people,
    asked_id      uuid REFERENCES people, -- inside
    addressee_id  uuid REFERENCES opinions,
    ask_id        uuid NOT NULL REFERENCES opinions,
    version       int NOT NULL,
    manifest_hash text NOT NULL,
    binds         boolean NOT NULL,
    excludes      boolean NOT NULL,
    tells         boolean NOT NULL, -- a letter of notice comes before an override
    state         text NOT NULL CHECK (state IN ('drafted', 'sent', 'received', 'answered', 'silent', 'overridden', 'withdrawn')),
    asked_at      timestamptz NOT NULL,
    sent_on       timestamptz,
    received_on   timestamptz,
    due_at        timestamptz,
    ended_at      timestamptz,
    notified_at   timestamptz,
    reply         text NOT NULL DEFAULT '',
    how_id        uuid REFERENCES opinions, -- how it was served
    words_id      uuid REFERENCES opinions, -- of the answer
    scan          text,
    ground        text NOT NULL DEFAULT '',
    reason_id     uuid REFERENCES opinions, -- of the notice, the override or the end
    answered_by   uuid REFERENCES people,
    settled_by    uuid REFERENCES people,
    CONSTRAINT questions_only_consult_is_free CHECK (binds OR kind = 'consult'),
    CONSTRAINT questions_addressee CHECK ((asked_id IS NULL) <> (addressee_id IS NULL)),
    CONSTRAINT questions_in_order CHECK (received_on >= sent_on AND due_at > received_on),
    CONSTRAINT questions_answered CHECK (state <> 'answered' OR reply <> '' AND words_id IS NOT NULL AND ended_at IS NOT NULL),
    CONSTRAINT questions_notice_first CHECK (state <> 'overridden' OR ground <> '' AND reason_id IS NOT NULL AND (NOT tells OR notified_at IS NOT NULL))
);
CREATE INDEX questions_of ON questions (disclosure_id, asked_at);
CREATE INDEX questions_waiting ON questions (due_at) WHERE state IN ('drafted', 'sent', 'received', 'answered', 'silent');

CREATE TABLE question_letters (
    question_id   uuid NOT NULL, -- the question may not be sent yet
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    unit_id       text NOT NULL REFERENCES units,
    type          text NOT NULL CHECK (type IN ('ask', 'notice')),
    template      text NOT NULL,
    year          int NOT NULL,
    n             int NOT NULL,
    number        text NOT NULL,
    blob          text NOT NULL, -- keyed hash of the .docx
    made_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    issued_at     timestamptz,
    PRIMARY KEY (question_id, type),
    CONSTRAINT question_letters_number UNIQUE (unit_id, year, n)
);

-- +goose StatementBegin
CREATE FUNCTION question_holds(q questions) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN q.binds AND NOT (q.state IN ('overridden', 'withdrawn') OR q.state = 'answered' AND q.reply = 'consent');
END $$;
-- +goose StatementEnd

-- A question takes its road and never goes back; silence never comes early; what was asked
-- stays what it was.
-- +goose StatementBegin
CREATE FUNCTION guard_question() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    fixed text[] := '{state,sent_on,received_on,due_at,ended_at,notified_at,reply,how_id,words_id,scan,ground,reason_id,answered_by,settled_by}';
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.state <> (CASE WHEN NEW.asked_id IS NULL THEN 'drafted' ELSE 'received' END) THEN
            RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'questions_road', MESSAGE = 'a question begins at its beginning';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - fixed <> to_jsonb(OLD) - fixed THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'questions_fixed', MESSAGE = 'what was asked stays what it was';
    END IF;
    IF NOT (CASE OLD.state
            WHEN 'drafted' THEN NEW.state IN ('sent', 'withdrawn')
            WHEN 'sent' THEN NEW.state IN ('received', 'answered', 'withdrawn')
            WHEN 'received' THEN NEW.state IN ('answered', 'silent', 'withdrawn')
            WHEN 'silent' THEN NEW.state IN ('silent', 'answered', 'overridden', 'withdrawn')
            WHEN 'answered' THEN OLD.reply <> 'consent' AND NEW.reply = OLD.reply AND NEW.state IN ('answered', 'overridden', 'withdrawn')
            ELSE false END) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'questions_road', MESSAGE = 'a question does not go back';
    END IF;
    IF NEW.state = 'silent' AND OLD.state <> 'silent' AND NEW.due_at > clock_timestamp() THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'questions_silent_early', MESSAGE = 'there is still time to answer';
    END IF;
    IF NEW.state = 'sent' AND OLD.state = 'drafted' AND NOT EXISTS (
            SELECT FROM question_letters l WHERE l.question_id = NEW.id AND l.type = 'ask' AND l.issued_at IS NOT NULL)
       OR NEW.notified_at IS NOT NULL AND OLD.notified_at IS NULL AND NOT EXISTS (
            SELECT FROM question_letters l WHERE l.question_id = NEW.id AND l.type = 'notice' AND l.issued_at IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'questions_letter', MESSAGE = 'no letter was issued';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_question BEFORE INSERT OR UPDATE ON questions FOR EACH ROW EXECUTE FUNCTION guard_question();
CREATE TRIGGER append_only BEFORE DELETE ON questions FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What went out stays as it went out.
-- +goose StatementBegin
CREATE FUNCTION guard_letter() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.issued_at IS NOT NULL OR NEW.number <> OLD.number OR NEW.question_id <> OLD.question_id OR NEW.type <> OLD.type THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'question_letters_append_only', MESSAGE = 'an issued letter stays as it is';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_letter BEFORE UPDATE ON question_letters FOR EACH ROW EXECUTE FUNCTION guard_letter();
CREATE TRIGGER append_only BEFORE DELETE ON question_letters FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- No leader signs, and nothing is granted, while a question that binds is open.
-- +goose StatementBegin
CREATE FUNCTION guard_questions_open() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'decisions' THEN
        IF NOT (NEW.counts AND NEW.outcome = 'disclose' AND NEW.role IN ('deputy_leader', 'principal_leader', 'duty_leader')) THEN
            RETURN NEW;
        END IF;
    END IF;
    IF EXISTS (SELECT FROM questions q WHERE q.disclosure_id = NEW.disclosure_id AND question_holds(q)) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'questions_open', MESSAGE = 'a question that binds is open';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_questions_open BEFORE INSERT ON decisions FOR EACH ROW EXECUTE FUNCTION guard_questions_open();
CREATE TRIGGER guard_questions_open BEFORE INSERT ON grants FOR EACH ROW EXECUTE FUNCTION guard_questions_open();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT, UPDATE ON questions TO shenfa_app;
        GRANT SELECT, INSERT ON question_letters TO shenfa_app;
        GRANT UPDATE (template, blob, made_at, issued_at) ON question_letters TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER guard_questions_open ON grants;
DROP TRIGGER guard_questions_open ON decisions;
DROP FUNCTION guard_questions_open(), question_holds(questions);
DROP TABLE question_letters, questions;
DROP FUNCTION guard_letter(), guard_question();
