package pdf

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"runtime/debug"
	"sync"
	"unicode/utf16"

	"github.com/klippa-app/go-pdfium"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"
)

// wasmPage is the unit in which WebAssembly counts memory, in bytes.
const wasmPage = 64 << 10

// Options say how the engine runs.
type Options struct {
	// Cache is the directory that keeps the compiled engine (about 21 MB), so
	// that only the first start has to compile it. Empty means a directory of
	// the user's; if there is none, nothing is kept.
	Cache string
	// Memory is the most bytes one file may take inside the engine. Zero means
	// 192 MB.
	Memory int
}

// Reader reads PDF files with PDFium, which runs as WebAssembly without files,
// network or environment. It starts at the first file and is then kept; every
// file gets an instance of its own that dies with it. It may be used by many
// goroutines at once.
type Reader struct {
	options  Options
	memories memories
	mu       sync.Mutex
	pool     pdfium.Pool
	cache    wazero.CompilationCache
}

// NewReader prepares a reader; it costs nothing until the first file.
func NewReader(o Options) *Reader {
	if o.Memory <= 0 {
		o.Memory = 192 << 20
	}
	return &Reader{options: o}
}

// Close frees the engine. The reader may be used again; it will start anew.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pool == nil {
		return nil
	}
	err := r.pool.Close()
	if r.cache != nil {
		err = errors.Join(err, r.cache.Close(context.Background()))
	}
	r.pool, r.cache = nil, nil
	return err
}

// Warm fills the cache, so that no process that uses it afterwards has to
// compile the engine: that takes seconds, and more memory than any file.
func (r *Reader) Warm() error {
	if _, err := r.start(); err != nil {
		return err
	}
	return r.Close()
}

// start returns the engine, starting it if need be.
func (r *Reader) start() (pdfium.Pool, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.pool != nil {
		return r.pool, nil
	}
	cache, err := openCache(r.options.Cache)
	if err != nil {
		return nil, err
	}
	pool, err := r.engine(cache)
	if err != nil && cache != nil && r.options.Cache == "" { // nobody asked for that directory
		_ = cache.Close(context.Background())
		cache = nil
		pool, err = r.engine(nil)
	}
	if err != nil {
		return nil, fmt.Errorf("start the pdf engine: %w", err)
	}
	r.pool, r.cache = pool, cache
	return pool, nil
}

