package desk

import (
	"context"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/pquerna/otp/totp"
	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
	"shenfa/internal/testkit"
)

const password = "a password of the test"

// provable gives somebody a password, and returns them as they come with a proof.
func (p planning) provable(t *testing.T, person disclosure.Person, typed, key string) Actor {
	t.Helper()
	hash, err := HashPassword(password)
	require.NoError(t, err)
	testkit.Exec(t, p.Stored, `UPDATE people SET password_hash = $2 WHERE id = $1`, person.ID, hash)
	return Actor{Person: person, Login: testkit.Cell[string](t, p.Stored, `SELECT login FROM people WHERE id = $1`, person.ID), Proof: Proof{Typed: typed, Key: key}}
}

func TestWhatSomebodyAnswersForTakesProofOfThem(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	acts := map[string]struct {
		by   disclosure.Person
		then disclosure.Code // of the act itself
		do   func(ctx context.Context, who Actor) error
	}{
		"Freeze": {p.Officer, "", func(ctx context.Context, who Actor) error {
			_, err := p.Freeze(ctx, who, uuid.NewString(), FreezeInput{Scope: store.FreezeUnit, Reason: "核实"})
			return err
		}},
		"Unfreeze": {p.Officer, disclosure.NotFound, func(ctx context.Context, who Actor) error { return p.Unfreeze(ctx, who, uuid.NewString()) }},
		"AddToken": {p.Officer, "", func(ctx context.Context, who Actor) error { return p.addsToken(ctx, who) }},
		"GrantRoles": {p.SecurityAdmin, "", func(ctx context.Context, who Actor) error {
			_, err := p.GrantRoles(ctx, who, p.Drafter.ID, []disclosure.Role{disclosure.Drafter}, "任命")
			return err
		}},
		"ResetPassword": {p.SystemAdmin, "", func(ctx context.Context, who Actor) error {
			_, err := p.ResetPassword(ctx, who, p.Drafter.ID, "忘记密码")
			return err
		}},
		"ResetCodeApp": {p.SecurityAdmin, disclosure.CodeAppMissing, func(ctx context.Context, who Actor) error {
			_, err := p.ResetCodeApp(ctx, who, p.Drafter.ID, "手机遗失")
			return err
		}},
		"OfferCodeApp": {p.Principal, "", func(ctx context.Context, who Actor) error { _, err := p.OfferCodeApp(ctx, who); return err }},
	}
	for name, act := range acts {
		require.Equal(t, disclosure.ProofRequired, disclosure.CodeOf(act.do(t.Context(), p.provable(t, act.by, "", "k"))), name)
		require.Equal(t, disclosure.ProofWrong, disclosure.CodeOf(act.do(t.Context(), p.provable(t, act.by, "not it", "k"))), name)
		require.Equal(t, act.then, disclosure.CodeOf(act.do(t.Context(), p.provable(t, act.by, password, "k"))), name)
		testkit.Exec(t, p.Stored, `DELETE FROM login_failures`)
	}
	for _, a := range []disclosure.ActType{disclosure.Decide, disclosure.Bypass, disclosure.Recall, disclosure.TakeDown, disclosure.Restore, disclosure.Clear} {
		err := p.act(t.Context(), p.provable(t, p.Principal, "", "k"), uuid.NewString(), disclosure.Act{ID: uuid.NewString(), Type: a, By: p.Principal})
		require.Equal(t, disclosure.ProofRequired, disclosure.CodeOf(err), a)
	}
}

func TestWrongProofsMakeThePersonWaitAndNobodyElse(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	for range proofFailures {
		_, err := p.Prove(t.Context(), p.provable(t, p.Officer, "", ""), "not it")
		require.Equal(t, disclosure.ProofWrong, disclosure.CodeOf(err))
	}
	_, err := p.Prove(t.Context(), p.provable(t, p.Officer, "", ""), password)
	require.Equal(t, disclosure.TooManyRequests, disclosure.CodeOf(err), "also with the right one")
	_, err = p.Prove(t.Context(), p.provable(t, p.Principal, "", ""), password)
	require.NoError(t, err)
}

