-- What was seen and known when something was recalled, and campaigns in which what is
-- public is reviewed once more (专项复核).

-- +goose Up

-- Evidence of a recall: the moment itself, and what each channel showed before and after.
-- It is sealed under the item's key; the ledger holds its hash.
CREATE TABLE evidence (
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    part          text NOT NULL,
    sha256        bytea NOT NULL,
    sealed        bytea NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (disclosure_id, part)
);
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON evidence FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What is looked for names what must not be told, so it is sealed; so is the report.
CREATE TABLE campaigns (
    id            uuid PRIMARY KEY,
    unit_id       text NOT NULL REFERENCES units,
    sealed        bytea NOT NULL,
    recall        boolean NOT NULL, -- what is found is recalled at once
    due_at        timestamptz NOT NULL,
    opened_by     uuid NOT NULL REFERENCES people,
    opened_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    looked        int NOT NULL DEFAULT 0,     -- items looked at so far
    looked_up_to  text NOT NULL DEFAULT '',   -- where the next look begins
    searched_at   timestamptz,                -- all were looked at
    closed_at     timestamptz,
    closed_by     uuid REFERENCES people,
    sealed_report bytea,
    CONSTRAINT campaigns_closed CHECK (closed_at IS NULL OR searched_at IS NOT NULL AND sealed_report IS NOT NULL)
);
CREATE INDEX campaigns_by_unit ON campaigns (unit_id, opened_at DESC);

CREATE TABLE campaign_items (
    campaign_id   uuid NOT NULL REFERENCES campaigns,
    disclosure_id uuid NOT NULL REFERENCES disclosures,
    version       int NOT NULL,
    sealed        bytea NOT NULL, -- why it is in it
    added_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    outcome       text CHECK (outcome IN ('keep', 'withdraw', 'recall')),
    person_id     uuid REFERENCES people,
    opinion_id    uuid REFERENCES opinions,
    at            timestamptz,
    PRIMARY KEY (campaign_id, disclosure_id),
    CONSTRAINT campaign_items_whole CHECK ((outcome IS NULL) = (person_id IS NULL) AND (outcome IS NULL) = (at IS NULL))
);
CREATE INDEX campaign_items_by_item ON campaign_items (disclosure_id) WHERE outcome IS NULL;

-- Whoever let it pass, or had a hand in it, does not review it once more. What is recalled
-- at once is recalled by who may, not reviewed.
-- +goose StatementBegin
CREATE FUNCTION guard_campaign_item() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.outcome IS NOT NULL OR to_jsonb(NEW) - '{outcome,person_id,opinion_id,at}'::text[] <> to_jsonb(OLD) - '{outcome,person_id,opinion_id,at}'::text[]
       OR EXISTS (SELECT FROM campaigns c WHERE c.id = NEW.campaign_id AND c.closed_at IS NOT NULL) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'campaign_items_once', MESSAGE = 'the review of an item stands';
    END IF;
    IF NEW.outcome = 'recall' AND EXISTS (SELECT FROM campaigns c WHERE c.id = NEW.campaign_id AND c.recall AND c.opened_by = NEW.person_id) THEN
        RETURN NEW;
    END IF;
    IF EXISTS (SELECT FROM contributors c WHERE c.disclosure_id = NEW.disclosure_id AND c.person_id = NEW.person_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'campaign_items_not_by_contributor', MESSAGE = 'a contributor may not review';
    END IF;
    IF EXISTS (SELECT FROM decisions d WHERE d.disclosure_id = NEW.disclosure_id AND d.person_id = NEW.person_id) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'campaign_items_not_by_decider', MESSAGE = 'who decided may not review';
    END IF;
    IF NOT EXISTS (SELECT FROM person_roles r WHERE r.person_id = NEW.person_id AND r.role = 'confidentiality_reviewer') THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'campaign_items_role_held', MESSAGE = 'the person does not hold the role';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_campaign_item BEFORE UPDATE ON campaign_items FOR EACH ROW EXECUTE FUNCTION guard_campaign_item();
CREATE TRIGGER append_only BEFORE DELETE ON campaign_items FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- A campaign ends when everything was looked at and everything found was reviewed or is
-- gone by now, and stays as it ended.
-- +goose StatementBegin
CREATE FUNCTION guard_campaign() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.closed_at IS NOT NULL THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'campaigns_over', MESSAGE = 'the campaign is closed';
    END IF;
    IF NEW.closed_at IS NOT NULL AND (NEW.searched_at IS NULL
       OR EXISTS (SELECT FROM campaign_items i JOIN disclosures d ON d.id = i.disclosure_id
                   WHERE i.campaign_id = NEW.id AND i.outcome IS NULL AND d.state NOT IN ('recalled', 'taken_down'))) THEN
        RAISE EXCEPTION USING ERRCODE = '23514', CONSTRAINT = 'campaigns_unfinished', MESSAGE = 'items of the campaign wait';
    END IF;
    RETURN NEW;
END $$;
-- +goose StatementEnd
CREATE TRIGGER guard_campaign BEFORE UPDATE ON campaigns FOR EACH ROW EXECUTE FUNCTION guard_campaign();
CREATE TRIGGER append_only BEFORE DELETE ON campaigns FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- +goose StatementBegin
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'shenfa_app') THEN
        GRANT SELECT, INSERT ON evidence TO shenfa_app;
        GRANT SELECT, INSERT ON campaigns, campaign_items TO shenfa_app;
        GRANT UPDATE (looked, looked_up_to, searched_at, closed_at, closed_by, sealed_report) ON campaigns TO shenfa_app;
        GRANT UPDATE (outcome, person_id, opinion_id, at) ON campaign_items TO shenfa_app;
    END IF;
END $$;
-- +goose StatementEnd

-- +goose Down
DROP TABLE campaign_items, campaigns, evidence;
DROP FUNCTION guard_campaign(), guard_campaign_item();
