package reader

import "golang.org/x/sys/unix"

// refusedHere lists the calls that only this machine has: its ports, its segments and
// the old names of others.
func refusedHere() []uint32 {
	return []uint32{unix.SYS_IOPL, unix.SYS_IOPERM, unix.SYS_MODIFY_LDT, unix.SYS_USELIB, unix.SYS_USTAT, unix.SYS_SYSFS}
}
