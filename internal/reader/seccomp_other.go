//go:build !amd64

package reader

func refusedHere() []uint32 { return nil }
