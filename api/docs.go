package api

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/labstack/echo/v4"
	"github.com/yuin/goldmark"
)

//go:embed openapi.yaml docs.html docs.css
var docFiles embed.FS

func (s *Server) openapi(c echo.Context) error {
	return s.static(c, "openapi.yaml", "application/yaml")
}

func (s *Server) docsStyle(c echo.Context) error {
	return s.static(c, "docs.css", "text/css; charset=utf-8")
}

func (s *Server) static(c echo.Context, name, mediaType string) error {
	raw, err := docFiles.ReadFile(name)
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	c.Response().Header().Set("Cache-Control", "public, max-age=300")
	return c.Blob(http.StatusOK, mediaType, raw)
}

func (s *Server) docs(c echo.Context) error {
	page, err := docsPage()
	if err != nil {
		return err
	}
	h := c.Response().Header()
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	return c.HTMLBlob(http.StatusOK, page)
}

// docsPage is made once, from the description that programs read.
var docsPage = sync.OnceValues(func() ([]byte, error) {
	spec, err := loadSpec(context.Background())
	if err != nil {
		return nil, err
	}
	t, err := template.New("docs.html").Funcs(template.FuncMap{
		"prose": prose, "shape": shape, "pretty": pretty, "anchor": anchor,
	}).ParseFS(docFiles, "docs.html")
	if err != nil {
		return nil, fmt.Errorf("docs page: %w", err)
	}
	var out bytes.Buffer
	if err := t.Execute(&out, docsOf(spec)); err != nil {
		return nil, fmt.Errorf("docs page: %w", err)
	}
	return out.Bytes(), nil
})

func loadSpec(ctx context.Context) (*openapi3.T, error) {
	raw, err := docFiles.ReadFile("openapi.yaml")
	if err != nil {
		return nil, fmt.Errorf("read openapi.yaml: %w", err)
	}
	loader := openapi3.NewLoader()
	loader.Context = ctx
	spec, err := loader.LoadFromData(raw)
	if err != nil {
		return nil, fmt.Errorf("openapi.yaml: %w", err)
	}
	return spec, nil
}

type docsData struct {
	Title, Version, Description string
	Tags                        []docsTag
	Schemas                     []docsSchema
}

type docsTag struct {
	Name, Description string
	Operations        []docsOperation
}

type docsOperation struct {
	Method, Path string
	Public       bool
	*openapi3.Operation
	Parameters openapi3.Parameters
	Bodies     []docsBody
	Answers    []docsAnswer
}

type docsBody struct {
	Type    string
	Schema  *openapi3.SchemaRef
	Example any
}

type docsAnswer struct {
	Status, Description string
	Bodies              []docsBody
}

type docsSchema struct {
	Name   string
	Schema *openapi3.Schema
	Fields []docsField
}

type docsField struct {
	Name     string
	Required bool
	Schema   *openapi3.SchemaRef
}

// methods in the order a page shows them.
var methods = []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodPut, http.MethodDelete}

func docsOf(spec *openapi3.T) docsData {
	d := docsData{Title: spec.Info.Title, Version: spec.Info.Version, Description: spec.Info.Description}
	for _, t := range spec.Tags {
		tag := docsTag{Name: t.Name, Description: t.Description}
		for _, path := range spec.Paths.InMatchingOrder() {
			item := spec.Paths.Value(path)
			for _, method := range methods {
				if op := item.GetOperation(method); op != nil && slices.Contains(op.Tags, t.Name) {
					tag.Operations = append(tag.Operations, operation(method, path, item, op))
				}
			}
		}
		slices.SortStableFunc(tag.Operations, func(a, b docsOperation) int { return strings.Compare(a.Path, b.Path) })
		d.Tags = append(d.Tags, tag)
	}
	for name, ref := range spec.Components.Schemas {
		s := docsSchema{Name: name, Schema: ref.Value}
		for field, sub := range ref.Value.Properties {
			s.Fields = append(s.Fields, docsField{field, slices.Contains(ref.Value.Required, field), sub})
		}
		slices.SortFunc(s.Fields, func(a, b docsField) int { return strings.Compare(a.Name, b.Name) })
		d.Schemas = append(d.Schemas, s)
	}
	slices.SortFunc(d.Schemas, func(a, b docsSchema) int { return strings.Compare(a.Name, b.Name) })
	return d
}

func operation(method, path string, item *openapi3.PathItem, op *openapi3.Operation) docsOperation {
	o := docsOperation{
		Method: method, Path: path, Operation: op, Public: op.Security != nil && len(*op.Security) == 0,
		Parameters: slices.Concat(item.Parameters, op.Parameters),
	}
	if op.RequestBody != nil {
		o.Bodies = bodies(op.RequestBody.Value.Content)
	}
	for code, ref := range op.Responses.Map() {
		a := docsAnswer{Status: code, Bodies: bodies(ref.Value.Content)}
		if ref.Value.Description != nil {
			a.Description = *ref.Value.Description
		}
		o.Answers = append(o.Answers, a)
	}
	slices.SortFunc(o.Answers, func(a, b docsAnswer) int { return strings.Compare(a.Status, b.Status) })
	return o
}

func bodies(content openapi3.Content) []docsBody {
	var all []docsBody
	for kind, m := range content {
		all = append(all, docsBody{kind, m.Schema, m.Example})
	}
	slices.SortFunc(all, func(a, b docsBody) int { return strings.Compare(a.Type, b.Type) })
	return all
}

// prose renders Markdown of our own; goldmark drops raw HTML.
func prose(text string) (template.HTML, error) {
	var out bytes.Buffer
	if err := goldmark.Convert([]byte(text), &out); err != nil {
		return "", err
	}
	return template.HTML(out.String()), nil //nolint:gosec // written by us, in openapi.yaml
}

// shape describes a schema in a few words, and names the one it refers to.
func shape(ref *openapi3.SchemaRef) struct{ Name, Text string } {
	var out struct{ Name, Text string }
	if ref == nil {
		return out
	}
	if ref.Ref != "" {
		out.Name = anchor(ref.Ref)
		return out
	}
	s := ref.Value
	if s.Type != nil {
		out.Text = strings.Join(s.Type.Slice(), " | ")
	}
	switch {
	case s.Items != nil:
		inner := shape(s.Items)
		out.Name, out.Text = inner.Name, strings.TrimSpace("list of "+inner.Text)
	case len(s.OneOf) > 0:
		out.Name, out.Text = shape(s.OneOf[0]).Name, "or null:"
	case len(s.Enum) > 0:
		out.Text = strings.ReplaceAll(strings.Trim(fmt.Sprint(s.Enum), "[]"), " ", " | ")
	case s.Format != "":
		out.Text += " (" + s.Format + ")"
	}
	if s.MaxLength != nil {
		out.Text += fmt.Sprintf(", at most %d", *s.MaxLength)
	}
	if s.Max != nil {
		out.Text += fmt.Sprintf(", at most %v", *s.Max)
	}
	return out
}

func anchor(ref string) string { return ref[strings.LastIndex(ref, "/")+1:] }

func pretty(v any) (string, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return strings.TrimSpace(out.String()), err
}
