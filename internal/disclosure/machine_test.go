package disclosure

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var allActs = []ActType{Submit, Dispose, Decide, Withdraw, Reschedule, Recall, Clear, Bypass, Uphold, Checked, Arm, NotReady, Due, Missed, Confirm, Fail, TakeDown, Restore, Repair, Expire}

// examples are cases in every state, as acts lead there.
func examples(t *testing.T) map[State][]Case {
	fresh := NewCase("one", "SF", "safety", author.ID)
	checking := take(t, fresh, submission(t, fresh, "important"))
	quarantined := take(t, checking, Act{Type: Checked, Quarantine: true})
	step1 := inReview(t, "important")
	step2 := pass(t, step1, head)
	step3 := pass(t, step2, reviewer)
	step4 := pass(t, step3, deputy)
	joint := pass(t, inReview(t, "double_publicity"), head)
	ready := pass(t, step4, principal)
	armed := take(t, ready, Act{Type: Arm})
	releasing := take(t, armed, Act{Type: Due})
	clear := Act{Type: Clear, By: reviewer, Opinion: "words"}
	withdraw := Act{Type: Withdraw, By: author, At: monday, Opinion: "words"}
	ceased := Act{Type: TakeDown, By: officer, At: plannedA, Opinion: "words", Withdrawal: "out_of_force"}
	recall := Act{Type: Recall, By: officer, At: plannedA, Opinion: "words"}
	return map[State][]Case{
		Drafting:     {fresh},
		Checking:     {checking},
		SelfReview:   {take(t, checking, Act{Type: Checked, OpenFindings: 2})},
		InQuarantine: {quarantined, take(t, quarantined, clear)},
		InReview:     {step1, step2, step3, step4, joint, pass(t, joint, lawyer)},
		Reported:     {take(t, step2, decides(step2, reviewer, ReportUp))},
		Returned:     {take(t, step3, decides(step3, deputy, ReturnToEarlier)), take(t, step1, decides(step1, head, DisclosePart))},
		Approved:     {ready},
		Armed:        {armed},
		Releasing:    {releasing},
		Released:     {take(t, releasing, Act{Type: Confirm})},
		Held:         {take(t, ready, Act{Type: NotReady}), take(t, armed, Act{Type: Missed})},
		Failed:       {take(t, releasing, Act{Type: Fail})},
		Withdrawn:    {take(t, checking, withdraw), take(t, ready, withdraw)},
		NotReleased:  {take(t, step2, decides(step2, reviewer, DoNotDisclose))},
		OnAsk:        {take(t, step2, decides(step2, reviewer, DiscloseOnAsk))},
		Recalled:     {take(t, releasing, recall)},
		TakenDown:    {take(t, releasing, Act{Type: Expire, At: plannedZ.AddDate(0, 2, 0)})},
		OutOfForce:   {take(t, releasing, ceased)},
	}
}

// wellFormed are acts of one type that lack nothing but, perhaps, the right state.
func wellFormed(t *testing.T, c Case, act ActType) []Act {
	words := func(a Act) Act { a.Type, a.Opinion = act, "words"; return a }
	switch act {
	case Submit:
		return []Act{submission(t, c, "important")}
	case Dispose:
		done := Act{By: author, Finding: "f", Disposition: FalseAlarm}
		more := done
		more.OpenFindings = 1
		return []Act{words(done), words(more)}
	case Decide:
		var all []Act
		for _, p := range everyone {
			for _, o := range Outcomes() {
				a := decides(c, p, o.ID)
				all = append(all, a)
				for _, to := range c.ReturnTargets()[1:] {
					a.ReturnTo = to
					all = append(all, a)
				}
			}
		}
		return all
	case Withdraw:
		return []Act{words(Act{By: author, At: monday})}
	case Reschedule:
		return []Act{words(Act{By: officer, At: monday, ReleaseAt: plannedA.Add(time.Hour)})}
	case Recall:
		return []Act{words(Act{By: officer, At: plannedA})}
	case TakeDown:
		var all []Act
		for _, w := range WithdrawalTypes() {
			a := Act{By: officer, At: plannedA, Withdrawal: w.ID, Document: "d"}
			if w.Successor {
				a.Successor = "SF-2026-000002"
			}
			all = append(all, words(a))
		}
		return all
	case Restore, Repair:
		return []Act{words(Act{By: officer, At: plannedA})}
	case Expire:
		return []Act{{Type: Expire, At: plannedZ.AddDate(0, 2, 0)}}
	case Clear, Uphold:
		return []Act{words(Act{By: deputy})}
	case Bypass:
		return []Act{words(Act{By: dutyLeader, Manifest: c.Manifest})}
	case Checked:
		return []Act{{Type: Checked}, {Type: Checked, OpenFindings: 1}, {Type: Checked, Quarantine: true}}
	case Missed:
		return []Act{{Type: Missed}, {Type: Missed, ReleaseAt: plannedA.Add(time.Hour)}}
	}
	return []Act{{Type: act}}
}

