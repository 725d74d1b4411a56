package disclosure

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// A field that can be changed between two versions and is not told would be signed unseen.
func TestNoFieldOfADraftChangesUntold(t *testing.T) {
	t.Parallel()

	told := func(change func(*Draft)) (names []string) {
		var before, after Draft
		change(&after)
		was := before.Facets()
		for i, f := range after.Facets() {
			require.Equal(t, was[i].Name, f.Name)
			if f.Text != was[i].Text {
				names = append(names, f.Name)
			}
		}
		return names
	}
	files := []string{"Body", "Source", "Attachments"} // compared as files
	var walk func(typ reflect.Type, path [][]int)
	walk = func(typ reflect.Type, path [][]int) {
		for i := range typ.NumField() {
			f := typ.Field(i)
			if slices.Contains(files, f.Name) || f.Name == "Zone" { // the zone shows in the instants
				continue
			}
			at := append(slices.Clone(path), f.Index)
			if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[time.Time]() {
				walk(f.Type, at)
				continue
			}
			names := told(func(d *Draft) {
				v := reflect.ValueOf(d).Elem()
				for _, step := range at {
					v = v.FieldByIndex(step)
				}
				switch v.Interface().(type) {
				case time.Time:
					v.Set(reflect.ValueOf(time.Date(2026, 11, 30, 1, 0, 0, 0, time.UTC)))
				case []string:
					v.Set(reflect.ValueOf([]string{"x"}))
				default:
					switch v.Kind() {
					case reflect.Bool:
						v.SetBool(true)
					case reflect.Int:
						v.SetInt(20)
					default:
						v.SetString("x")
					}
				}
				if d.Continues.As != "" {
					d.Continues.Number = "QLYJ-2026-000001"
				}
			})
			require.Len(t, names, 1, f.Name)
		}
	}
	walk(reflect.TypeFor[Draft](), nil)
}
