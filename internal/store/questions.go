package store

import (
	"context"
	"fmt"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"shenfa/internal/disclosure"
	"shenfa/internal/notice"
)

// Letters of a question.
const (
	LetterAsk    = "ask"
	LetterNotice = "notice"
)

// question writes what an act means to a question, and whom it concerns.
func (r *recorder) question(ctx context.Context) error {
	in := r.Act.Inquiry
	if in == nil {
		return nil
	}
	q, _ := r.After.Question(in.ID)
	if r.Act.Type == disclosure.AskQuestion {
		t := q.Terms()
		if err := r.exec(ctx, "question", `INSERT INTO questions (id, disclosure_id, kind, terms_from, asker_id, asked_id, addressee_id, ask_id, version, manifest_hash,
				binds, excludes, tells, state, asked_at, received_on, due_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
			q.ID, r.ID, q.Kind, q.From, q.By, nullable(q.Asked), nullable(in.Addressee), r.Act.Opinion, q.Version, r.After.Manifest,
			t.Binds, t.Excludes, t.Notice != "", q.State, q.AskedAt, nullTime(q.ReceivedOn), nullTime(q.Due)); err != nil {
			return err
		}
		return r.tellQuestion(ctx, q)
	}
	if err := r.issue(ctx, in); err != nil {
		return err
	}
	var how, words, reason, by any
	switch r.Act.Type {
	case disclosure.ReceiveQuestion:
		how = nullable(r.Act.Opinion)
	case disclosure.AnswerQuestion:
		words, by = nullable(r.Act.Opinion), nullable(r.Act.By.ID)
	default:
		reason = nullable(r.Act.Opinion)
	}
	if err := r.one(ctx, "question", disclosure.NotFound, `UPDATE questions SET state = $3, sent_on = $4, received_on = $5, due_at = $6, ended_at = $7, notified_at = $8, reply = $9,
			how_id = coalesce($10, how_id), words_id = coalesce($11, words_id), answered_by = coalesce($12, answered_by), scan = coalesce($13, scan),
			reason_id = coalesce($14, reason_id), ground = coalesce(NULLIF($15, ''), ground), settled_by = coalesce($16, settled_by)
		WHERE id = $1 AND disclosure_id = $2`, q.ID, r.ID, q.State, nullTime(q.SentOn), nullTime(q.ReceivedOn), nullTime(q.Due), nullTime(q.EndedAt), nullTime(q.NotifiedAt), q.Reply,
		how, words, by, nullable(in.Scan), reason, in.Ground, r.settledBy(q)); err != nil {
		return err
	}
	return r.tellQuestion(ctx, q)
}

func (r *recorder) settledBy(q disclosure.Question) any {
	if q.State == disclosure.QuestionOverridden || q.State == disclosure.QuestionClosed {
		return nullable(r.Act.By.ID)
	}
	return nil
}

// issue marks the very letter that the act names as gone out.
func (r *recorder) issue(ctx context.Context, in *disclosure.Inquiry) error {
	letter := LetterAsk
	switch r.Act.Type {
	case disclosure.SendQuestion:
	case disclosure.NotifyQuestion:
		letter = LetterNotice
	default:
		return nil
	}
	return r.one(ctx, "letter", disclosure.QuestionMoved, `UPDATE question_letters SET issued_at = clock_timestamp()
		WHERE question_id = $1 AND type = $2 AND blob = $3 AND issued_at IS NULL`, in.ID, letter, in.Letter)
}

// tellQuestion tells the colleague who is asked, and the asker what came of it.
func (r *recorder) tellQuestion(ctx context.Context, q disclosure.Question) error {
	t := telling{Event: "act:" + r.Act.ID, Unit: r.After.Unit, Disclosure: r.ID, But: r.Act.By.ID, To: notice.Audience{Person: q.By}}
	switch {
	case r.Act.Type == disclosure.AskQuestion && q.Asked != "":
		t.Kind, t.Due, t.To = notice.Asked, q.Due, notice.Audience{Person: q.Asked}
	case r.Act.Type == disclosure.AnswerQuestion:
		t.Kind = notice.Answered
	case r.Act.Type == disclosure.QuestionSilent:
		t.Kind, t.Due = notice.Silent, q.Due
	default:
		return nil
	}
	return tell(ctx, r.tx, t)
}

// Letter is a letter of a question, by its number. Until it is issued it may be written anew.
type Letter struct {
	Question string     `db:"question_id"`
	Type     string     `db:"type"`
	Number   string     `db:"number"`
	Blob     string     `db:"blob"`
	MadeAt   time.Time  `db:"made_at"`
	IssuedAt *time.Time `db:"issued_at"`
}

// WriteLetter writes a letter that is not issued yet, with the next number of the unit or
// the one it has. numbered gets the unit's code, the year and the number and returns the
// whole number; write gets that and returns the file.
func (s *Store) WriteLetter(ctx context.Context, id, unit, question, letter, template string, numbered func(code string, year, n int) string,
	write func(number string) ([]byte, error),
) (l Letter, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		if _, err := tx.ExecContext(ctx, `SELECT pg_advisory_xact_lock(hashtextextended('letters/' || $1, 0))`, unit); err != nil { // one number at a time
			return fmt.Errorf("letter: %w", err)
		}
		var series struct {
			Code string `db:"code"`
			Year int    `db:"year"`
			N    int    `db:"n"`
		}
		if err := tx.GetContext(ctx, &series, `SELECT u.code, extract(year FROM clock_timestamp() AT TIME ZONE 'Asia/Shanghai')::int AS year, 0 AS n
			FROM units u WHERE u.id = $1`, unit); err != nil {
			return fmt.Errorf("letter: %w", err)
		}
		var had []struct {
			N      int        `db:"n"`
			Number string     `db:"number"`
			Issued *time.Time `db:"issued_at"`
			Blob   string     `db:"blob"`
			Made   time.Time  `db:"made_at"`
		}
		if err := tx.SelectContext(ctx, &had, `SELECT n, number, issued_at, blob, made_at FROM question_letters WHERE question_id = $1 AND type = $2`, question, letter); err != nil {
			return fmt.Errorf("letter: %w", err)
		}
		l = Letter{Question: question, Type: letter}
		if len(had) > 0 && had[0].Issued != nil {
			l.Number, l.Blob, l.MadeAt, l.IssuedAt = had[0].Number, had[0].Blob, had[0].Made, had[0].Issued
			return nil
		}
		if len(had) > 0 {
			l.Number = had[0].Number
		} else {
			if err := tx.GetContext(ctx, &series.N, `SELECT coalesce(max(n), 0) + 1 FROM question_letters WHERE unit_id = $1 AND year = $2`, unit, series.Year); err != nil {
				return fmt.Errorf("number of a letter: %w", err)
			}
			l.Number = numbered(series.Code, series.Year, series.N)
		}
		data, err := write(l.Number)
		if err != nil {
			return err
		}
		key, err := s.key(ctx, tx, id)
		if err != nil {
			return err
		}
		l.Blob = blobID(key, data)
		if err := putBlob(ctx, tx, id, l.Blob, key, data); err != nil {
			return err
		}
		if len(had) > 0 {
			_, err = tx.ExecContext(ctx, `UPDATE question_letters SET template = $3, blob = $4, made_at = clock_timestamp() WHERE question_id = $1 AND type = $2`, question, letter, template, l.Blob)
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO question_letters (question_id, disclosure_id, unit_id, type, template, year, n, number, blob) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			question, id, unit, letter, template, series.Year, series.N, l.Number, l.Blob)
		return err
	})
	return l, err
}

// KeepScan seals a paper that came in, and names it.
func (s *Store) KeepScan(ctx context.Context, id string, by disclosure.Person, data []byte) (blob string, err error) {
	err = s.tx(ctx, func(tx *sqlx.Tx) error {
		key, err := s.key(ctx, tx, id)
		if err != nil {
			return err
		}
		blob = blobID(key, data)
		if err := putBlob(ctx, tx, id, blob, key, data); err != nil {
			return err
		}
		return insertAudit(ctx, tx, Audit{Actor: by.ID, Action: "keep_scan", Object: id, Unit: by.Unit, Outcome: "ok", Detail: map[string]string{"scan": blob}})
	})
	return blob, err
}

// Asked is a question with its words opened. Words that were erased are empty.
type Asked struct {
	ID         string     `db:"id"`
	Item       string     `db:"disclosure_id"`
	Kind       string     `db:"kind"`
	By         string     `db:"asker_id"`
	ByName     string     `db:"asker_name"`
	Asked      *string    `db:"asked_id"`
	AskedName  *string    `db:"asked_name"`
	AnswererID *string    `db:"answered_by"`
	Answerer   *string    `db:"answerer_name"`
	SettlerID  *string    `db:"settled_by"`
	Settler    *string    `db:"settler_name"`
	Scan       *string    `db:"scan"`
	Ground     string     `db:"ground"`
	EndedAt    *time.Time `db:"ended_at"`

	SealedAddressee []byte  `db:"addressee"`
	SealedAsk       []byte  `db:"ask"`
	SealedHow       []byte  `db:"how"`
	SealedWords     []byte  `db:"words"`
	SealedReason    []byte  `db:"reason"`
	AddresseeID     *string `db:"addressee_id"`
	AskID           string  `db:"ask_id"`
	HowID           *string `db:"how_id"`
	WordsID         *string `db:"words_id"`
	ReasonID        *string `db:"reason_id"`

	Addressee, Ask, How, Words, Reason string
	Letters                            []Letter
}

// Questions lists what was asked about an item, the oldest first.
func (s *Store) Questions(ctx context.Context, id string) ([]Asked, error) {
	var rows []Asked
	if err := s.db.SelectContext(ctx, &rows, `SELECT q.id, q.disclosure_id, q.kind, q.asker_id, a.name AS asker_name, q.asked_id, c.name AS asked_name, q.answered_by, w.name AS answerer_name,
		       q.settled_by, e.name AS settler_name, q.scan, q.ground, q.ended_at, q.addressee_id, q.ask_id, q.how_id, q.words_id, q.reason_id,
		       oa.sealed AS addressee, ok.sealed AS ask, oh.sealed AS how, ow.sealed AS words, orr.sealed AS reason
		  FROM questions q JOIN people a ON a.id = q.asker_id LEFT JOIN people c ON c.id = q.asked_id LEFT JOIN people w ON w.id = q.answered_by LEFT JOIN people e ON e.id = q.settled_by
		  JOIN opinions ok ON ok.id = q.ask_id LEFT JOIN opinions oa ON oa.id = q.addressee_id LEFT JOIN opinions oh ON oh.id = q.how_id
		  LEFT JOIN opinions ow ON ow.id = q.words_id LEFT JOIN opinions orr ON orr.id = q.reason_id
		 WHERE q.disclosure_id = $1 ORDER BY q.asked_at, q.id`, id); err != nil {
		return nil, fmt.Errorf("questions: %w", err)
	}
	if len(rows) == 0 {
		return nil, nil
	}
	key, err := s.key(ctx, s.db, id)
	if err != nil {
		return nil, err
	}
	var letters []Letter
	if err := s.db.SelectContext(ctx, &letters, `SELECT question_id, type, number, blob, made_at, issued_at FROM question_letters WHERE disclosure_id = $1 AND issued_at IS NOT NULL ORDER BY type`, id); err != nil {
		return nil, fmt.Errorf("letters: %w", err)
	}
	for i := range rows {
		q := &rows[i]
		for _, w := range []struct {
			id     *string
			sealed []byte
			to     *string
		}{{q.AddresseeID, q.SealedAddressee, &q.Addressee}, {&q.AskID, q.SealedAsk, &q.Ask}, {q.HowID, q.SealedHow, &q.How}, {q.WordsID, q.SealedWords, &q.Words}, {q.ReasonID, q.SealedReason, &q.Reason}} {
			if w.id == nil {
				continue
			}
			if words, err := key.Open(opinionContext(id, *w.id), w.sealed); err == nil {
				*w.to = string(words)
			}
		}
		for _, l := range letters {
			if l.Question == q.ID {
				q.Letters = append(q.Letters, l)
			}
		}
	}
	return rows, nil
}

// OpenQuestions lists items still on their road, that the viewer may see, with a question that is not settled
// and concerns them: they asked, are asked, or their role takes in letters. The first to be
// due comes first.
func (s *Store) OpenQuestions(ctx context.Context, p disclosure.Person, limit int) ([]Row, error) {
	var rows []Row
	if err := s.db.SelectContext(ctx, &rows, selectRow+` WHERE `+visible+` AND d.state = ANY ($6) AND EXISTS (
			SELECT FROM questions q WHERE q.disclosure_id = d.id AND q.state IN ('drafted', 'sent', 'received', 'answered', 'silent')
			   AND (question_holds(q) OR q.state = 'received')
			   AND (q.asker_id = $1 OR q.asked_id = $1 OR q.asked_id IS NULL AND $4::text[] && '{confidentiality_reviewer,disclosure_officer}'))
		ORDER BY (SELECT min(q.due_at) FROM questions q WHERE q.disclosure_id = d.id AND q.state = 'received') NULLS FIRST, d.id LIMIT $5`,
		append(viewer(p), limit, pq.Array(disclosure.AnswerableStates()))...); err != nil {
		return nil, fmt.Errorf("open questions: %w", err)
	}
	return s.open(rows)
}
