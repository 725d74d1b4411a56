// Package webhook is what a receiver of Shenfa's webhook needs: the events, how their
// signatures are verified, and the schema. It knows nothing of the engine and nothing but
// the standard library. docs/webhook.md tells the rest.
package webhook

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"time"
)

// The types of events.
const (
	Released  = "cn.shenfa.disclosure.released"
	Corrected = "cn.shenfa.disclosure.corrected" // takes the place of earlier editions
	Withdrawn = "cn.shenfa.disclosure.withdrawn"
)

const (
	// ContentType is that of an event: CloudEvents 1.0 in structured mode.
	ContentType = "application/cloudevents+json"
	// SchemaPath is where a server publishes the schema of the events.
	SchemaPath = "/api/v1/webhook.schema.json"

	specVersion = "1.0"
)

//go:embed schema.json
var schema []byte

// Schema is the JSON Schema (2020-12) of the events.
func Schema() []byte { return bytes.Clone(schema) }

// Event is one CloudEvent. Its ID is the same every time it is sent.
type Event struct {
	SpecVersion     string    `json:"specversion"`
	ID              string    `json:"id"`
	Source          string    `json:"source"` // the public address of the portal
	Type            string    `json:"type"`
	Subject         string    `json:"subject"` // the public number
	Time            time.Time `json:"time"`    // the instant of the release, or of the withdrawal
	DataContentType string    `json:"datacontenttype"`
	DataSchema      string    `json:"dataschema"`
	Data            Data      `json:"data"`
}

// Data is what happened to one edition of a disclosure. Key names the edition on this
// channel for good: a withdrawal bears the key of the release it takes back.
type Data struct {
	Key          string `json:"key"`
	Number       string `json:"number"`
	Edition      int    `json:"edition"` // 1, and more for corrections
	ManifestHash string `json:"manifest_hash"`

	// Of a release or correction.
	Manifest    json.RawMessage `json:"manifest,omitempty"` // the canonical bytes that were hashed and signed
	HTML        string          `json:"html,omitempty"`
	BodySHA256  string          `json:"body_sha256,omitempty"` // of HTML in UTF-8
	Attachments []Attachment    `json:"attachments,omitempty"`
	Replaces    []string        `json:"replaces,omitempty"` // keys of the earlier editions, which go

	Withdrawal *Withdrawal `json:"withdrawal,omitempty"` // what the public may know of it; only of a withdrawal
}

// Attachment is a file with its bytes, or with the address at which the public finds it.
type Attachment struct {
	Name   string `json:"name"`
	Type   string `json:"type"`
	Length int64  `json:"length"` // bytes
	SHA256 string `json:"sha256"`
	Bytes  []byte `json:"bytes,omitzero"` // base64 in JSON
	URL    string `json:"url,omitempty"`
}

// Withdrawal says why an item was taken off. Type is a code.
type Withdrawal struct {
	Type   string `json:"type"`
	Reason string `json:"reason"`
}

// Answer is what a receiver says of an edition that is public there.
type Answer struct {
	BodySHA256 string `json:"body_sha256,omitempty"` // of the HTML as it is kept
	URL        string `json:"url,omitempty"`         // where the public finds it
}

// NewEvent names an event of one key. portal is the public address of the portal.
func NewEvent(kind, portal string, at time.Time, data Data) Event {
	verb := "released"
	if kind == Withdrawn {
		verb = "withdrawn"
	}
	return Event{
		SpecVersion: specVersion, ID: data.Key + ":" + verb, Source: portal, Type: kind, Subject: data.Number, Time: at.UTC(),
		DataContentType: "application/json", DataSchema: portal + SchemaPath, Data: data,
	}
}

// Marshal writes e with its manifest byte for byte, which json.Marshal would escape.
func (e Event) Marshal() ([]byte, error) {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(e); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}
