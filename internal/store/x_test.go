package store_test

import (
	"testing"
	"time"

	"shenfa/internal/testkit"
)

func TestX(t *testing.T) {
	t0 := time.Now()
	s := testkit.Store(t)
	t.Log("store", time.Since(t0))
	t0 = time.Now()
	b := testkit.AddBureau(t, s, "AA")
	t.Log("bureau", time.Since(t0))
	t0 = time.Now()
	i := testkit.Armed(t, s, b)
	t.Log("armed", time.Since(t0), i.Case.State)
	t0 = time.Now()
	testkit.Store(t)
	t.Log("store2", time.Since(t0))
}
