package store_test

import (
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"shenfa/internal/testkit"
)

func TestChannelMemory(t *testing.T) {
	t.Parallel()

	s := testkit.Store(t)
	m, other := s.ChannelMemory("one"), s.ChannelMemory("two")
	ctx := t.Context()
	got, revision, err := m.Get(ctx, "token")
	require.NoError(t, err)
	require.Nil(t, got)
	require.Zero(t, revision)

	ok, err := m.Put(ctx, "token", []byte("a secret"), 0)
	require.NoError(t, err)
	require.True(t, ok)
	ok, err = m.Put(ctx, "token", []byte("another"), 0)
	require.NoError(t, err)
	require.False(t, ok, "something is there")
	got, revision, err = testkit.On(t, s.DSNs, s.Vault).ChannelMemory("one").Get(ctx, "token")
	require.NoError(t, err)
	require.Equal(t, "a secret", string(got))
	require.EqualValues(t, 1, revision)
	_, revision, err = other.Get(ctx, "token")
	require.NoError(t, err)
	require.Zero(t, revision, "channels do not share")

	db := testkit.Open(t, s.Superuser)
	var sealed []byte
	require.NoError(t, db.Get(&sealed, `SELECT sealed FROM channel_memory`))
	require.NotContains(t, string(sealed), "secret")
	_, err = db.Exec(`UPDATE channel_memory SET key = 'elsewhere'`)
	require.NoError(t, err)
	_, _, err = m.Get(ctx, "elsewhere")
	require.Error(t, err, "what was sealed for one place opens nowhere else")

	t.Run("CountsAreNotLostBetweenProcesses", func(t *testing.T) {
		t.Parallel()
		var wg sync.WaitGroup
		for range 8 {
			wg.Go(func() {
				for done := 0; done < 5; {
					raw, revision, err := m.Get(ctx, "count")
					if err != nil {
						t.Error(err)
						return
					}
					n, _ := strconv.Atoi(string(raw))
					ok, err := m.Put(ctx, "count", []byte(strconv.Itoa(n+1)), revision)
					if err != nil {
						t.Error(err)
						return
					}
					if ok {
						done++
					}
				}
			})
		}
		wg.Wait()
		raw, _, err := m.Get(ctx, "count")
		require.NoError(t, err)
		require.Equal(t, "40", string(raw))
	})
}
