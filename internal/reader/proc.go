//go:build linux

package reader

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// resident is how many bytes of memory a process holds, and all its descendants
// together. Of a process that is gone it is nothing.
func resident(pid int) (own, descendants int64) {
	for _, p := range tree(pid) {
		if p == pid {
			own += rss(p)
		} else {
			descendants += rss(p)
		}
	}
	return own, descendants
}

// tree lists a process and its descendants.
func tree(pid int) []int {
	all := []int{pid}
	for i := 0; i < len(all); i++ {
		children, err := filepath.Glob("/proc/" + strconv.Itoa(all[i]) + "/task/*/children")
		if err != nil {
			continue
		}
		for _, file := range children {
			list, _ := os.ReadFile(file) // a thread may be gone by now
			for field := range strings.FieldsSeq(string(list)) {
				if child, err := strconv.Atoi(field); err == nil {
					all = append(all, child)
				}
			}
		}
	}
	return all
}

func rss(pid int) int64 {
	stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/statm")
	if err != nil {
		return 0
	}
	var total, pages int64
	if n, _ := fmt.Sscan(string(stat), &total, &pages); n != 2 {
		return 0
	}
	return pages * int64(os.Getpagesize())
}

// tasksOf counts the processes and threads of a user.
func tasksOf(uid int) (int, error) {
	files, err := filepath.Glob("/proc/[0-9]*/status")
	if err != nil {
		return 0, fmt.Errorf("list processes: %w", err)
	}
	n := 0
	for _, file := range files {
		status, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(status, []byte("\nUid:\t"+strconv.Itoa(uid)+"\t")) {
			continue
		}
		_, threads, _ := strings.Cut(string(status), "\nThreads:")
		line, _, _ := strings.Cut(threads, "\n")
		if of, err := strconv.Atoi(strings.TrimSpace(line)); err == nil {
			n += of
		}
	}
	return n, nil
}
