package reader

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
)

// What a message is. A question is taken, and answered by any number of reports and
// one answer.
const (
	hello    byte = 'H' // the child is ready, and says what it is not confined by
	question byte = 'Q'
	taken    byte = 'T' // what happens from here on is the question's doing
	report   byte = 'P' // progress
	answer   byte = 'A'
)

// The most that is accepted from the other side, in bytes.
const (
	mostValue = 1 << 20
	mostData  = 256 << 20
)

// message is one byte for what it is, the lengths of value and data in four bytes
// each, big endian, and then the two. Bytes of files travel as data, as they are.
type message struct {
	what  byte
	value []byte // JSON
	data  []byte
}

var errMessage = errors.New("not a message")

func send(w io.Writer, what byte, value any, data []byte) error {
	head := make([]byte, 9, 256)
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode message: %w", err)
	}
	if len(text) > mostValue || len(data) > mostData {
		return fmt.Errorf("message of %d and %d bytes: %w", len(text), len(data), errMessage)
	}
	head[0] = what
	binary.BigEndian.PutUint32(head[1:], uint32(len(text)))
	binary.BigEndian.PutUint32(head[5:], uint32(len(data)))
	if _, err := w.Write(append(head, text...)); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	if _, err := w.Write(data); err != nil {
		return fmt.Errorf("send: %w", err)
	}
	return nil
}

// receive takes no more memory than has really arrived: a child that was taken
// over may announce what it likes. It returns io.EOF at the end, between messages.
func receive(r io.Reader) (message, error) {
	var head [9]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return message{}, err //nolint:wrapcheck // io.EOF
	}
	value, data := binary.BigEndian.Uint32(head[1:]), binary.BigEndian.Uint32(head[5:])
	if value > mostValue || data > mostData {
		return message{}, errMessage
	}
	m := message{what: head[0]}
	var err error
	if m.value, err = exactly(r, int64(value)); err == nil {
		m.data, err = exactly(r, int64(data))
	}
	return m, err
}

// trusted is how many announced bytes are made room for at once.
const trusted = 4 << 20

func exactly(r io.Reader, n int64) ([]byte, error) {
	if n <= trusted {
		b := make([]byte, n)
		_, err := io.ReadFull(r, b)
		return b, ended(err)
	}
	var b bytes.Buffer
	_, err := io.CopyN(&b, r, min(n, math.MaxInt32))
	return b.Bytes(), ended(err)
}

// ended makes an end in the middle of a message a fault.
func ended(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// asked is the value of a question.
type asked struct {
	Kind  string
	Value json.RawMessage
	Time  int64 // nanoseconds it may take
}

// answered is the value of an answer. One with a Reason is a [document.Unreadable];
// one with an Error is a fault of ours.
type answered struct {
	Value  json.RawMessage `json:",omitempty"`
	Reason string          `json:",omitempty"`
	Detail string          `json:",omitempty"`
	Error  string          `json:",omitempty"`
	Left   bool            `json:",omitempty"` // programs it started still run
}

// lacking names a restriction that the system does not offer here, and why.
type lacking struct{ Restriction, Why string }
