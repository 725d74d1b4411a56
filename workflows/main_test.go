package workflows_test

import (
	"testing"

	"shenfa/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }
