package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/google/uuid"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

// demoAccount is one line of DIR/demo-accounts.json.
type demoAccount struct {
	Login    string          `json:"login"`
	Name     string          `json:"name"`
	Role     disclosure.Role `json:"role"`
	Section  string          `json:"section"`
	Password string          `json:"password"`
	Token    string          `json:"token"`
}

// The demo bureau and its people are invented.
const (
	demoUnit     = "qiling-yj"
	demoUnitName = "云川市栖岭区应急管理局"
	demoCode     = "QLYJ"
	demoTokens   = 365 * 24 * time.Hour
)

var demoSections = []struct{ ID, Name string }{
	{"office", "办公室"}, {"chemicals", "危化科"}, {"enforcement", "执法队"}, {"plans", "预案科"}, {"duty", "值班室"}, {"leaders", "局领导"},
}

var demoPeople = []demoAccount{
	{Login: "zhouheng", Name: "周衡", Role: disclosure.Drafter, Section: "chemicals"},
	{Login: "linlan", Name: "林岚", Role: disclosure.SectionHead, Section: "chemicals"},
	{Login: "mengzhi", Name: "孟之", Role: disclosure.Drafter, Section: "enforcement"},
	{Login: "fanyu", Name: "范屿", Role: disclosure.SectionHead, Section: "enforcement"},
	{Login: "shenyan", Name: "沈砚", Role: disclosure.Confidentiality, Section: "office"},
	{Login: "jiangyu", Name: "江屿", Role: disclosure.Legal, Section: "office"},
	{Login: "guning", Name: "顾宁", Role: disclosure.DeputyLeader, Section: "leaders"},
	{Login: "lusong", Name: "陆松", Role: disclosure.PrincipalLeader, Section: "leaders"},
	{Login: "hezhou", Name: "何舟", Role: disclosure.DisclosureOfficer, Section: "office"},
	{Login: "qinfeng", Name: "秦枫", Role: disclosure.DutyOfficer, Section: "duty"},
	{Login: "tangyi", Name: "唐奕", Role: disclosure.DutyLeader, Section: "duty"},
	{Login: "sysadmin", Name: "系统管理员甲", Role: disclosure.SystemAdmin, Section: "office"},
	{Login: "secadmin", Name: "安全管理员乙", Role: disclosure.SecurityAdmin, Section: "office"},
	{Login: "auditor", Name: "安全审计员丙", Role: disclosure.Auditor, Section: "office"},
}

// ensureDemo makes the demo bureau once and returns its accounts. Passwords and
// tokens are random and stand only in the file.
func ensureDemo(ctx context.Context, s *store.Store, dir string) ([]demoAccount, error) {
	path := filepath.Join(dir, "demo-accounts.json")
	raw, err := os.ReadFile(path)
	if err == nil {
		var accounts []demoAccount
		return accounts, json.Unmarshal(raw, &accounts)
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	bureau := store.Bureau{ID: demoUnit, Name: demoUnitName, Code: demoCode, Sections: demoSections}
	accounts := append([]demoAccount(nil), demoPeople...)
	for i := range accounts {
		a := &accounts[i]
		if a.Password, err = desk.NewSecret(); err != nil {
			return nil, err
		}
		a.Password = a.Password[:14]
		if a.Token, err = desk.NewSecret(); err != nil {
			return nil, err
		}
		hash, err := desk.HashPassword(a.Password)
		if err != nil {
			return nil, err
		}
		bureau.People = append(bureau.People, store.Account{
			ID: uuid.NewSHA1(uuid.NameSpaceOID, []byte(demoUnit+"/"+a.Login)).String(), Login: a.Login, Name: a.Name,
			Section: a.Section, Roles: []disclosure.Role{a.Role}, PasswordHash: hash,
		})
	}
	if err := s.EnsureBureau(ctx, bureau); err != nil {
		return nil, fmt.Errorf("demo bureau: %w", err)
	}
	for i, a := range accounts {
		if err := s.AddSession(ctx, bureau.People[i].ID, "token", a.Token, time.Now().Add(demoTokens)); err != nil {
			return nil, err
		}
	}
	if raw, err = json.MarshalIndent(accounts, "", "  "); err != nil {
		return nil, err
	}
	fresh := path + ".new"
	return accounts, errors.Join(os.WriteFile(fresh, raw, 0o600), os.Rename(fresh, path))
}
