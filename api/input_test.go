package api

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"shenfa/internal/disclosure"
)

// TestBadInput is what a client can get wrong, and what it is told. The sentence is
// that of the code in both languages, with the field in it.
func TestBadInput(t *testing.T) {
	t.Parallel()

	const (
		one    = "/api/v1/disclosures/d1"
		create = "/api/v1/disclosures"
	)
	match := map[string]string{"If-Match": `"7"`}
	raw := map[string]string{"If-Match": `"7"`, "Content-Type": "application/octet-stream"}
	with := func(base map[string]string, k, v string) map[string]string {
		m := map[string]string{k: v}
		for a, b := range base {
			if _, ok := m[a]; !ok {
				m[a] = b
			}
		}
		return m
	}
	post := func(path, body string) call { return call{method: "POST", path: path, as: "officer", body: body} }
	patch := func(body string, h map[string]string) call {
		return call{method: "PATCH", path: one, as: "drafter", body: body, header: h}
	}
	get := func(path string) call { return call{method: "GET", path: path, as: "officer"} }
	put := func(path, body string, h map[string]string) call {
		return call{method: "PUT", path: path, as: "drafter", body: body, header: h}
	}

	for name, tt := range map[string]struct {
		call
		status int
		code   disclosure.Code
		field  string
	}{
		"UnknownField":       {post(create, `{"titel":"x"}`), 400, disclosure.UnknownField, "titel"},
		"UnknownNested":      {post(create, `{"release":{"when":"x"}}`), 400, disclosure.UnknownField, "release.when"},
		"OtherCapitals":      {post(create, `{"Title":"x"}`), 400, disclosure.UnknownField, "Title"},
		"WrongType":          {post(create, `{"title":7}`), 400, disclosure.WrongType, "title"},
		"WrongNested":        {post(create, `{"release":{"on_approval":"yes"}}`), 400, disclosure.WrongType, "release.on_approval"},
		"WrongElement":       {post(create, `{"channels":["portal",2]}`), 400, disclosure.WrongType, "channels[1]"},
		"NotAList":           {post(create, `{"keywords":"a,b"}`), 400, disclosure.WrongType, "keywords"},
		"NotAnObject":        {post(create, `{"release":[]}`), 400, disclosure.WrongType, "release"},
		"ListAtTheTop":       {call{method: "POST", path: create, as: "officer", body: `[]`, header: map[string]string{"Content-Type": "application/json"}}, 400, disclosure.WrongType, "body"},
		"Null":               {post(create, `{"title":null}`), 400, disclosure.WrongType, "title"},
		"Repeated":           {post(create, `{"title":"a","title":"b"}`), 400, disclosure.BadRequest, "title"},
		"Control":            {post(create, `{"title":"a\u0000b"}`), 400, disclosure.WrongType, "title"},
		"BidiOverride":       {post(create, `{"title":"a\u202eb"}`), 400, disclosure.WrongType, "title"},
		"NoOffset":           {post(create, `{"release":{"at":"2025-05-09T09:00:00"}}`), 400, disclosure.WrongType, "release.at"},
		"DateForInstant":     {post(create, `{"release":{"at":"2025-05-09"}}`), 400, disclosure.WrongType, "release.at"},
		"NumberForInstant":   {post(one+"/reschedule", `{"at":1746752400}`), 400, disclosure.WrongType, "at"},
		"NoBody":             {call{method: "POST", path: create, as: "officer", header: map[string]string{"Content-Type": "application/json"}}, 400, disclosure.EmptyBody, "body"},
		"Truncated":          {post(create, `{"title":"a"`), 400, disclosure.BadRequest, ""},
		"Trailing":           {post(create, `{"title":"a"} {}`), 400, disclosure.BadRequest, ""},
		"NotUTF8":            {post(create, "{\"title\":\"\xff\"}"), 400, disclosure.BadRequest, ""},
		"NotJSON":            {call{method: "POST", path: create, as: "officer", body: `{}`, header: map[string]string{"Content-Type": "text/plain"}}, 400, disclosure.WrongType, "Content-Type"},
		"JSONTooLarge":       {post(create, `{"title":"`+strings.Repeat("a", maxJSON)+`"}`), 413, disclosure.TooLarge, "body"},
		"NoKey":              {call{method: "POST", path: create, as: "officer", body: `{}`, header: map[string]string{"Idempotency-Key": ""}}, 400, disclosure.IdempotencyMissing, "Idempotency-Key"},
		"LongKey":            {call{method: "POST", path: create, as: "officer", body: `{}`, header: map[string]string{"Idempotency-Key": strings.Repeat("k", 201)}}, 400, disclosure.WrongType, "Idempotency-Key"},
		"OddKey":             {call{method: "POST", path: create, as: "officer", body: `{}`, header: map[string]string{"Idempotency-Key": "键"}}, 400, disclosure.WrongType, "Idempotency-Key"},
		"NoIfMatch":          {patch(`{}`, nil), 428, disclosure.PreconditionMissing, "If-Match"},
		"AnyIfMatch":         {patch(`{}`, map[string]string{"If-Match": "*"}), 428, disclosure.PreconditionMissing, "If-Match"},
		"WeakIfMatch":        {patch(`{}`, map[string]string{"If-Match": `W/"7"`}), 412, disclosure.PreconditionFailed, "If-Match"},
		"BareIfMatch":        {patch(`{}`, map[string]string{"If-Match": `7`}), 412, disclosure.PreconditionFailed, "If-Match"},
		"TwoIfMatch":         {patch(`{}`, map[string]string{"If-Match": `"7", "8"`}), 412, disclosure.PreconditionFailed, "If-Match"},
		"SubmitNoIfMatch":    {post(one+"/submit", ``), 428, disclosure.PreconditionMissing, "If-Match"},
		"AttachNoIfMatch":    {call{method: "POST", path: one + "/attachments?name=a", as: "drafter", body: "x"}, 428, disclosure.PreconditionMissing, "If-Match"},
		"BodyNoIfMatch":      {put(one+"/body?name=a", "x", nil), 428, disclosure.PreconditionMissing, "If-Match"},
		"RemoveNoIfMatch":    {call{method: "DELETE", path: one + "/attachments/a", as: "drafter"}, 428, disclosure.PreconditionMissing, "If-Match"},
		"EmptyUpload":        {put(one+"/body?name=a.txt", "", raw), 400, disclosure.EmptyBody, "body"},
		"NoName":             {put(one+"/body", "x", raw), 422, disclosure.Required, "name"},
		"BodyTooLarge":       {put(one+"/body?name=a.txt", strings.Repeat("x", disclosure.MaxBody+1), raw), 413, disclosure.TooLarge, "body"},
		"RoadForName":        {put(one+"/body?name=..%2Fa.txt", "x", raw), 400, disclosure.WrongType, "name"},
		"RoadInDisposition":  {put(one+"/body", "x", with(raw, "Content-Disposition", `attachment; filename="C:\\a.txt"`)), 400, disclosure.WrongType, "name"},
		"BadDisposition":     {put(one+"/body", "x", with(raw, "Content-Disposition", `;;`)), 400, disclosure.WrongType, "Content-Disposition"},
		"LongName":           {put(one+"/body?name="+strings.Repeat("a", 256), "x", raw), 422, disclosure.TooLong, "name"},
		"BrokenForm":         {put(one+"/body", "--b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\nx", with(match, "Content-Type", "multipart/form-data; boundary=b")), 400, disclosure.BadRequest, ""},
		"FormWithoutFile":    {put(one+"/body", "--b--\r\n", with(match, "Content-Type", "multipart/form-data; boundary=b")), 422, disclosure.Required, "file"},
		"OtherPart":          {put(one+"/body", "--b\r\nContent-Disposition: form-data; name=\"doc\"; filename=\"a\"\r\n\r\nx\r\n--b--\r\n", with(match, "Content-Type", "multipart/form-data; boundary=b")), 400, disclosure.UnknownField, "doc"},
		"UnknownQuery":       {get(create + "?sort=title"), 400, disclosure.UnknownField, "sort"},
		"TwiceQuery":         {get(create + "?limit=1&limit=2"), 400, disclosure.BadRequest, "limit"},
		"BadEscape":          {get(create + "?kind=%zz"), 400, disclosure.BadRequest, ""},
		"LimitNotANumber":    {get(create + "?limit=ten"), 400, disclosure.WrongType, "limit"},
		"LimitTooHigh":       {get(create + "?limit=101"), 422, disclosure.BadValue, "limit"},
		"LimitZero":          {get("/api/v1/inbox?limit=0"), 422, disclosure.BadValue, "limit"},
		"LongCursor":         {get("/api/v1/inbox?cursor=" + strings.Repeat("c", 501)), 422, disclosure.TooLong, "cursor"},
		"UnknownState":       {get(create + "?state=published"), 422, disclosure.BadValue, "state"},
		"UnknownKind":        {get(create + "?kind=novel"), 422, disclosure.BadValue, "kind"},
		"MineNotATruth":      {get(create + "?mine=1"), 400, disclosure.WrongType, "mine"},
		"FromNoOffset":       {get("/api/v1/releases?from=2025-05-01T00:00:00"), 400, disclosure.WrongType, "from"},
		"ToBeforeFrom":       {get("/api/v1/releases?from=2025-05-02T00:00:00Z&to=2025-05-01T00:00:00Z"), 422, disclosure.BadValue, "to"},
		"TooManyDays":        {get("/api/v1/releases?from=2025-05-02T00:00:00Z&to=2035-05-01T00:00:00Z"), 422, disclosure.BadValue, "to"},
		"BadVersion":         {get(one + "/files/body?version=-1"), 422, disclosure.BadValue, "version"},
		"OddID":              {get(create + "/d1%27%3B--"), 404, disclosure.NotFound, ""},
		"LongID":             {get(create + "/" + strings.Repeat("a", 65)), 404, disclosure.NotFound, ""},
		"RoadInAddress":      {get(one + "/files/..%2F..%2Fetc"), 404, disclosure.NotFound, ""},
		"NoStep":             {post(one+"/decisions", `{"outcome":"disclose","manifest_hash":"00"}`), 422, disclosure.Required, "step"},
		"NoHash":             {post(one+"/decisions", `{"step":"section","outcome":"disclose"}`), 422, disclosure.Required, "manifest_hash"},
		"LongOpinion":        {post(one+"/decisions", `{"step":"s","outcome":"disclose","manifest_hash":"00","opinion":"`+strings.Repeat("字", 2001)+`"}`), 422, disclosure.TooLong, "opinion"},
		"LongReason":         {post(one+"/recall", `{"reason":"`+strings.Repeat("字", 2001)+`"}`), 422, disclosure.TooLong, "reason"},
		"NoDisposition":      {post(one+"/findings/f1/disposition", `{"reason":"x"}`), 422, disclosure.Required, "disposition"},
		"UnknownDisposition": {post(one+"/findings/f1/disposition", `{"disposition":"ignore","reason":"x"}`), 422, disclosure.BadValue, "disposition"},
		"OddFinding":         {post(one+"/findings/%27/disposition", `{"disposition":"lawful","reason":"x"}`), 404, disclosure.FindingUnknown, ""},
		"NoInstant":          {post(one+"/reschedule", `{"reason":"x"}`), 422, disclosure.Required, "at"},
		"NoScope":            {post("/api/v1/freeze", `{"reason":"x"}`), 422, disclosure.Required, "scope"},
		"NoLogin":            {call{method: "POST", path: "/api/v1/session", body: `{"password":"x"}`}, 422, disclosure.Required, "login"},
		"NoPassword":         {call{method: "POST", path: "/api/v1/session", body: `{"login":"x"}`}, 422, disclosure.Required, "password"},
		"NoToken":            {call{method: "GET", path: "/api/v1/me"}, 401, disclosure.Unauthenticated, ""},
		"StrangeToken":       {call{method: "GET", path: "/api/v1/me", as: "stranger"}, 401, disclosure.Unauthenticated, ""},
		"BasicAuth":          {call{method: "GET", path: "/api/v1/me", header: map[string]string{"Authorization": "Basic ZHJhZnRlcg=="}}, 401, disclosure.Unauthenticated, ""},
		"ManyAttempts":       {call{method: "POST", path: "/api/v1/session", body: `{"login":"x","password":"wrong"}`}, 429, disclosure.TooManyRequests, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := setup(t)
			for i, lang := range []string{"zh-CN", "en"} {
				c := tt.call.good()
				c.header["Accept-Language"] = lang
				if c.header["Idempotency-Key"] == "k1" {
					c.header["Idempotency-Key"] = fmt.Sprint("k", i)
				}
				w := b.do(t, c)
				require.Equal(t, tt.status, w.Code, w.Body)
				p := problemOf(t, w)
				require.Equal(t, tt.code, p.Code, w.Body)
				require.Equal(t, tt.field, p.Field)
				require.Equal(t, (&disclosure.Refusal{Code: p.Code, Field: p.Field, Params: p.Details}).Sentence(lang), p.Message)
				require.NotRegexp(t, `\{[a-z]`, p.Message, "every fact of the sentence must be filled in")
			}
			require.Empty(t, b.desk.calls, "bad input must not reach the desk")
		})
	}
}

