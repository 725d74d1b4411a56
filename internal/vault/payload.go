package vault

import (
	"errors"
	"fmt"
	"strconv"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/temporal"
	"google.golang.org/protobuf/proto"
)

const (
	metaEncoding   = converter.MetadataEncoding
	metaKeyID      = "encryption-key-id"
	sealedEncoding = "binary/encrypted-aes-256-gcm"
)

// Converters give a client, and the workers made from it, sealed payloads. The
// failure converter has to be told separately: without it, messages and stack
// traces of failures are stored in clear.
func (v *Vault) Converters(namespace string) (converter.DataConverter, converter.FailureConverter) {
	data := converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), codec{v, namespace})
	return data, temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter:          data,
		EncodeCommonAttributes: true,
	})
}

// codec seals each payload as a whole, its own metadata included, because type
// names and search hints are content too.
type codec struct {
	vault     *Vault
	namespace string
}

// binding ties a payload to its namespace and key. It must not depend on the
// workflow or on the SDK's serialization context: the SDK changed what it passes
// there between releases, and old histories have to stay readable.
func (c codec) binding(keyID string) []byte {
	return []byte("shenfa/payload/1\x00" + c.namespace + "\x00" + keyID)
}

// Encode implements converter.PayloadCodec.
func (c codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	id, aead := c.vault.payload.current()
	keyID := strconv.FormatUint(uint64(id), 10)
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		plain, err := proto.Marshal(p)
		if err != nil {
			return nil, fmt.Errorf("payload: %w", err)
		}
		out[i] = &commonpb.Payload{
			Metadata: map[string][]byte{metaEncoding: []byte(sealedEncoding), metaKeyID: []byte(keyID)},
			Data:     aead.Seal(nil, nil, plain, c.binding(keyID)),
		}
	}
	return out, nil
}

// Decode implements converter.PayloadCodec. It refuses clear payloads: letting
// them through would allow whoever can write to the database to replace a sealed
// payload by one of his own.
func (c codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	out := make([]*commonpb.Payload, len(payloads))
	for i, p := range payloads {
		if string(p.GetMetadata()[metaEncoding]) != sealedEncoding {
			return nil, errors.New("payload is not encrypted")
		}
		keyID := string(p.GetMetadata()[metaKeyID])
		id, err := strconv.ParseUint(keyID, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("payload: key id: %w", err)
		}
		aead, err := c.vault.payload.get(uint32(id))
		if err != nil {
			return nil, fmt.Errorf("payload: %w", err)
		}
		plain, err := unseal(aead, p.GetData(), c.binding(keyID))
		if err != nil {
			return nil, fmt.Errorf("payload: %w", err)
		}
		out[i] = new(commonpb.Payload)
		if err := proto.Unmarshal(plain, out[i]); err != nil {
			return nil, fmt.Errorf("payload: %w", err)
		}
	}
	return out, nil
}
