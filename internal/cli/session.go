package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// login is what is kept of the last login, readable by its owner alone.
type login struct {
	Server string `json:"server"`
	Token  string `json:"token"`
}

func (r *run) file() (string, error) {
	dir, err := r.configDir()
	if err != nil {
		return "", fmt.Errorf("place of the login: %w", err)
	}
	return filepath.Join(dir, "shenfa", "login.json"), nil
}

func (r *run) stored() (login, error) {
	name, err := r.file()
	if err != nil {
		return login{}, err
	}
	raw, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return login{}, nil
	}
	var l login
	if err == nil {
		err = json.Unmarshal(raw, &l)
	}
	if err != nil {
		return login{}, fmt.Errorf("stored login: %w", err)
	}
	return l, nil
}

func (r *run) store(l login) error {
	name, err := r.file()
	if err != nil {
		return err
	}
	raw, err := json.Marshal(l)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return fmt.Errorf("store login: %w", err)
	}
	// A new file, so that an old one with wider permissions does not lend them.
	temp, err := os.CreateTemp(filepath.Dir(name), "login-*")
	if err != nil {
		return fmt.Errorf("store login: %w", err)
	}
	_, err = temp.Write(raw)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), name)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("store login: %w", err), os.Remove(temp.Name()))
	}
	return nil
}

func loginCommand(r *run) *cobra.Command {
	return &cobra.Command{
		Use:   "login LOGIN",
		Short: "Sign in; the password is asked for, or read from standard input 登录",
		Args:  cobra.ExactArgs(1),
		RunE: r.does(func(ctx context.Context, args []string) error {
			base, _, err := r.where()
			if err != nil {
				return err
			}
			var password string
			if r.interactive() {
				r.notef("%s", r.say("密码：", "Password: "))
				password, err = r.password()
				r.notef("\n")
			} else {
				password, err = r.line()
			}
			if err != nil {
				return fmt.Errorf("read password: %w", err)
			}
			in := map[string]string{"login": args[0], "password": password}
			signIn := request{method: http.MethodPost, path: "/session", anonymous: true, json: in}
			answer, err := r.call(ctx, signIn)
			if no := (*Refused)(nil); errors.As(err, &no) && no.Code == "password_must_change" && r.interactive() {
				r.notef("%s\n%s", no.Message, r.say("新密码：", "New password: "))
				in["new_password"], err = r.password()
				r.notef("\n")
				if err != nil {
					return fmt.Errorf("read password: %w", err)
				}
				answer, err = r.call(ctx, signIn)
			}
			if no := (*Refused)(nil); errors.As(err, &no) && no.Code == "proof_required" {
				if in["code"], err = r.identity(no.Message); err != nil {
					return err
				}
				answer, err = r.call(ctx, signIn)
			}
			if err != nil {
				return err
			}
			var session struct {
				Token string `json:"token"`
				Me    me     `json:"me"`
			}
			if err := answer.into(&session); err != nil {
				return err
			}
			if err := r.store(login{Server: base, Token: session.Token}); err != nil {
				return err
			}
			return r.show(answer, func() error { return r.showMe(session.Me) })
		}),
	}
}

func logoutCommand(r *run) *cobra.Command {
	return &cobra.Command{
		Use:   "logout",
		Short: "Sign out 退出",
		Args:  cobra.NoArgs,
		RunE: r.does(func(ctx context.Context, _ []string) error {
			_, err := r.call(ctx, request{method: http.MethodDelete, path: "/session"})
			if no := (*Refused)(nil); err != nil && (!errors.As(err, &no) || no.Status != http.StatusUnauthorized) {
				return err
			}
			name, err := r.file()
			if err != nil {
				return err
			}
			if err := os.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("forget login: %w", err)
			}
			return nil
		}),
	}
}

func whoamiCommand(r *run) *cobra.Command {
	return &cobra.Command{
		Use:   "whoami",
		Short: "Show the account and its roles 我是谁",
		Args:  cobra.NoArgs,
		RunE: r.does(func(ctx context.Context, _ []string) error {
			answer, err := r.call(ctx, request{method: http.MethodGet, path: "/me"})
			if err != nil {
				return err
			}
			var who me
			return r.show(answer, func() error {
				if err := answer.into(&who); err != nil {
					return err
				}
				return r.showMe(who)
			})
		}),
	}
}

func (r *run) showMe(who me) error {
	var roles []string
	for _, role := range who.Roles {
		roles = append(roles, r.say(role.Zh, role.En))
	}
	r.printf("%s (%s) · %s · %s · %s\n", who.Name, who.Login, who.Unit.Name, who.Section.Name, strings.Join(roles, r.say("、", ", ")))
	return nil
}