func TestAnUploadMayComeInThreeWays(t *testing.T) {
	t.Parallel()

	var form bytes.Buffer
	w := multipart.NewWriter(&form)
	part, err := w.CreateFormFile("file", "附件 一.docx")
	require.NoError(t, err)
	_, err = part.Write([]byte("PK"))
	require.NoError(t, err)
	require.NoError(t, w.Close())

	for name, c := range map[string]call{
		"Query":       {path: "?name=%E9%99%84%E4%BB%B6%20%E4%B8%80.docx", body: "PK", header: map[string]string{"Content-Type": "application/octet-stream"}},
		"Disposition": {body: "PK", header: map[string]string{"Content-Type": "application/octet-stream", "Content-Disposition": "attachment; filename*=UTF-8''%E9%99%84%E4%BB%B6%20%E4%B8%80.docx"}},
		"Form":        {body: form.String(), header: map[string]string{"Content-Type": w.FormDataContentType()}},
	} {
		b := setup(t)
		c.method, c.as, c.path = "POST", "drafter", "/api/v1/disclosures/d1/attachments"+c.path
		c.header["If-Match"] = `"7"`
		require.Equal(t, http.StatusCreated, b.do(t, c.good()).Code, name)
		require.Equal(t, "附件 一.docx", b.desk.uploads[0].Name)
		require.Equal(t, "PK", string(b.desk.uploads[0].Data))
	}
}

