package document

import (
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMacrosAreUnpacked holds the examples of [MS-OVBA] 3.2.
func TestMacrosAreUnpacked(t *testing.T) {
	t.Parallel()
	free := func(int) error { return nil }
	for packed, want := range map[string]string{
		"0119b00061626364656667680069 6a6b6c6d6e6f70007172737475762e":                                               "abcdefghijklmnopqrstuv.",
		"012fb00023616161626364658266007061676869 6a01380861 6b6c00306d6e6f7006710270041072737475761077 78797a003c": "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa",
		"0103b002614500": strings.Repeat("a", 73),
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(packed, " ", ""))
		require.NoError(t, err)
		got, err := decompress(b, free)
		require.NoError(t, err)
		require.Equal(t, want, string(got))
	}
	for _, bad := range []string{"0103b0026145", "0103b001ff00"} {
		b, err := hex.DecodeString(bad)
		require.NoError(t, err)
		_, err = decompress(b, free)
		require.ErrorIs(t, err, ErrUnreadable, bad)
	}
}