func TestAProofIsGoodForOneAct(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	given, err := p.Prove(t.Context(), p.provable(t, p.Officer, "", ""), password)
	require.NoError(t, err)
	with := func(person disclosure.Person, key string) Actor {
		who := p.provable(t, person, "", "")
		who.Proof = Proof{Token: given.Token, Key: key}
		return who
	}
	require.Equal(t, disclosure.ProofWrong, disclosure.CodeOf(p.addsToken(t.Context(), with(p.Principal, "a"))), "it is somebody else's")

	refused := disclosure.Refuse(disclosure.BadValue, "x")
	require.ErrorIs(t, p.proven(t.Context(), with(p.Officer, "a"), func(Actor) error { return refused }), refused)
	require.NoError(t, p.addsToken(t.Context(), with(p.Officer, "b")), "what was refused did not use it")
	require.NoError(t, p.addsToken(t.Context(), with(p.Officer, "b")), "the same request again")
	require.Equal(t, disclosure.ProofWrong, disclosure.CodeOf(p.addsToken(t.Context(), with(p.Officer, "c"))))

	unknown := disclosure.Refuse(disclosure.Unavailable, "")
	given, err = p.Prove(t.Context(), p.provable(t, p.Officer, "", ""), password)
	require.NoError(t, err)
	require.ErrorIs(t, p.proven(t.Context(), with(p.Officer, "d"), func(Actor) error { return unknown }), unknown)
	require.Equal(t, disclosure.ProofWrong, disclosure.CodeOf(p.addsToken(t.Context(), with(p.Officer, "e"))), "what may have happened has used it")
}

func TestABoundAppIsWhatProvesAndNoAdministratorGetsAroundItAlone(t *testing.T) {
	t.Parallel()

	p := plans(t, 0)
	ctx := t.Context()
	app, err := p.OfferCodeApp(ctx, p.provable(t, p.Officer, password, "offer"))
	require.NoError(t, err)
	begun, err := p.store.Now(ctx) // its code is still good a period later
	require.NoError(t, err)
	code := func(periods int) string {
		c, err := totp.GenerateCode(app.Secret, begun.Add(time.Duration(periods)*codePeriod*time.Second))
		require.NoError(t, err)
		return c
	}
	officer := p.provable(t, p.Officer, "", "")
	require.Equal(t, disclosure.ProofWrong, disclosure.CodeOf(p.BindCodeApp(ctx, officer, "000000")))
	require.NoError(t, p.BindCodeApp(ctx, officer, code(0)))
	again := officer
	again.proved = true
	_, err = p.OfferCodeApp(ctx, again)
	require.Equal(t, disclosure.CodeAppBound, disclosure.CodeOf(err))

	login := Credentials{Login: officer.Login, Password: password}
	_, err = p.Login(ctx, login)
	require.Equal(t, disclosure.ProofRequired, disclosure.CodeOf(err))
	login.Code = code(1)
	_, err = p.Login(ctx, login)
	require.NoError(t, err)
	_, err = p.Login(ctx, login)
	require.Equal(t, disclosure.ProofWrong, disclosure.CodeOf(err), "a code that was seen is of no use")

	require.Equal(t, disclosure.ProofWrong, disclosure.CodeOf(p.addsToken(ctx, p.provable(t, p.Officer, password, "t"))), "the password proves nothing now")
	require.Equal(t, disclosure.ProofWrong, disclosure.CodeOf(p.addsToken(ctx, p.provable(t, p.Officer, code(-3), "t"))), "too old")
	now := code(0)
	require.NoError(t, p.addsToken(ctx, p.provable(t, p.Officer, now, "t")))
	require.NoError(t, p.addsToken(ctx, p.provable(t, p.Officer, now, "t")), "the same form sent twice")

	reset, err := p.ResetPassword(ctx, p.as(p.SystemAdmin), p.Officer.ID, "忘记密码")
	require.NoError(t, err)
	_, err = p.Login(ctx, Credentials{Login: officer.Login, Password: reset.Password, NewPassword: "an administrator's own"})
	require.Equal(t, disclosure.ProofRequired, disclosure.CodeOf(err), "who resets the password has no code")
	_, err = p.ResetCodeApp(ctx, p.as(p.SystemAdmin), p.Officer.ID, "手机遗失")
	require.Equal(t, disclosure.Forbidden, disclosure.CodeOf(err), "it takes the other administrator")
	_, err = p.ResetCodeApp(ctx, p.as(p.SecurityAdmin), p.Officer.ID, "手机遗失")
	require.NoError(t, err)
	_, err = p.Login(ctx, Credentials{Login: officer.Login, Password: reset.Password, NewPassword: "a long new password"})
	require.NoError(t, err)
}

func (p planning) addsToken(ctx context.Context, who Actor) error {
	now, err := p.store.Now(ctx)
	if err != nil {
		return err
	}
	_, err = p.AddToken(ctx, who, uuid.NewString(), TokenInput{Name: "同步", Expires: now.Add(time.Hour)})
	return err
}
