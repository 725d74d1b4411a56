package e2e

import (
	"context"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	commonpb "go.temporal.io/api/common/v1"
	enums "go.temporal.io/api/enums/v1"
	historypb "go.temporal.io/api/history/v1"
	"go.temporal.io/api/proxy"
	"go.temporal.io/api/temporalproto"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/converter"

	"shenfa/internal/desk"
	"shenfa/internal/disclosure"
	"shenfa/internal/engine"
	"shenfa/internal/vault"
	"shenfa/workflows"
)

var recordHistories = flag.Bool("record-histories", false, "write golden histories that are missing")

// TestRecordHistories walks the roads that a released version must be able to
// replay for ever, and writes their histories. A file that exists is left alone.
func TestRecordHistories(t *testing.T) {
	if !*recordHistories {
		return
	}
	h := newHook(t)
	apis, c := split(t, 1, h)
	s := apis[0]
	v, err := vault.Open(c.Keys)
	require.NoError(t, err)
	temporal, err := engine.DialRemote(context.Background(), c.Temporal, v, io.Discard)
	require.NoError(t, err)
	t.Cleanup(temporal.Close)
	data, _ := v.Converters(c.Temporal.Namespace)
	keep := func(name, workflow string) { record(t, temporal, data, name, workflow) }

	p := s.as("zhouheng")
	both := notice("两个渠道", plain)
	both.channels, both.at = []string{"portal", "webhook"}, time.Now().Add(20*time.Second)
	d := s.approve(p.submitted(p.draft(both)))
	p.awaitState(d.ID, disclosure.Released)
	keep("release_sent", workflows.ReleaseID(*p.get(d.ID).ReleaseAt))
	decode[desk.Disclosure](t, s.as("hezhou").do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/recall", map[string]any{"reason": "召回"}))
	require.Eventually(t, func() bool { return closed(t, temporal, workflows.DisclosureID(d.ID)) }, 30*time.Second, 200*time.Millisecond)
	keep("disclosure_released_recalled", workflows.DisclosureID(d.ID))

	d = p.submitted(p.draft(notice("退回再发", plain+"手机13812345678。\n")))
	for _, f := range decode[desk.Page[desk.Finding]](t, p.do(http.MethodGet, "/api/v1/disclosures/"+d.ID+"/findings", nil)).Items {
		d = decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/findings/"+f.ID+"/disposition", map[string]any{"disposition": "lawful", "reason": "虚构"}))
	}
	d = decode[desk.Disclosure](t, s.as("linlan").decide(d, "section", disclosure.Disclose))
	d = decode[desk.Disclosure](t, s.as("shenyan").decide(d, "confidentiality", disclosure.ReturnToEarlier, "return_to", "section"))
	d = decode[desk.Disclosure](t, s.as("linlan").decide(d, "section", disclosure.ReturnToEarlier, "return_to", "drafter"))
	d = s.approve(p.submitted(p.putBody(p.get(d.ID), "n.txt", []byte(plain))))
	p.awaitState(d.ID, disclosure.Released)
	keep("disclosure_returned_released", workflows.DisclosureID(d.ID))

	later := notice("改期撤回", plain)
	later.at = time.Now().Add(time.Hour)
	d = s.approve(p.submitted(p.draft(later)))
	decode[desk.Disclosure](t, s.as("hezhou").do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/reschedule",
		map[string]any{"at": time.Now().Add(2 * time.Hour).Format(time.RFC3339Nano), "reason": "改期"}))
	decode[desk.Disclosure](t, p.do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/withdraw", map[string]any{"reason": "撤回"}))
	keep("disclosure_rescheduled_withdrawn", workflows.DisclosureID(d.ID))

	frozen := notice("冻结再放", plain)
	frozen.at = time.Now().Add(10 * time.Second)
	d = s.approve(p.submitted(p.draft(frozen)))
	f := decode[desk.Freeze](t, s.as("hezhou").do(http.MethodPost, "/api/v1/freeze", map[string]any{"scope": "unit", "reason": "核实"}))
	p.awaitState(d.ID, disclosure.Held)
	require.Equal(t, http.StatusNoContent, s.as("hezhou").do(http.MethodDelete, "/api/v1/freeze/"+f.ID, nil).status)
	p.awaitState(d.ID, disclosure.Released)
	keep("disclosure_frozen_released", workflows.DisclosureID(d.ID))

	d = p.submitted(p.draft(notice("报审不予公开", plain)))
	d = decode[desk.Disclosure](t, s.as("linlan").decide(d, "section", disclosure.Disclose))
	d = decode[desk.Disclosure](t, s.as("shenyan").decide(d, "confidentiality", disclosure.ReportUp))
	d = decode[desk.Disclosure](t, s.as("hezhou").decide(d, "report_up", disclosure.DoNotDisclose, "basis", "《政府信息公开条例》第十六条"))
	require.Equal(t, disclosure.NotReleased, d.State)
	require.Eventually(t, func() bool { return closed(t, temporal, workflows.DisclosureID(d.ID)) }, 30*time.Second, 200*time.Millisecond)
	keep("disclosure_reported_withheld", workflows.DisclosureID(d.ID))

	d = p.submitted(p.draft(item{title: "隔离", fileName: "m.txt", body: []byte("秘密★1年\n合成示例\n"), late: "now"}))
	for _, login := range []string{"shenyan", "hezhou"} {
		decode[desk.Disclosure](t, s.as(login).do(http.MethodPost, "/api/v1/disclosures/"+d.ID+"/clear", map[string]any{"reason": "误报"}))
	}
	keep("disclosure_quarantined_cleared", workflows.DisclosureID(d.ID))

	d = p.submitted(p.draft(notice("第三方未答复", plain)))
	d = decode[desk.Disclosure](t, s.as("linlan").decide(d, "section", disclosure.Disclose))
	q := s.silent(t, d)
	d = decode[desk.Disclosure](t, s.as("shenyan").decide(d, "confidentiality", disclosure.DoNotDisclose, "basis", "《政府信息公开条例》第十五条"))
	require.Eventually(t, func() bool {
		return closed(t, temporal, workflows.DisclosureID(d.ID)) && closed(t, temporal, workflows.QuestionID(q.ID))
	}, 30*time.Second, 200*time.Millisecond)
	keep("disclosure_asked_withheld", workflows.DisclosureID(d.ID))
	keep("question_silent", workflows.QuestionID(q.ID))
}

func closed(t *testing.T, c client.Client, workflow string) bool {
	t.Helper()
	res, err := c.DescribeWorkflowExecution(context.Background(), workflow, "")
	require.NoError(t, err)
	return res.GetWorkflowExecutionInfo().GetStatus() == enums.WORKFLOW_EXECUTION_STATUS_COMPLETED
}

// record writes a history with its payloads opened: everything in it is made up.
func record(t *testing.T, c client.Client, data converter.DataConverter, name, workflow string) {
	t.Helper()
	path := filepath.Join("../workflows/testdata/histories", name+".json")
	if _, err := os.Stat(path); err == nil {
		return
	}
	ctx := context.Background()
	h := &historypb.History{}
	for events := c.GetWorkflowHistory(ctx, workflow, "", false, enums.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT); events.HasNext(); {
		e, err := events.Next()
		require.NoError(t, err)
		h.Events = append(h.Events, e)
	}
	require.NoError(t, proxy.VisitPayloads(ctx, h, proxy.VisitPayloadsOptions{
		SkipSearchAttributes: true,
		Visitor: func(_ *proxy.VisitPayloadsContext, sealed []*commonpb.Payload) ([]*commonpb.Payload, error) {
			out := make([]*commonpb.Payload, len(sealed))
			for i, p := range sealed {
				var raw converter.RawValue
				if err := data.FromPayload(p, &raw); err != nil {
					return nil, err
				}
				out[i] = raw.Payload()
			}
			return out, nil
		},
	}))
	raw, err := temporalproto.CustomJSONMarshalOptions{Indent: "  "}.Marshal(h)
	require.NoError(t, err)
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, append(raw, '\n'), 0o644))
}
