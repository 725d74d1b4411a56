//go:build linux

package reader

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// confine takes all rights from this thread and starts the program anew in it. Go
// runs on many threads and these restrictions are each thread's own, but a program
// that is started inherits them from the thread that starts it, for all of its threads.
func confine(o orders) error {
	runtime.LockOSThread()
	if err := limit(o); err != nil {
		return err
	}
	if err := inherit(); err != nil {
		return err
	}
	if !o.Warm { // which meets no file, and keeps its user
		if err := private(o.Temp); err != nil {
			o.Lacking = append(o.Lacking, lacking{"a /tmp of its own (mount namespace)", err.Error()})
			o.Shared = true
		} else {
			o.Temp = common
		}
	}
	// Orphans among the descendants come to us, so that none goes unseen.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("adopt orphans: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no new privileges: %w", err)
	}
	if o.Warm {
		_ = unix.Setpriority(unix.PRIO_PROCESS, 0, 10) // nobody waits for it yet
	}
	if err := os.Chdir(o.Temp); err != nil {
		return fmt.Errorf("temporary directory: %w", err)
	}
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		return fmt.Errorf("own program: %w", err)
	}
	for _, restriction := range []struct {
		name  string
		apply func() error
	}{
		{"file system and TCP (Landlock)", func() error { return landlock(o, int(self.Fd())) }},
		{"all of the file system, TCP, signals (Landlock 6)", landlocked},
		{"system calls (seccomp)", filter},
	} {
		if err := restriction.apply(); err != nil {
			o.Lacking = append(o.Lacking, lacking{restriction.name, err.Error()})
		}
	}
	o.Confined = true
	arg, err := json.Marshal(o)
	if err != nil {
		return fmt.Errorf("start confined: %w", err)
	}
	env := []string{"PATH=" + os.Getenv("PATH"), "LANG=C.UTF-8", "HOME=" + o.Temp, "TMPDIR=" + o.Temp}
	args := append(os.Args[:len(os.Args)-1:len(os.Args)-1], string(arg))
	return fmt.Errorf("start confined: %w", unix.Exec("/proc/self/exe", args, env))
}

// inherit lets nothing pass that our parent did not mean to give: it may itself have
// been started with descriptors that it knows nothing of.
func inherit() error {
	list, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return fmt.Errorf("list descriptors: %w", err)
	}
	for _, d := range list {
		if fd, err := strconv.Atoi(d.Name()); err == nil && fd > cacheFD {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}

// common is where programs make files and sockets without asking.
const common = "/tmp"

// private puts the directory of the child where programs look for the common one,
// LibreOffice for its socket. It takes the one right that a child is started with,
// and gives it up. It first leaves the namespace of everybody else's mounts, and
// mounts nothing if it cannot.
func private(temp string) error {
	err := unix.Unshare(unix.CLONE_NEWNS)
	if err == nil {
		err = unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, "")
	}
	if err == nil {
		err = unix.Mount(temp, common, "", unix.MS_BIND, "")
	}
	empty := [2]unix.CapUserData{}
	return errors.Join(
		err,
		unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0),
		unix.Capset(&unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}, &empty[0]),
	)
}

// What a child and the programs it starts may have each.
const (
	openFiles = 256
	fileSize  = 256 << 20 // bytes
	tasks     = 256       // processes and threads, all together
	memory    = 2 << 30   // bytes that it may write to: what is taken between two looks at it
)

func limit(o orders) error {
	running, err := tasksOf(os.Getuid())
	if err != nil {
		return fmt.Errorf("count processes: %w", err)
	}
	for _, l := range []struct {
		what int
		most uint64
	}{
		{unix.RLIMIT_CPU, o.CPU},
		{unix.RLIMIT_NOFILE, openFiles},
		{unix.RLIMIT_NPROC, uint64(running + tasks)},
		{unix.RLIMIT_FSIZE, fileSize},
		{unix.RLIMIT_DATA, memory},
		// Zero still lets the kernel pipe a dump to a collector; one does not (core(5)).
		{unix.RLIMIT_CORE, 1},
		{unix.RLIMIT_MEMLOCK, 0},
		{unix.RLIMIT_MSGQUEUE, 0},
	} {
		if err := unix.Setrlimit(l.what, &unix.Rlimit{Cur: l.most, Max: l.most}); err != nil {
			return fmt.Errorf("limit %d: %w", l.what, err)
		}
	}
	return nil
}

// undumpable keeps others of the same user out of this process, and its memory off the disk.
func undumpable() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) } // fails for no argument

// What Landlock may be asked for on a file, and beyond on a directory.
const (
	look  = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	start = look | unix.LANDLOCK_ACCESS_FS_EXECUTE
	write = unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	work  = look | write | unix.LANDLOCK_ACCESS_FS_MAKE_REG | unix.LANDLOCK_ACCESS_FS_MAKE_DIR | unix.LANDLOCK_ACCESS_FS_MAKE_SYM |
		unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_MAKE_FIFO |
		unix.LANDLOCK_ACCESS_FS_REMOVE_FILE | unix.LANDLOCK_ACCESS_FS_REMOVE_DIR | unix.LANDLOCK_ACCESS_FS_REFER
	onFile = unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_EXECUTE | write
)

