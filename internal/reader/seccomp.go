//go:build linux

package reader

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// refused are the system calls that neither a reader of files nor a converter needs:
// they look into other processes, change the system or the rights of a process, or
// go round this very filter.
func refused() []uint32 {
	return append([]uint32{
		unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PROCESS_MADVISE, unix.SYS_KCMP,
		unix.SYS_PIDFD_GETFD, unix.SYS_PERF_EVENT_OPEN, unix.SYS_BPF, unix.SYS_USERFAULTFD,
		unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT, unix.SYS_MOVE_MOUNT, unix.SYS_OPEN_TREE, unix.SYS_FSOPEN,
		unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR,
		unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_OPEN_BY_HANDLE_AT, unix.SYS_NAME_TO_HANDLE_AT,
		unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
		unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
		unix.SYS_CONNECT, unix.SYS_SETSID, unix.SYS_SETPGID, // what is started stays where it is seen and stopped
		unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
		unix.SYS_REBOOT, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_ACCT, unix.SYS_SYSLOG, unix.SYS_QUOTACTL, unix.SYS_VHANGUP,
		unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_ADJTIMEX, unix.SYS_CLOCK_ADJTIME, unix.SYS_SETHOSTNAME, unix.SYS_SETDOMAINNAME,
	}, refusedHere()...)
}

// Offsets in struct seccomp_data. Arguments are looked at by their lower half: all
// our machines are little-endian, and what is compared are C ints.
const (
	atNumber = 0
	atArch   = 4
	atFirst  = 16
	atSecond = 24
)

// filter has the kernel refuse system calls with EPERM. Sockets may only be
// streams between processes of this machine, which LibreOffice listens on, and
// nobody may connect.
func filter() error {
	arch, known := map[string]uint32{
		"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64, "loong64": unix.AUDIT_ARCH_LOONGARCH64, "riscv64": unix.AUDIT_ARCH_RISCV64,
	}[runtime.GOARCH]
	if !known {
		return fmt.Errorf("no filter for %s", runtime.GOARCH)
	}
	program := rules(arch)
	prog := unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}
	if _, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, 0, uintptr(unsafe.Pointer(&prog))); errno != 0 {
		return errno
	}
	return nil
}

// rules is the filter as a program for the kernel's machine. Every rule ends in a
// verdict of its own, so that no jump is longer than a rule.
func rules(arch uint32) []unix.SockFilter {
	const (
		load   = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		equal  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		any    = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		mask   = unix.BPF_ALU | unix.BPF_AND | unix.BPF_K
		answer = unix.BPF_RET | unix.BPF_K
		no     = unix.SECCOMP_RET_ERRNO | uint32(unix.EPERM)
		// Programs that hear that there is no clone3 use clone, whose flags can be seen.
		unknown = unix.SECCOMP_RET_ERRNO | uint32(unix.ENOSYS)

		namespaces = unix.CLONE_NEWUSER | unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP
		otherABI   = 0x40000000 // x32 on amd64; no number elsewhere
		typeMask   = 0xF        // of a socket's type, without its flags
	)
	p := []unix.SockFilter{
		{Code: load, K: atArch},
		{Code: equal, K: arch, Jt: 1},
		{Code: answer, K: no},
		{Code: load, K: atNumber},
		{Code: any, K: otherABI, Jf: 1},
		{Code: answer, K: no},
		{Code: equal, K: unix.SYS_CLONE3, Jf: 1},
		{Code: answer, K: unknown},
	}
	for _, number := range refused() {
		p = append(p, unix.SockFilter{Code: equal, K: number, Jf: 1}, unix.SockFilter{Code: answer, K: no})
	}
	for _, number := range []uint32{unix.SYS_SOCKET, unix.SYS_SOCKETPAIR} {
		p = append(
			p,
			unix.SockFilter{Code: equal, K: number, Jf: 7},
			unix.SockFilter{Code: load, K: atFirst},
			unix.SockFilter{Code: equal, K: unix.AF_UNIX, Jf: 4},
			unix.SockFilter{Code: load, K: atSecond},
			unix.SockFilter{Code: mask, K: typeMask},
			unix.SockFilter{Code: equal, K: unix.SOCK_STREAM, Jf: 1},
			unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW},
			unix.SockFilter{Code: answer, K: no},
		)
	}
	return append(
		p,
		unix.SockFilter{Code: equal, K: unix.SYS_CLONE, Jf: 3},
		unix.SockFilter{Code: load, K: atFirst},
		unix.SockFilter{Code: any, K: namespaces, Jf: 1},
		unix.SockFilter{Code: answer, K: no},
		unix.SockFilter{Code: answer, K: unix.SECCOMP_RET_ALLOW},
	)
}
