package desk

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

const (
	proofLife     = 5 * time.Minute
	proofFailures = 3  // within loginWindow, then the person waits
	codePeriod    = 30 // seconds, as RFC 6238 advises
	codeIssuer    = "Shenfa"
)

// Proof is how a person shows anew who they are, for one act.
type Proof struct {
	Typed string // the code of the bound app, or the password where none is bound
	Token string // or the token that Prove gave
	Key   string // of the act: the same request again is the same act
}

// ProofToken stands for a proof that was given; it is good for one act.
type ProofToken struct {
	Token   string    `json:"proof"`
	Expires time.Time `json:"expires"`
}

// CodeApp is what an app for one-time codes needs. URI is a key URI that such apps read.
type CodeApp struct {
	Secret string `json:"secret"`
	URI    string `json:"uri"`
}

// Prove takes the person's password or code now for an act that follows within minutes.
func (d *Desk) Prove(ctx context.Context, who Actor, typed string) (ProofToken, error) {
	token, err := NewSecret()
	if err != nil {
		return ProofToken{}, err
	}
	if err := d.isThem(ctx, who, typed, token); err != nil {
		return ProofToken{}, err
	}
	expires, err := d.store.AddProof(ctx, who.ID, token, proofLife)
	return ProofToken{Token: token, Expires: expires}, err
}

// proven does what somebody answers for, if they show who they are. A proof whose act was
// refused is good again; one whose act may have happened is not.
func (d *Desk) proven(ctx context.Context, who Actor, do func(who Actor) error) error {
	if who.proved {
		return do(who)
	}
	if err := d.prove(ctx, who); err != nil {
		if code := disclosure.CodeOf(err); code != "" {
			d.Denied(ctx, who, "proof", "", code)
		}
		return err
	}
	who.proved = true
	err := do(who)
	switch disclosure.CodeOf(err) {
	case "", disclosure.Unavailable:
		return err
	}
	if free := d.store.FreeProof(context.WithoutCancel(ctx), who.ID, who.Proof.Key); free != nil {
		return fmt.Errorf("%w (%w)", err, free)
	}
	return err
}

func (d *Desk) prove(ctx context.Context, who Actor) error {
	switch {
	case who.Proof.Token != "":
		ok, err := d.store.UseProof(ctx, who.ID, who.Proof.Token, who.Proof.Key)
		if err == nil && !ok {
			err = disclosure.Refuse(disclosure.ProofWrong, "proof")
		}
		return err
	case who.Proof.Typed == "":
		return disclosure.Refuse(disclosure.ProofRequired, "proof")
	}
	return d.isThem(ctx, who, who.Proof.Typed, who.Proof.Key)
}

// isThem refuses whoever does not know the password or the code. Too many wrong ones make
// them wait; that keeps nobody from signing in.
func (d *Desk) isThem(ctx context.Context, who Actor, typed, key string) error {
	if typed == "" {
		return disclosure.Refuse(disclosure.ProofRequired, "proof")
	}
	tries := "proof " + who.ID
	failures, err := d.store.LoginFailures(ctx, tries, loginWindow)
	if err != nil {
		return err
	}
	if failures >= proofFailures {
		return disclosure.Refuse(disclosure.TooManyRequests, "proof", "seconds", strconv.Itoa(int(loginWindow.Seconds())))
	}
	account, err := d.store.AccountByID(ctx, who.ID)
	if err != nil {
		return err
	}
	by, right := "password", false
	if account.CodeApp {
		by = "code"
		right, err = d.codeIs(ctx, who.ID, typed, key)
	} else if account.OneTimeUntil == nil { // an administrator knows a one-time password
		right, err = d.passwordIs(ctx, account.PasswordHash, typed)
	}
	if err != nil {
		return err
	}
	if !right {
		if err := d.store.AddLoginFailure(ctx, tries); err != nil {
			return err
		}
		return disclosure.Refuse(disclosure.ProofWrong, "proof")
	}
	d.note(ctx, who, "proof", "", "ok", map[string]string{"by": by})
	return nil
}