// readable is what programs need that come with the system. Of /etc only what says
// how to run and to draw, for keys and passwords may stand beside it.
func readable() []string {
	paths := []string{
		"/usr", "/lib", "/lib32", "/lib64", "/bin", "/opt", "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/alternatives", "/etc/fonts", "/etc/libreoffice",
		"/etc/localtime", "/etc/passwd", "/etc/group", "/etc/nsswitch.conf", "/var/cache/fontconfig", "/var/lib/libreoffice", "/var/spool/libreoffice", "/dev/urandom", "/dev/zero",
		"/proc/self", "/proc/cpuinfo", "/proc/meminfo", "/proc/filesystems", "/sys/devices/system/cpu", "/sys/kernel/mm/transparent_hugepage",
	}
	for _, program := range programs() {
		if home := filepath.Dir(filepath.Dir(program)); home != "/" {
			paths = append(paths, home)
		}
	}
	return paths
}

// landlock leaves of the file system the programs of the system to read and to
// start, the cache of the PDF engine to read, and the temporary directory to write;
// and no TCP at all (landlock(7)).
func landlock(o orders, self int) error {
	version, err := landlockVersion()
	if err != nil {
		return err
	}
	files, ports, scopes := handled(version)
	attr := unix.LandlockRulesetAttr{Handled_access_fs: files, Handled_access_net: ports, Scoped: scopes}
	const known = 24 // bytes of it that older systems understand too, for they must be zero beyond
	ruleset, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), known, 0)
	if errno != 0 {
		return fmt.Errorf("rules: %w", errno)
	}
	defer unix.Close(int(ruleset)) //nolint:errcheck // ours to close
	allow := func(fd int, access uint64) error {
		var s unix.Stat_t
		if err := unix.Fstat(fd, &s); err != nil {
			return fmt.Errorf("rule: %w", err)
		}
		if s.Mode&unix.S_IFMT != unix.S_IFDIR {
			access &= onFile
		}
		rule := unix.LandlockPathBeneathAttr{Allowed_access: access & files, Parent_fd: int32(fd)}
		if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, ruleset, unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
			return fmt.Errorf("rule: %w", errno)
		}
		return nil
	}
	cache := uint64(look)
	if o.Warm {
		cache = work
	}
	if err := errors.Join(allow(self, start), allow(cacheFD, cache)); err != nil {
		return err
	}
	paths := map[string]uint64{o.Temp: work, "/dev/null": look | write}
	if o.Shared { // LibreOffice does not run without its socket, which it takes anew
		paths[common] = unix.LANDLOCK_ACCESS_FS_MAKE_SOCK | unix.LANDLOCK_ACCESS_FS_REMOVE_FILE
	}
	for _, path := range readable() {
		paths[path] = start
	}
	for path, access := range paths {
		fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
		if err != nil {
			continue // what is not there, or not for us, needs no rule
		}
		err = allow(fd, access)
		if err = errors.Join(err, unix.Close(fd)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, ruleset, 0, 0); errno != 0 {
		return fmt.Errorf("restrict: %w", errno)
	}
	return nil
}

func landlockVersion() (int, error) {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0, errno
	}
	return int(version), nil
}

// landlocked says whether there is all that we ask for.
func landlocked() error {
	if version, err := landlockVersion(); err == nil && version < 6 {
		return fmt.Errorf("it is version %d", version)
	}
	return nil // where there is none, that was said
}

// handled is what a version of Landlock can restrict.
func handled(version int) (files, ports, scopes uint64) {
	files = unix.LANDLOCK_ACCESS_FS_MAKE_SYM<<1 - 1
	if version >= 2 {
		files |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		files |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version >= 4 {
		ports = unix.LANDLOCK_ACCESS_NET_BIND_TCP | unix.LANDLOCK_ACCESS_NET_CONNECT_TCP
	}
	if version >= 5 {
		files |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if version >= 6 {
		scopes = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	return files, ports, scopes
}

// forget gives back the pages of the program that only starting it needed: they
// count as memory of this process and are read again from the file if need be. Only
// mappings are given back that nobody has written to.
func forget() {
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return // it only saves memory
	}
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	var from, to uintptr
	ours := false
	for line := range strings.Lines(string(maps)) {
		var a, b uintptr
		var access string
		if n, _ := fmt.Sscanf(line, "%x-%x %s", &a, &b, &access); n == 3 {
			from, to = a, b
			ours = !strings.Contains(access, "w") && strings.HasSuffix(strings.TrimSpace(line), program)
		} else if f := strings.Fields(line); ours && len(f) > 1 && f[0] == "Anonymous:" && f[1] == "0" {
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, to-from, unix.MADV_DONTNEED)
		}
	}
}