func TestAnUploadOfExactlyTheLimitIsTaken(t *testing.T) {
	t.Parallel()

	b := setup(t)
	w := b.do(t, call{
		method: "PUT", path: "/api/v1/disclosures/d1/body?name=a.txt", as: "drafter", body: strings.Repeat("x", disclosure.MaxBody),
		header: map[string]string{"If-Match": `"7"`, "Content-Type": "application/octet-stream"},
	})
	require.Equal(t, http.StatusOK, w.Code)
}

func TestWhatIsReadIsWhatWasSent(t *testing.T) {
	t.Parallel()

	b := setup(t)
	body := `{"title":"通知","important":true,"keywords":["防汛","演练"],"release":{"at":"2025-05-09T09:00:00+08:00","zone":"Asia/Shanghai","late":"hold"}}`
	b.do(t, call{method: "POST", path: "/api/v1/disclosures", as: "drafter", body: body}.good())
	p := b.desk.patches[0]
	require.Equal(t, "通知", *p.Title)
	require.True(t, *p.Important)
	require.Equal(t, []string{"防汛", "演练"}, *p.Keywords)
	require.True(t, p.Release.At.Equal(time.Date(2025, 5, 9, 1, 0, 0, 0, time.UTC)))
	require.Equal(t, disclosure.LateHold, p.Release.Late)
	require.Nil(t, p.Summary, "what is not sent stays")

	b.do(t, call{method: "GET", path: "/api/v1/releases", as: "officer"})
	require.Contains(t, b.desk.calls, "releases 2025-05-05T12:00:00Z 2025-06-05T12:00:00Z")
	b.do(t, call{method: "DELETE", path: "/api/v1/disclosures/d1/attachments/a%2Bb%20%E9%99%84%E4%BB%B6.txt", as: "drafter", header: map[string]string{"If-Match": `"7"`}})
	require.Contains(t, b.desk.calls, "detach d1 7 a+b 附件.txt")
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"reason":"x","at":"2025-05-09T09:00:00Z"}`, `{"at":{}}`, `[[[[`, `{"reason":"\ud800"}`, "\xff", `{"":1}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var in rescheduleInput
		if err := decodeJSON(raw, &in); err != nil {
			require.NotEmpty(t, disclosure.CodeOf(err), "only refusals: %v", err)
		}
	})
}
