// Package vault holds the unit's keys and seals with them what must not be read
// at rest: the content of disclosures, secrets of the unit, and everything the
// application hands to Temporal.
//
// Whoever has the key directory has everything; whoever has only the database, a
// dump of it or the stored files has nothing. The package imports nothing of ours
// and knows no SQL. internal/engine keeps its passwords and certificate
// authorities in the same kind of files and may import it.
package vault

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/ed25519"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"

	"golang.org/x/mod/sumdb/note"
)

// ErrBrokenSeal tells that sealed content has been changed, cut, moved to a place
// it was not sealed for, or belongs to another key.
var ErrBrokenSeal = errors.New("the seal is broken")

const (
	unitFormat = 1         // first byte of what a master key has sealed
	itemFormat = 2         // first byte of what an item key has sealed
	headerSize = 1 + 4     // unitFormat, id of the master key
	saltFree   = ""        // our keys are uniformly random already
	noteEd     = byte(0x1) // algorithm of golang.org/x/mod/sumdb/note
)

// Vault is the open key directory. It is safe for concurrent use.
type Vault struct {
	master  *ring[masterKey]
	payload *ring[cipher.AEAD]
	mac     []byte
	log     ed25519.PrivateKey
}

// masterKey is one master key, split by purpose so that a wrapped key can never
// be opened as a sealed secret or the other way round.
type masterKey struct{ wrap, seal cipher.AEAD }

// Open reads the keys in dir and makes those that are missing. It refuses a
// directory or a key that others can read, and a key of the wrong length.
// Several processes may open one directory, also for the first time at once.
func Open(dir string) (*Vault, error) {
	v, err := open(dir)
	if err != nil {
		return nil, fmt.Errorf("open vault: %w", err)
	}
	return v, nil
}

func open(dir string) (*Vault, error) {
	if err := PrepareDir(dir); err != nil {
		return nil, err
	}
	v := &Vault{}
	var err error
	if v.master, err = openRing(dir, "master", newMasterKey); err != nil {
		return nil, err
	}
	if v.payload, err = openRing(dir, "payload", newPayloadKey); err != nil {
		return nil, err
	}
	if v.mac, err = loadOrCreateKey(filepath.Join(dir, "mac.key")); err != nil {
		return nil, err
	}
	seed, err := loadOrCreateKey(filepath.Join(dir, "log.key"))
	if err != nil {
		return nil, err
	}
	v.log = ed25519.NewKeyFromSeed(seed)
	return v, nil
}

func newMasterKey(secret []byte) (k masterKey, err error) {
	if k.wrap, err = newAEAD(secret, "shenfa/master/wrap/1"); err != nil {
		return k, err
	}
	k.seal, err = newAEAD(secret, "shenfa/master/seal/1")
	return k, err
}

func newPayloadKey(secret []byte) (cipher.AEAD, error) {
	return newAEAD(secret, "shenfa/payload/1")
}

// Fingerprint names this vault in public. A store keeps it, so that a program
// started with the wrong or an empty key directory stops before it writes
// anything that the right one could not read.
func (v *Vault) Fingerprint() string {
	return hex.EncodeToString(v.MAC("shenfa/vault/fingerprint", nil)[:16])
}

// Seal encrypts a secret of the unit which belongs to no item: a webhook secret,
// session data. The context says where it is kept, such as "webhook/<id>/secret";
// it opens nowhere else.
func (v *Vault) Seal(context string, plain []byte) []byte {
	id, key := v.master.current()
	header := newHeader(id)
	return key.seal.Seal(header, nil, plain, additional(header, context))
}

// Open returns what Seal was given. It fails with ErrBrokenSeal, or because the
// key is gone.
func (v *Vault) Open(context string, sealed []byte) ([]byte, error) {
	header, body, key, err := v.split(sealed)
	if err != nil {
		return nil, err
	}
	return unseal(key.seal, body, additional(header, context))
}

// MAC returns 32 bytes that only this vault can compute, equal for equal input.
// It does not change with rotation, so it can serve as an index.
func (v *Vault) MAC(context string, data []byte) []byte {
	return mac(v.mac, context, data)
}

// RotateMaster makes a new master key. Keys of items sealed with an older one
// stay readable; RewrapItem moves them over. Other processes read what the new
// key has sealed at once, and seal with it when they next open the vault.
func (v *Vault) RotateMaster() error { return v.master.grow() }

// RotatePayload makes a new key for Temporal payloads. An older one may be
// deleted when the last history sealed with it has passed its retention.
func (v *Vault) RotatePayload() error { return v.payload.grow() }

// LogSigner signs checkpoints of the ledger under the given name, which is part
// of the key's identity (C2SP signed-note).
func (v *Vault) LogSigner(name string) (note.Signer, error) {
	verifierKey, err := v.LogVerifierKey(name)
	if err != nil {
		return nil, err
	}
	verifier, err := note.NewVerifier(verifierKey)
	if err != nil {
		return nil, fmt.Errorf("log signer: %w", err)
	}
	signer, err := note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", name, verifier.KeyHash(),
		base64.StdEncoding.EncodeToString(append([]byte{noteEd}, v.log.Seed()...))))
	if err != nil {
		return nil, errors.New("log signer: unusable key") // the error could quote the key
	}
	return signer, nil
}

// LogVerifierKey is the public half of LogSigner in the form that
// note.NewVerifier reads. It is made to be published.
func (v *Vault) LogVerifierKey(name string) (string, error) {
	key, err := note.NewEd25519VerifierKey(name, v.log.Public().(ed25519.PublicKey))
	if err != nil {
		return "", fmt.Errorf("log verifier key: %w", err)
	}
	if _, err := note.NewVerifier(key); err != nil {
		return "", fmt.Errorf("log name %q: %w", name, err)
	}
	return key, nil
}

// split takes the header off and finds the master key it names.
func (v *Vault) split(sealed []byte) (header, body []byte, key masterKey, err error) {
	if len(sealed) < headerSize || sealed[0] != unitFormat {
		return nil, nil, key, ErrBrokenSeal
	}
	key, err = v.master.get(binary.BigEndian.Uint32(sealed[1:]))
	return sealed[:headerSize], sealed[headerSize:], key, err
}

func newHeader(id uint32) []byte {
	return binary.BigEndian.AppendUint32([]byte{unitFormat}, id)
}

// additional is the data that is authenticated and not kept. The header has a
// fixed length, so the two parts cannot run into each other.
func additional(header []byte, context string) []byte {
	return append(bytes.Clone(header), context...)
}

// newAEAD is AES-256-GCM with a random nonce in front of each message, under a
// key derived for one purpose.
func newAEAD(secret []byte, purpose string) (cipher.AEAD, error) {
	key, err := derive(secret, purpose)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

func derive(secret []byte, purpose string) ([]byte, error) {
	return hkdf.Key(sha256.New, secret, []byte(saltFree), purpose, keySize)
}

func unseal(aead cipher.AEAD, sealed, additional []byte) ([]byte, error) {
	plain, err := aead.Open(nil, nil, sealed, additional)
	if err != nil {
		return nil, ErrBrokenSeal
	}
	return plain, nil
}

// mac gives the length of the context too, or "ab"+"c" would equal "a"+"bc".
func mac(key []byte, context string, data []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(context))))
	h.Write([]byte(context))
	h.Write(data)
	return h.Sum(nil)
}
