package disclosure

import "slices"

// Role is what a person is in the unit.
type Role string

// Roles. The three administrators (三员) hold no business role:
// 《保密法实施条例》 art. 34 and the usual reading of it.
const (
	Drafter           Role = "drafter"                  // 承办人
	SectionHead       Role = "section_head"             // 科室负责人
	Confidentiality   Role = "confidentiality_reviewer" // 保密审查员
	Legal             Role = "legal_reviewer"           // 法制审核员
	DeputyLeader      Role = "deputy_leader"            // 分管领导
	PrincipalLeader   Role = "principal_leader"         // 主要领导
	DisclosureOfficer Role = "disclosure_officer"       // 政务公开办
	DutyOfficer       Role = "duty_officer"             // 值班员
	DutyLeader        Role = "duty_leader"              // 值班领导
	SystemAdmin       Role = "system_admin"             // 系统管理员
	SecurityAdmin     Role = "security_admin"           // 安全保密管理员
	Auditor           Role = "auditor"                  // 安全审计员
)

// RoleInfo names a role and what it allows.
type RoleInfo struct {
	ID  Role         `json:"id"`
	Zh  string       `json:"zh"`
	En  string       `json:"en"`
	May []Permission `json:"may"`
}

// Permission is a right that a route of the API or a page asks for.
type Permission string

const (
	MayCreate   Permission = "create"   // make a draft, and edit one's section's
	MayRead     Permission = "read"     // read what one's work needs
	MayDecide   Permission = "decide"   // decide at the steps one's role stands in
	MayClear    Permission = "clear"    // clear a quarantine, together with another
	MayRelease  Permission = "release"  // see all planned releases, freeze, reschedule, recall
	MayBypass   Permission = "bypass"   // shorten the sign-off in an emergency
	MayCurate   Permission = "curate"   // keep the unit's own word list
	MayRoute    Permission = "route"    // propose and confirm versions of routes
	MayCalendar Permission = "calendar" // propose and confirm years of the working-day calendar
	MayAudit    Permission = "audit"    // read the ledger
	MayWatch    Permission = "watch"    // read the state of the system
	MayManage   Permission = "manage"   // grant roles to others
	MayAccount  Permission = "account"  // make, change and disable accounts
)

var roles = mustLoad[[]RoleInfo]("data/roles.json")

// Roles returns every role in the order of the road.
func Roles() []RoleInfo { return slices.Clone(roles) }

// Administrators are the roles that stand alone, one to a person.
func Administrators() []Role { return []Role{SystemAdmin, SecurityAdmin, Auditor} }

// CheckRoles refuses roles that one person may not hold together: an administrator holds
// no other role.
func CheckRoles(wanted []Role) error {
	for _, r := range wanted {
		if _, ok := RoleByID(r); !ok {
			var known []string
			for _, info := range roles {
				known = append(known, string(info.ID))
			}
			return badValue("roles", string(r), known...)
		}
		if slices.Contains(Administrators(), r) && len(wanted) > 1 {
			return Refuse(RolesMixed, "roles")
		}
	}
	return nil
}

// RoleByID finds a role.
func RoleByID(id Role) (RoleInfo, bool) {
	i := slices.IndexFunc(roles, func(r RoleInfo) bool { return r.ID == id })
	if i < 0 {
		return RoleInfo{}, false
	}
	return roles[i], true
}

// Person is who acts, as they stood when they acted. Names are not kept here: the
// workflow must not carry them.
type Person struct {
	ID      string `json:"id"`
	Unit    string `json:"unit"`
	Section string `json:"section"`
	Roles   []Role `json:"roles"`
}

// Has says whether p holds role.
func (p Person) Has(role Role) bool { return slices.Contains(p.Roles, role) }

// May says whether any of p's roles grants perm.
func (p Person) May(perm Permission) bool { return p.RoleFor(perm) != "" }

// RoleFor is the role in which p may do what perm grants: the first of theirs.
func (p Person) RoleFor(perm Permission) Role {
	for _, id := range p.Roles {
		if r, _ := RoleByID(id); slices.Contains(r.May, perm) {
			return id
		}
	}
	return ""
}
