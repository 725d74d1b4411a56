package vault

import (
	"bytes"
	"crypto/cipher"
	"fmt"
)

// ItemKey seals the content of one item: the texts, files and opinions of one
// disclosure. Erasing its wrapped form erases all of them at once, wherever
// copies lie. It is safe for concurrent use; the zero ItemKey is of no use.
type ItemKey struct {
	aead cipher.AEAD
	mac  []byte
}

// NewItemKey makes a key for one item and its wrapped form, which is all that may
// be stored.
func (v *Vault) NewItemKey() (wrapped []byte, key ItemKey, err error) {
	secret, err := NewKey()
	if err != nil {
		return nil, key, fmt.Errorf("item key: %w", err)
	}
	if key, err = newItemKey(secret); err != nil {
		return nil, key, err
	}
	return v.wrap(secret), key, nil
}

// Unwrap returns the key that NewItemKey wrapped. It fails with ErrBrokenSeal, or
// because the master key is gone.
func (v *Vault) Unwrap(wrapped []byte) (ItemKey, error) {
	secret, err := v.unwrap(wrapped)
	if err != nil {
		return ItemKey{}, err
	}
	return newItemKey(secret)
}

// RewrapItem returns the same key wrapped by the newest master key. It returns
// wrapped itself if that has been done already.
func (v *Vault) RewrapItem(wrapped []byte) ([]byte, error) {
	secret, err := v.unwrap(wrapped)
	if err != nil {
		return nil, err
	}
	if id, _ := v.master.current(); bytes.HasPrefix(wrapped, newHeader(id)) {
		return wrapped, nil
	}
	return v.wrap(secret), nil
}

// Seal encrypts a part of the item. The context says which part, such as
// "disclosure/<id>/body"; the result opens nowhere else.
func (k ItemKey) Seal(context string, plain []byte) []byte {
	return k.aead.Seal([]byte{itemFormat}, nil, plain, additional([]byte{itemFormat}, context))
}

// Open returns what Seal was given, or ErrBrokenSeal.
func (k ItemKey) Open(context string, sealed []byte) ([]byte, error) {
	if len(sealed) == 0 || sealed[0] != itemFormat {
		return nil, ErrBrokenSeal
	}
	return unseal(k.aead, sealed[1:], additional(sealed[:1], context))
}

// MAC returns 32 bytes that name data within this item. Unlike a bare hash it
// does not betray text that can be guessed, and it means nothing once the key
// has been erased.
func (k ItemKey) MAC(context string, data []byte) []byte {
	return mac(k.mac, context, data)
}

func newItemKey(secret []byte) (k ItemKey, err error) {
	if k.aead, err = newAEAD(secret, "shenfa/item/seal/1"); err != nil {
		return k, fmt.Errorf("item key: %w", err)
	}
	if k.mac, err = derive(secret, "shenfa/item/mac/1"); err != nil {
		return k, fmt.Errorf("item key: %w", err)
	}
	return k, nil
}

func (v *Vault) wrap(secret []byte) []byte {
	id, key := v.master.current()
	header := newHeader(id)
	return key.wrap.Seal(header, nil, secret, header)
}

func (v *Vault) unwrap(wrapped []byte) ([]byte, error) {
	header, body, key, err := v.split(wrapped)
	if err != nil {
		return nil, err
	}
	return unseal(key.wrap, body, header)
}
