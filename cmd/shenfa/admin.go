package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/engine"
	"shenfa/internal/store"
	"shenfa/internal/vault"
)

// foundation is what a new house begins with.
type foundation struct {
	id, name, code string
	sections       []string // ID=NAME; the administrators belong to the first
}

// foundingPassword is how long the first passwords are good.
const foundingPassword = 72 * time.Hour

func adminCommand() *cobra.Command {
	var f foundation
	var split splitFlags
	var dir string
	c := &cobra.Command{
		Use:   "admin",
		Short: "begin a new house, at the machine itself",
	}
	initial := &cobra.Command{
		Use:   "init",
		Short: "make the unit and its three administrators, and print their one-time passwords 初始化",
		Long: `Make the unit and its three administrators on a house without accounts, and print their one-time passwords once.
With --data the private database of that directory is started for it: stop serve first. With --database-url an external one is used.`,
		Example: `  shenfa admin init --data data --unit qiling-yj --name 云川市栖岭区应急管理局 --code QLYJ --section office=办公室 --section chemicals=危化科`,
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			return found(c.Context(), f, split, dir, c.OutOrStdout(), c.ErrOrStderr())
		},
	}
	flags := initial.Flags()
	flags.StringVar(&dir, "data", "data", "`directory` of serve")
	flags.StringVar(&f.id, "unit", "", "`id` of the unit")
	flags.StringVar(&f.name, "name", "", "its `name` 单位名称")
	flags.StringVar(&f.code, "code", "", "first part of its `numbers`")
	flags.StringArrayVar(&f.sections, "section", nil, "a section as `ID=NAME`, again for each 科室")
	split.register(flags, false)
	for _, name := range []string{"unit", "name", "code", "section"} {
		_ = initial.MarkFlagRequired(name) // it is there
	}
	c.AddCommand(initial)
	return c
}

// found makes the unit. What is there already is never touched.
func found(ctx context.Context, f foundation, split splitFlags, dir string, out, errOut io.Writer) (err error) {
	b := store.Bureau{ID: f.id, Name: f.name, Code: f.code}
	for _, s := range f.sections {
		id, name, ok := strings.Cut(s, "=")
		if !ok || id == "" || name == "" {
			return fmt.Errorf("--section %s: ID=NAME", s)
		}
		b.Sections = append(b.Sections, struct{ ID, Name string }{id, name})
	}
	var up closers
	defer func() { err = errors.Join(err, up.close()) }()
	s, err := openForAdmin(ctx, split, dir, errOut, &up)
	if err != nil {
		return err
	}
	until := time.Now().Add(foundingPassword)
	passwords := map[string]string{}
	for _, role := range disclosure.Administrators() {
		info, _ := disclosure.RoleByID(role)
		secret, err := desk.NewSecret()
		if err != nil {
			return err
		}
		hash, err := desk.HashPassword(secret[:16])
		if err != nil {
			return err
		}
		login := strings.ReplaceAll(string(role), "_", "")
		passwords[login] = secret[:16]
		b.People = append(b.People, store.Account{
			ID: uuid.NewString(), Login: login, Name: info.Zh, Section: b.Sections[0].ID, Roles: []disclosure.Role{role}, PasswordHash: hash, OneTimeUntil: &until,
		})
	}
	if err := s.AddUnit(ctx, b, "init"); err != nil {
		var refusal *disclosure.Refusal
		if errors.As(err, &refusal) {
			return errors.New(refusal.Sentence("zh-CN"))
		}
		return err
	}
	for _, p := range b.People {
		fmt.Fprintf(out, "%-14s %-16s %s\n", p.Login, p.Roles[0], passwords[p.Login])
	}
	return nil
}

func openForAdmin(ctx context.Context, split splitFlags, dir string, errOut io.Writer, up *closers) (*store.Store, error) {
	database, owner, keys := split.database, split.database, split.keys
	if database == "" {
		e, err := engine.Start(ctx, engine.Options{Dir: dir, Logger: newLogger(errOut), SDKLog: errOut, AppConnections: connections})
		if err != nil {
			return nil, err
		}
		up.add(e.Stop)
		database, owner, keys = e.AppDatabaseURL(), e.DatabaseURL(), filepath.Join(dir, "keys")
	}
	if keys == "" {
		return nil, errors.New("--keys is required")
	}
	v, err := vault.Open(keys)
	if err != nil {
		return nil, err
	}
	if split.database == "" {
		if err := migrate(ctx, owner, v); err != nil {
			return nil, err
		}
	}
	s, err := store.Open(ctx, database, v, 2)
	if err != nil {
		return nil, err
	}
	up.add(s.Close)
	return s, nil
}