func TestEveryActInEveryStateLeadsWhereItIsDrawn(t *testing.T) {
	t.Parallel()

	all := examples(t)
	for _, s := range States() {
		require.NotEmpty(t, all[s.ID], "no example of %s", s.ID)
		for _, act := range allActs {
			reached := map[State]bool{}
			for _, c := range all[s.ID] {
				require.Equal(t, s.ID, c.State)
				for _, a := range wellFormed(t, c, act) {
					before := fmt.Sprint(c)
					after, err := c.Take(a)
					require.Equal(t, before, fmt.Sprint(c), "an act changes nothing in the case it was asked of")
					require.Equal(t, err, c.Check(a), "Check and Take agree")
					if err == nil {
						require.NotEmpty(t, moves[s.ID][act], "%s is not drawn in %s", act, s.ID)
						reached[after.State] = true
						continue
					}
					require.Equal(t, before, fmt.Sprint(after))
					presentable(t, err)
					if len(moves[s.ID][act]) == 0 {
						require.Contains(t, []Code{WrongState, Quarantined, ReleaseTooLate}, CodeOf(err), "%s in %s", act, s.ID)
					}
				}
			}
			require.ElementsMatch(t, moves[s.ID][act], slices.Collect(maps.Keys(reached)), "%s in %s", act, s.ID)
			require.Equal(t, moves[s.ID][act], s.ID.Leads(act))
		}
		require.Equal(t, len(moves[s.ID]) == 0, s.ID.Final())
		require.Equal(t, moves[s.ID][Submit] != nil, s.ID.Editable())
	}
	for s := range moves {
		_, known := StateByID(s)
		require.True(t, known, "%s has no name", s)
	}
}

func TestAnUnknownStateAndAnUnknownActAllowNothing(t *testing.T) {
	t.Parallel()

	for _, act := range allActs {
		require.Error(t, Case{}.Check(Act{Type: act}))
	}
	for _, s := range States() {
		require.Error(t, Case{State: s.ID}.Check(Act{}))
		require.Error(t, Case{State: s.ID}.Check(Act{Type: "publish"}))
	}
}

// Every code has a sentence in both languages with the same blanks, and no sentence
// is left over.
func TestEveryRefusalHasItsSentences(t *testing.T) {
	t.Parallel()

	file, err := parser.ParseFile(token.NewFileSet(), "refusal.go", nil, 0)
	require.NoError(t, err)
	codes := map[Code]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok {
			if id, ok := spec.Type.(*ast.Ident); ok && id.Name == "Code" {
				code, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
				require.NoError(t, err)
				codes[Code(code)] = true
			}
		}
		return true
	})
	require.Greater(t, len(codes), 40)
	require.Equal(t, slices.Sorted(maps.Keys(codes)), slices.Sorted(maps.Keys(sentences)))
	for code, s := range sentences {
		require.True(t, strings.HasSuffix(s.Zh, "。"), code)
		require.True(t, strings.HasSuffix(s.En, "."), code)
		require.False(t, strings.ContainsAny(s.En, "，。：（）"), "%s: %s", code, s.En)
		bare := Refuse(code, "")
		require.NotContains(t, bare.Sentence("zh")+bare.Sentence("en"), "{", "not even when nothing is known")
	}
	require.Equal(t, "“a{max}b”最多 9 个字。", Refuse(TooLong, "a{max}b", "max", "9").Sentence("zh"), "what a client sent is not read as a blank")
	require.Equal(t, "no_such_code", Refuse("no_such_code", "").Sentence("zh"))
}

const drawing = "../../docs/state_machine.md"

// The drawing in the documents is made from the code; the words around it are
// written by hand.
func TestTheStateMachineIsDrawnAsItIs(t *testing.T) {
	t.Parallel()

	raw, err := os.ReadFile(drawing)
	require.NoError(t, err)
	before, rest, ok := strings.Cut(string(raw), "```mermaid\n")
	require.True(t, ok)
	_, after, ok := strings.Cut(rest, "```\n")
	require.True(t, ok)
	golden(t, drawing, []byte(before+"```mermaid\n"+draw()+"```\n"+after))

	for _, s := range States() {
		require.Contains(t, after, fmt.Sprintf("\n### %s · %s `%s`\n", s.Zh, s.En, s.ID), "every state is introduced")
	}
	for _, a := range allActs {
		require.Contains(t, after, fmt.Sprintf("\n| `%s` | ", a), "every act is explained")
	}
}

func draw() string {
	var b strings.Builder
	b.WriteString("stateDiagram-v2\n    [*] --> " + string(Drafting) + "\n")
	for _, s := range States() {
		fmt.Fprintf(&b, "    %s : %s · %s\n", s.ID, s.Zh, s.En)
	}
	for _, s := range States() {
		by := map[State][]string{}
		for _, act := range allActs {
			for _, to := range moves[s.ID][act] {
				by[to] = append(by[to], string(act))
			}
		}
		for _, to := range States() {
			if acts := by[to.ID]; acts != nil {
				fmt.Fprintf(&b, "    %s --> %s : %s\n", s.ID, to.ID, strings.Join(acts, ", "))
			}
		}
		if s.ID.Final() {
			fmt.Fprintf(&b, "    %s --> [*]\n", s.ID)
		}
	}
	return b.String()
}
