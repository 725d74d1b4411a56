package wechattest

import (
	"bytes"
	"context"
	"sync"
)

// Memory is a memory that lasts as long as the test. Before, if set, is asked before each
// use, and may fail it.
type Memory struct {
	Before func(key string) error

	mu     sync.Mutex
	values map[string]value
}

type value struct {
	data     []byte
	revision int64
}

// Get is as wechat.Memory has it.
func (m *Memory) Get(ctx context.Context, key string) ([]byte, int64, error) {
	if err := m.before(ctx, key); err != nil {
		return nil, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	v := m.values[key]
	return bytes.Clone(v.data), v.revision, nil
}

// Put is as wechat.Memory has it.
func (m *Memory) Put(ctx context.Context, key string, data []byte, revision int64) (bool, error) {
	if err := m.before(ctx, key); err != nil {
		return false, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.values[key].revision != revision {
		return false, nil
	}
	if m.values == nil {
		m.values = map[string]value{}
	}
	m.values[key] = value{bytes.Clone(data), revision + 1}
	return true, nil
}

// Forget loses everything.
func (m *Memory) Forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.values = nil
}

func (m *Memory) before(ctx context.Context, key string) error {
	if m.Before != nil {
		if err := m.Before(key); err != nil {
			return err
		}
	}
	return ctx.Err()
}