// engine compiles the engine, or takes it from the cache.
func (r *Reader) engine(cache wazero.CompilationCache) (pdfium.Pool, error) {
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithCloseOnContextDone(true).
		WithMemoryLimitPages(uint32(min(r.options.Memory, math.MaxInt32) / wasmPage))
	if cache != nil {
		config = config.WithCompilationCache(cache)
	}
	// One worker compiles: more are faster, once, and take more memory. What it
	// took goes back, lest the first file come on top of it.
	defer debug.FreeOSMemory()
	return webassembly.Init(webassembly.Config{
		Context:       experimental.WithMemoryAllocator(context.Background(), &r.memories),
		MaxTotal:      runtime.GOMAXPROCS(0),
		FSConfig:      wazero.NewFSConfig(), // without one, the library mounts everything
		RuntimeConfig: config,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
}

// openCache opens the compilation cache in dir. A directory that was asked for
// must work; the default one may fail.
func openCache(dir string) (wazero.CompilationCache, error) {
	chosen := dir != ""
	if !chosen {
		home, err := os.UserCacheDir()
		if err != nil {
			return nil, nil //nolint:nilerr // no home, no cache
		}
		dir = filepath.Join(home, "shenfa", "pdf")
	}
	cache, err := wazero.NewCompilationCacheWithDir(dir)
	switch {
	case err == nil:
		return cache, nil
	case chosen:
		return nil, fmt.Errorf("open the cache of the pdf engine: %w", err)
	default:
		return nil, nil //nolint:nilerr // slower, not worse
	}
}

// machine is one instance of PDFium with one file in it. Its functions are
// those of PDFium's C interface, called by name: the library's own wrappers
// give every object a new identity, and the order of objects is what tells text
// under a box from text upon it. After the first fault every call answers 0.
type machine struct {
	ctx       context.Context
	instance  pdfium.Pdfium
	reader    *Reader
	memory    *byte // the first of its memory
	module    api.Module
	functions map[string]api.Function
	stack     [16]uint64
	keys      map[string]uint64 // strings that stay in the engine
	scratch   uint32            // 64 bytes for results
	buffer    uint64            // of bufferSize bytes
	most      uint64            // bytes of memory
	file      uint64            // its bytes
	document  uint64
	err       error
}

func (r *Reader) machine(ctx context.Context) (*machine, error) {
	pool, err := r.start()
	if err != nil {
		return nil, err
	}
	instance, err := pool.GetInstanceWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("instance of the pdf engine: %w", err)
	}
	m := &machine{ctx: ctx, instance: instance, reader: r, functions: map[string]api.Function{}, keys: map[string]uint64{}, most: uint64(r.options.Memory)}
	if v := reflect.Indirect(reflect.ValueOf(instance.GetImplementation())); v.Kind() == reflect.Struct {
		if f := v.FieldByName("Module"); f.IsValid() && f.CanInterface() {
			m.module, _ = f.Interface().(api.Module)
		}
	}
	if m.module == nil {
		return nil, errors.Join(errors.New("pdf engine without a module"), instance.Close())
	}
	m.memory = first(m.module)
	m.scratch, m.buffer = uint32(m.call("malloc", 64)), m.call("malloc", bufferSize)
	if m.err != nil {
		m.close()
		return nil, m.err
	}
	return m, nil
}

// close throws the instance away, with all that the file did to it.
func (m *machine) close() {
	_ = m.instance.Close() // a stopped instance says so; it is gone either way
	m.reader.memories.release(m.memory)
}

// call runs a function; the end of the context stops it wherever it is.
func (m *machine) call(name string, args ...uint64) uint64 {
	if m.err != nil {
		return 0
	}
	if m.err = m.ctx.Err(); m.err != nil {
		return 0
	}
	f := m.functions[name]
	if f == nil {
		if f = m.module.ExportedFunction(name); f == nil {
			m.err = fmt.Errorf("pdf engine without %s", name)
			return 0
		}
		m.functions[name] = f
	}
	m.stack = [16]uint64{}
	copy(m.stack[:], args)
	if err := f.CallWithStack(m.ctx, m.stack[:]); err != nil {
		if m.err = m.ctx.Err(); m.err == nil {
			m.err = fmt.Errorf("%s: %w", name, err)
		}
		return 0
	}
	return m.stack[0]
}

// truth and number read the 32-bit results of C.
func truth(v uint64) bool { return uint32(v) != 0 }
func number(v uint64) int { return int(int32(uint32(v))) }

// bytes copies n bytes at p; nil if they do not exist.
func (m *machine) bytes(p uint64, n int) []byte {
	if m.err != nil || n <= 0 {
		return nil
	}
	b, ok := m.module.Memory().Read(uint32(p), uint32(n))
	if !ok {
		return nil
	}
	return append([]byte(nil), b...)
}

// put copies b into the engine; the address is 0 if there is no room.
func (m *machine) put(b []byte) uint64 {
	p := m.call("malloc", uint64(len(b)+1))
	if p == 0 || m.err != nil {
		return 0
	}
	if !m.module.Memory().Write(uint32(p), b) || !m.module.Memory().WriteByte(uint32(p)+uint32(len(b)), 0) {
		return 0
	}
	return p
}

// key is the address of a constant string.
func (m *machine) key(s string) uint64 {
	p, ok := m.keys[s]
	if !ok {
		p = m.put([]byte(s))
		m.keys[s] = p
	}
	return p
}

func (m *machine) free(p uint64) { m.call("free", p) }

// out is the address of the i-th eight bytes of the scratch memory.
func (m *machine) out(i int) uint64 { return uint64(m.scratch) + uint64(8*i) }

func (m *machine) uint32(i int) uint32 {
	v, _ := m.module.Memory().ReadUint32Le(uint32(m.out(i)))
	return v
}

func (m *machine) float(at uint64) float64 {
	v, _ := m.module.Memory().ReadFloat32Le(uint32(at))
	return float64(v)
}

func (m *machine) double(i int) float64 {
	v, _ := m.module.Memory().ReadFloat64Le(uint32(m.out(i)))
	return v
}

// bufferSize is room for a short string, in bytes.
const bufferSize = 4096

// longest is the most bytes of one string that are fetched.
const longest = 8 << 20

// wide reads a string by a function that takes a buffer and its length in bytes
// last and answers how many bytes of UTF-16LE there are.
func (m *machine) wide(name string, args ...uint64) string {
	n := min(number(m.call(name, append(args[:len(args):len(args)], 0, 0)...)), longest)
	if n <= 2 || m.err != nil {
		return ""
	}
	p := m.call("malloc", uint64(n))
	if p == 0 {
		return ""
	}
	defer m.free(p)
	m.call(name, append(args[:len(args):len(args)], p, uint64(n))...)
	return utf16le(m.bytes(p, n))
}

func utf16le(b []byte) string {
	units := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		u := uint16(b[i]) | uint16(b[i+1])<<8
		if u == 0 {
			break
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}

// PDFium's codes of why a file cannot be loaded.
const (
	errPassword = 4
	errSecurity = 5
)

// load reads a file in place of the one before.
func (m *machine) load(data []byte) error {
	if m.document != 0 {
		m.call("FPDF_CloseDocument", m.document)
		m.document = 0
	}
	if m.file != 0 {
		m.free(m.file)
	}
	if m.file = m.put(data); m.file == 0 {
		if m.err != nil {
			return m.failure()
		}
		return unreadable("too_large", "memory")
	}
	if m.document = m.call("FPDF_LoadMemDocument", m.file, uint64(len(data)), 0); m.document != 0 && m.err == nil {
		return nil
	}
	switch code := m.call("FPDF_GetLastError"); {
	case m.err != nil:
		return m.failure()
	case code == errPassword || code == errSecurity:
		return unreadable("encrypted", "password")
	default:
		return unreadable("damaged", "no document")
	}
}

// failure says what stopped the machine, in the words of this package.
func (m *machine) failure() error {
	switch {
	case errors.Is(m.err, context.DeadlineExceeded):
		return unreadable("too_slow", "pdf")
	case errors.Is(m.err, context.Canceled):
		return m.err
	case m.crowded():
		return unreadable("too_large", "memory")
	default:
		return unreadable("damaged", "the pdf engine stopped")
	}
}

// crowded says whether the machine has taken nearly all memory it may have.
func (m *machine) crowded() bool {
	memory := m.module.Memory()
	return memory != nil && uint64(memory.Size()) > m.most/8*7
}

// decrypted is the loaded file, saved without its encryption.
func (m *machine) decrypted(data []byte) ([]byte, error) {
	const removeSecurity = 3
	stop := context.AfterFunc(m.ctx, func() { _ = m.instance.Kill() })
	defer stop()
	opened, err := m.instance.OpenDocument(&requests.OpenDocument{File: &data})
	if err != nil {
		return nil, fmt.Errorf("open to decrypt: %w", err)
	}
	saved, err := m.instance.FPDF_SaveAsCopy(&requests.FPDF_SaveAsCopy{Document: opened.Document, Flags: removeSecurity})
	if err != nil {
		return nil, fmt.Errorf("decrypt: %w", err)
	}
	if saved.FileBytes == nil {
		return nil, errors.New("decrypt: nothing saved")
	}
	return *saved.FileBytes, nil
}
