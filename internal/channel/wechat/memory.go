package wechat

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
)

// Memory is what the channel knows beyond one process and one crash: ids that WeChat gave,
// counts, the access token. Whoever keeps it seals it, for the token is a secret.
type Memory interface {
	// Get returns what is remembered under key and its revision, or nothing and 0.
	Get(ctx context.Context, key string) (value []byte, revision int64, err error)
	// Put remembers value if what is there still has that revision (0: nothing is there),
	// and says whether it had.
	Put(ctx context.Context, key string, value []byte, revision int64) (bool, error)
}

// errContended says that others changed the same value faster than we could.
var errContended = errors.New("others keep changing the same memory")

func recall[T any](ctx context.Context, m Memory, key string) (v T, revision int64, err error) {
	raw, revision, err := m.Get(ctx, key)
	if err != nil {
		return v, 0, fmt.Errorf("memory: %w", err)
	}
	if revision > 0 {
		if err := json.Unmarshal(raw, &v); err != nil {
			return v, 0, fmt.Errorf("memory of %s: %w", key, err)
		}
	}
	return v, revision, nil
}

func remember(ctx context.Context, m Memory, key string, v any, revision int64) (bool, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return false, err
	}
	ok, err := m.Put(ctx, key, raw, revision)
	if err != nil {
		return false, fmt.Errorf("memory: %w", err)
	}
	return ok, nil
}

// amend changes one value, again from the start when somebody else changed it meanwhile.
// It writes nothing if change says so.
func amend[T any](ctx context.Context, m Memory, key string, change func(*T) (write bool, err error)) error {
	const tries = 50
	for range tries {
		v, revision, err := recall[T](ctx, m, key)
		if err != nil {
			return err
		}
		write, err := change(&v)
		if err != nil || !write {
			return err
		}
		if ok, err := remember(ctx, m, key, v, revision); err != nil || ok {
			return err
		}
	}
	return errContended
}
