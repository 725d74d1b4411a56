package workflows_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/interceptor"

	"shenfa/activities"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// tour is a few journeys that between them pass by every guard.
func tour() []journey {
	approved := []move{{Do: "next"}, {Do: "next"}, {Do: "next"}}
	after := func(moves ...move) []move { return append(approved[:3:3], moves...) }
	before, later := move{Do: "instant", N: 3}, move{Do: "wait", Wait: 2}
	return []journey{
		{disclosure.LateHold, time.Hour, true, after(before, later)},
		{disclosure.LateHold, time.Hour, true, after(before, move{Do: "freeze"}, later)},
		{disclosure.LateHold, time.Hour, true, after(before, move{Do: "outage"}, later)},
		{disclosure.LateHold, time.Hour, true, after(before, move{Do: "withdraw", Who: "drafter"}, later)},
		{disclosure.LateNow, 0, true, after(move{Do: "recall", Who: "officer"})},
		{disclosure.LateNow, time.Hour, false, []move{
			{Do: "decide", Who: "head", N: 0}, {Do: "edit", N: 9}, {Do: "submit"}, {Do: "decide", Who: "colleague", N: 9},
		}},
		{disclosure.LateNow, time.Hour, false, []move{{Do: "next"}, {Do: "decide", Who: "confidentiality", N: 3}}},
	}
}

// instead puts a fault where one activity is.
func instead(name string, does func(w *world, next func() (any, error)) (any, error)) func(*world) {
	return func(w *world) {
		w.fault = func(ctx context.Context, _ *interceptor.ExecuteActivityInput, next func() (any, error)) (any, error) {
			if activity.GetInfo(ctx).ActivityType.Name == name {
				return does(w, next)
			}
			return next()
		}
	}
}

// sql breaks the database as its owner could.
func sql(query string) func(*world) {
	return func(w *world) {
		_, err := w.root.ExecContext(w.t.Context(), query)
		require.NoError(w.t, err)
	}
}

// unguarded changes rows behind every trigger's back.
func unguarded(w *world, query string) error {
	_, err := w.root.ExecContext(w.t.Context(), `SET session_replication_role = replica; `+query+`; RESET session_replication_role`)
	return err
}

func TestR4_MutantsAreCaught(t *testing.T) {
	t.Parallel()

	caught := func(t *testing.T, spoil func(*world)) (wrong error) {
		w := newRoadWorld(t)
		spoil(w)
		for _, j := range tour() {
			if wrong = walk(w, j); wrong != nil {
				return wrong
			}
		}
		return nil
	}
	t.Run("None", func(t *testing.T) {
		t.Parallel()
		require.NoError(t, caught(t, func(*world) {}))
	})
	for name, spoil := range map[string]func(*world){
		"PortalIgnoresArming": sql(`CREATE OR REPLACE FUNCTION attended(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT true $$;
			CREATE OR REPLACE FUNCTION is_public(g grants) RETURNS boolean LANGUAGE sql STABLE AS $$ SELECT g.release_at <= now() $$`),
		"FreezesAreForgotten": sql(`CREATE OR REPLACE FUNCTION frozen(g grants) RETURNS boolean LANGUAGE sql STABLE AS
			$$ SELECT false $$`),
		"SomebodyIsAlwaysThere": sql(`CREATE OR REPLACE FUNCTION attended(g grants) RETURNS boolean LANGUAGE sql STABLE AS
			$$ SELECT true $$`),
		"WithdrawalLeavesTheGrant": instead("Record", func(w *world, next func() (any, error)) (any, error) {
			got, err := next()
			if err != nil {
				return nil, err
			}
			return got, unguarded(w, `UPDATE grants SET revoked_at = NULL`)
		}),
		"JudgeDoesNotLookAtTheClock": instead("Judge", func(*world, func() (any, error)) (any, error) {
			return activities.Judgement{Verdict: store.VerdictPublic}, nil
		}),
		"SenderSendsTwice": instead("Send", func(w *world, next func() (any, error)) (any, error) {
			if _, err := next(); err != nil {
				return nil, err
			}
			if err := unguarded(w, `UPDATE effects SET state = 'pending' WHERE channel = 'webhook'`); err != nil {
				return nil, err
			}
			return next()
		}),
		"ConfirmationWithoutLooking": instead("Confirm", func(*world, func() (any, error)) (any, error) {
			return activities.Confirmation{Done: true}, nil
		}),
		"RetractionDoesNothing": instead("Retract", func(*world, func() (any, error)) (any, error) { return nil, nil }),
		"ContributorsAreForgotten": func(w *world) {
			sql(`DROP TRIGGER guard_decision ON decisions; DROP TRIGGER guard_grant ON grants`)(w)
			w.tamper = func(a *disclosure.Act) {
				if a.Type == disclosure.Submit {
					a.Contributors = []string{a.By.ID}
				}
			}
		},
		"DecisionsAreOnWhateverStands": func(w *world) {
			w.tamper = func(a *disclosure.Act) {
				if a.Type == disclosure.Decide {
					a.Manifest = w.item.Case.Manifest
				}
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wrong := caught(t, spoil)
			require.Error(t, wrong, "nothing noticed")
			t.Log(wrong)
		})
	}
}