// codeIs says whether typed is a code of the person's app for now, or for the period before
// or after, that no other act has used.
func (d *Desk) codeIs(ctx context.Context, person, typed, key string) (bool, error) {
	app, err := d.store.CodeApp(ctx, person)
	if err != nil || app.Secret == "" {
		return false, err
	}
	step, ok, err := d.period(ctx, app.Secret, typed)
	if err != nil || !ok {
		return false, err
	}
	return d.store.SpendCode(ctx, person, "totp "+strconv.FormatInt(step, 10), key, 3*codePeriod*time.Second)
}

// period finds the period of 30 seconds whose code was typed.
func (d *Desk) period(ctx context.Context, secret, typed string) (step int64, ok bool, err error) {
	now, err := d.store.Now(ctx)
	if err != nil {
		return 0, false, err
	}
	typed = strings.ReplaceAll(typed, " ", "")
	for _, skew := range []int64{0, -1, 1} {
		step = now.Unix()/codePeriod + skew
		ok, err = totp.ValidateCustom(typed, secret, time.Unix(step*codePeriod, 0), totp.ValidateOpts{Period: codePeriod, Digits: otp.DigitsSix})
		if ok || err != nil && !errors.Is(err, otp.ErrValidateInputInvalidLength) {
			return step, ok, err
		}
	}
	return 0, false, nil
}

// OfferCodeApp makes the secret for an app of one's own. It is bound by the first code.
func (d *Desk) OfferCodeApp(ctx context.Context, who Actor) (CodeApp, error) {
	var app CodeApp
	err := d.proven(ctx, who, func(who Actor) error {
		key, err := totp.Generate(totp.GenerateOpts{Issuer: codeIssuer, AccountName: who.Login, Period: codePeriod})
		if err != nil {
			return err
		}
		app = CodeApp{Secret: key.Secret(), URI: key.URL()}
		return d.store.OfferCodeApp(ctx, who.ID, app.Secret)
	})
	return app, err
}

// BindCodeApp binds the app that was offered, given a code of it. From then on signing in
// takes the password and a code, and an act that needs proof takes a code.
func (d *Desk) BindCodeApp(ctx context.Context, who Actor, code string) error {
	if strings.TrimSpace(code) == "" {
		return disclosure.Refuse(disclosure.Required, "code")
	}
	app, err := d.store.CodeApp(ctx, who.ID)
	switch {
	case err != nil:
		return err
	case app.Since != nil:
		return disclosure.Refuse(disclosure.CodeAppBound, "")
	case app.Secret == "":
		return disclosure.Refuse(disclosure.CodeAppMissing, "")
	}
	if _, ok, err := d.period(ctx, app.Secret, code); err != nil {
		return err
	} else if !ok {
		return disclosure.Refuse(disclosure.ProofWrong, "code")
	}
	return d.store.BindCodeApp(ctx, who.Person)
}

// UnbindCodeApp ends the binding of one's own app.
func (d *Desk) UnbindCodeApp(ctx context.Context, who Actor) error {
	return d.proven(ctx, who, func(who Actor) error {
		return missing(d.store.UnbindCodeApp(ctx, who.Person, who.ID, ""))
	})
}

// ResetCodeApp ends the binding of somebody who lost theirs. It takes another administrator
// than the password: no one of them can sign in as somebody else.
func (d *Desk) ResetCodeApp(ctx context.Context, who Actor, id, reason string) (Account, error) {
	if err := d.another(ctx, who, id, store.ChangeUnbind, disclosure.MayManage, &reason); err != nil {
		return Account{}, err
	}
	if err := d.proven(ctx, who, func(who Actor) error {
		return missing(d.store.UnbindCodeApp(ctx, who.Person, id, reason))
	}); err != nil {
		return Account{}, err
	}
	return d.Account(ctx, who, id)
}

func missing(err error) error {
	if disclosure.CodeOf(err) == disclosure.NotFound {
		return disclosure.Refuse(disclosure.CodeAppMissing, "")
	}
	return err
}
