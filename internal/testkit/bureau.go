//go:build linux

package testkit

import (
	"testing"

	"shenfa/internal/disclosure"
	"shenfa/internal/store"
)

func routes() disclosure.Book { return disclosure.Routes() }

// Bureau is a unit with two sections and one synthetic person for every role. Those
// who may stand in for another, or be taken for another, are there twice.
type Bureau struct {
	Unit, Section, OtherSection string

	Drafter, Colleague, Stranger        disclosure.Person // the stranger drafts in the other section
	Head, OtherHead                     disclosure.Person
	Confidentiality, SecondReviewer     disclosure.Person
	Legal, Deputy, Principal, Officer   disclosure.Person
	DutyOfficer, DutyLeader             disclosure.Person
	SystemAdmin, SecurityAdmin, Auditor disclosure.Person
}

// Everyone lists all of them by the name of their part.
func (b Bureau) Everyone() map[string]disclosure.Person {
	return map[string]disclosure.Person{
		"drafter": b.Drafter, "colleague": b.Colleague, "stranger": b.Stranger, "head": b.Head, "other_head": b.OtherHead,
		"confidentiality": b.Confidentiality, "second_reviewer": b.SecondReviewer, "legal": b.Legal, "deputy": b.Deputy,
		"principal": b.Principal, "officer": b.Officer, "duty_officer": b.DutyOfficer, "duty_leader": b.DutyLeader,
		"system_admin": b.SystemAdmin, "security_admin": b.SecurityAdmin, "auditor": b.Auditor,
	}
}

// For finds who sits on the seat of a task.
func (b Bureau) For(task disclosure.Task) disclosure.Person {
	for _, p := range []disclosure.Person{
		b.Head, b.Confidentiality, b.Legal, b.Deputy, b.Principal, b.Officer, b.DutyOfficer, b.DutyLeader,
	} {
		if p.Has(task.Role) && (task.Section == "" || task.Section == p.Section) {
			return p
		}
	}
	return disclosure.Person{}
}

// NewBureau is a bureau that is not in any database yet. unit is its id and code.
func NewBureau(unit string) Bureau {
	b := Bureau{Unit: unit, Section: unit + "-safety", OtherSection: unit + "-rescue"}
	person := func(login, section string, roles ...disclosure.Role) disclosure.Person {
		return disclosure.Person{ID: store.Derive("person", unit, login), Unit: unit, Section: section, Roles: roles}
	}
	b.Drafter = person("drafter", b.Section, disclosure.Drafter)
	b.Colleague = person("colleague", b.Section, disclosure.Drafter)
	b.Stranger = person("stranger", b.OtherSection, disclosure.Drafter)
	b.Head = person("head", b.Section, disclosure.SectionHead)
	b.OtherHead = person("other_head", b.OtherSection, disclosure.SectionHead)
	b.Confidentiality = person("confidentiality", b.OtherSection, disclosure.Confidentiality)
	b.SecondReviewer = person("second_reviewer", b.OtherSection, disclosure.Confidentiality)
	b.Legal = person("legal", b.OtherSection, disclosure.Legal)
	b.Deputy = person("deputy", b.OtherSection, disclosure.DeputyLeader)
	b.Principal = person("principal", b.OtherSection, disclosure.PrincipalLeader)
	b.Officer = person("officer", b.OtherSection, disclosure.DisclosureOfficer)
	b.DutyOfficer = person("duty_officer", b.OtherSection, disclosure.DutyOfficer)
	b.DutyLeader = person("duty_leader", b.OtherSection, disclosure.DutyLeader)
	b.SystemAdmin = person("system_admin", b.OtherSection, disclosure.SystemAdmin)
	b.SecurityAdmin = person("security_admin", b.OtherSection, disclosure.SecurityAdmin)
	b.Auditor = person("auditor", b.OtherSection, disclosure.Auditor)
	return b
}

// AddBureau makes a bureau and all of its people in the store.
func AddBureau(t testing.TB, s Stored, unit string) Bureau {
	t.Helper()
	b := NewBureau(unit)
	stored := store.Bureau{ID: b.Unit, Name: "示例局 " + unit, Code: unit}
	for _, section := range []string{b.Section, b.OtherSection} {
		stored.Sections = append(stored.Sections, struct{ ID, Name string }{section, "科室 " + section})
	}
	for name, p := range b.Everyone() {
		stored.People = append(stored.People, store.Account{
			ID: p.ID, Login: unit + "/" + name, Name: "测试 " + name, Section: p.Section, Roles: p.Roles, PasswordHash: "none",
		})
	}
	if err := s.EnsureBureau(t.Context(), stored); err != nil {
		t.Fatal(err)
	}
	return b
}
