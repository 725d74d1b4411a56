package pdf

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func clean(t testing.TB, data []byte) ([]byte, []Removed) {
	t.Helper()
	out, removed, err := reader.Clean(context.Background(), data, DefaultLimits())
	require.NoError(t, err)
	return out, removed
}

func TestX(t *testing.T) {
	for name, c := range fixtures() {
		f := newFile()
		c.build(f)
		out, removed, err := reader.Clean(context.Background(), f.bytes(), DefaultLimits())
		fmt.Println("==", name, err)
		fmt.Println(c.want)
		fmt.Println("--", removed)
		if err == nil {
			fmt.Println(describe(open(t, out)))
			if strings.Contains(name, "form fields") {
				fmt.Printf("%q\n", out)
			}
		}
	}
}
