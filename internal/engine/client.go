package engine

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"go.temporal.io/sdk/client"
	sdklog "go.temporal.io/sdk/log"

	"shenfa/internal/vault"
)

// Credentials let another process call Temporal's frontend with the rights of
// the application. All but ServerName are PEM.
type Credentials struct {
	Cert, Key, CA []byte
	ServerName    string // that the certificate of the frontend bears
}

// Remote says how to reach a Temporal frontend that this process does not run,
// be it another process's engine or a cluster. Both sides show a certificate.
type Remote struct {
	HostPort          string
	Namespace         string // default "shenfa"
	CertFile, KeyFile string // ours, read again at each handshake so that they can be renewed
	CAFile            string // theirs; the system's authorities if empty
	ServerName        string // theirs; the host of HostPort if empty
}

// Dial returns a client with the rights of the application: it can write in its
// own namespace. Workers made from it inherit the encryption.
func (e *Engine) Dial() (client.Client, error) {
	tlsConfig, err := e.pki.clientConfig(e.pki.app)
	if err != nil {
		return nil, err
	}
	c, err := client.Dial(clientOptions(e.FrontendAddr(), e.namespace, tlsConfig, e.vault, e.sdkLog))
	if err != nil {
		return nil, fmt.Errorf("dial temporal: %w", err)
	}
	return c, nil
}

// DialRemote returns a client like that of Dial. It fails if the frontend cannot
// be reached, or does not show a certificate of CAFile. Clear text is not offered.
func DialRemote(ctx context.Context, r Remote, v *vault.Vault, sdkLog io.Writer) (client.Client, error) {
	if r.Namespace == "" {
		r.Namespace = defaultNamespace
	}
	tlsConfig, err := r.tls()
	if err != nil {
		return nil, fmt.Errorf("dial temporal at %s: %w", r.HostPort, err)
	}
	c, err := client.DialContext(ctx, clientOptions(r.HostPort, r.Namespace, tlsConfig, v, sdkLog))
	if err != nil {
		return nil, fmt.Errorf("dial temporal at %s: %w", r.HostPort, err)
	}
	return c, nil
}

func clientOptions(hostPort, namespace string, tlsConfig *tls.Config, v *vault.Vault, sdkLog io.Writer) client.Options {
	data, failure := v.Converters(namespace)
	return client.Options{
		HostPort:          hostPort,
		Namespace:         namespace,
		Identity:          appSubject, // the default tells host name and pid
		ConnectionOptions: client.ConnectionOptions{TLS: tlsConfig},
		Logger:            sdklog.NewStructuredLogger(discreetLogger(sdkLog)),
		DataConverter:     data,
		FailureConverter:  failure,
	}
}

func (r Remote) tls() (*tls.Config, error) {
	load := func() (*tls.Certificate, error) {
		pair, err := tls.LoadX509KeyPair(r.CertFile, r.KeyFile)
		return &pair, err
	}
	if _, err := load(); err != nil {
		return nil, fmt.Errorf("client certificate: %w", err)
	}
	conf := &tls.Config{
		MinVersion:           tls.VersionTLS13,
		ServerName:           r.ServerName,
		GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return load() },
	}
	if r.CAFile == "" {
		return conf, nil
	}
	ca, err := os.ReadFile(r.CAFile)
	if err != nil {
		return nil, fmt.Errorf("certificate authority: %w", err)
	}
	conf.RootCAs = x509.NewCertPool()
	if !conf.RootCAs.AppendCertsFromPEM(ca) {
		return nil, errors.New("certificate authority: no certificate in " + r.CAFile)
	}
	return conf, nil
}

// ClientCredentials issues a certificate for one more process of the product. It
// is good for five years; only replacing Dir/keys/app-ca.pem revokes it.
func (e *Engine) ClientCredentials() (Credentials, error) {
	id, err := e.pki.issueApp()
	if err != nil {
		return Credentials{}, fmt.Errorf("client credentials: %w", err)
	}
	return Credentials{Cert: id.cert, Key: id.key, CA: e.pki.nodeCA.pem, ServerName: serverName}, nil
}

// WriteClientCredentials puts fresh ClientCredentials into dir, made with mode
// 0700 if need be, and returns what DialRemote wants to know to use them.
func (e *Engine) WriteClientCredentials(dir string) (Remote, error) {
	c, err := e.ClientCredentials()
	if err != nil {
		return Remote{}, err
	}
	if err := vault.PrepareDir(dir); err != nil {
		return Remote{}, fmt.Errorf("client credentials: %w", err)
	}
	r := Remote{
		HostPort: e.FrontendAddr(), Namespace: e.namespace, ServerName: c.ServerName,
		CertFile: filepath.Join(dir, "client.pem"), KeyFile: filepath.Join(dir, "client-key.pem"), CAFile: filepath.Join(dir, "ca.pem"),
	}
	for path, content := range map[string][]byte{r.CertFile: c.Cert, r.KeyFile: c.Key, r.CAFile: c.CA} {
		fresh := path + ".new" // renamed, so that a reader never sees half of it
		if err := errors.Join(os.WriteFile(fresh, content, 0o600), os.Rename(fresh, path)); err != nil {
			return Remote{}, fmt.Errorf("client credentials: %w", err)
		}
	}
	return r, nil
}
