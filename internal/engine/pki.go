package engine

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"math/big"
	"path/filepath"
	"time"

	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/config"

	"shenfa/internal/vault"
)

const (
	serverName = "temporal.shenfa.internal"

	systemSubject = "temporal-system"
	appSubject    = "shenfa-app"

	// Leaves live in memory and are issued anew at each start, so their life
	// only has to exceed the longest time between two restarts: certificates
	// given to Temporal as data are never reloaded.
	leafLife = 5 * 365 * 24 * time.Hour
	caLife   = 30 * 365 * 24 * time.Hour
)

// authority is a certificate authority kept in one 0600 PEM file.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte // the certificate alone
}

// identity is a certificate with its key, both in PEM.
type identity struct{ cert, key []byte }

func loadAuthority(path, name string) (*authority, error) {
	data, err := vault.LoadOrCreate(path, func() ([]byte, error) {
		key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
		if err != nil {
			return nil, err
		}
		now := time.Now()
		template := &x509.Certificate{
			SerialNumber:          big.NewInt(1),
			Subject:               pkix.Name{CommonName: name},
			NotBefore:             now.Add(-24 * time.Hour), // tolerate a clock set back
			NotAfter:              now.Add(caLife),
			IsCA:                  true,
			MaxPathLenZero:        true,
			BasicConstraintsValid: true,
			KeyUsage:              x509.KeyUsageCertSign,
		}
		id, err := sign(template, template, key, key)
		return append(id.cert, id.key...), err
	})
	if err != nil {
		return nil, err
	}
	certBlock, rest := pem.Decode(data)
	if certBlock == nil {
		return nil, errors.New(path + ": no certificate")
	}
	keyBlock, _ := pem.Decode(rest)
	if keyBlock == nil {
		return nil, errors.New(path + ": no key")
	}
	cert, err := x509.ParseCertificate(certBlock.Bytes)
	if err != nil {
		return nil, err
	}
	key, err := x509.ParseECPrivateKey(keyBlock.Bytes)
	if err != nil {
		return nil, err
	}
	return &authority{cert: cert, key: key, pem: pem.EncodeToMemory(certBlock)}, nil
}

// issue makes a leaf. It can serve only if it is given ExtKeyUsageServerAuth.
func (a *authority) issue(subject string, usage ...x509.ExtKeyUsage) (identity, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return identity{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return identity{}, err
	}
	return sign(&x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: subject},
		DNSNames:     []string{serverName},
		NotBefore:    a.cert.NotBefore,
		NotAfter:     time.Now().Add(leafLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  usage,
	}, a.cert, key, a.key)
}

func sign(template, parent *x509.Certificate, key, signer *ecdsa.PrivateKey) (identity, error) {
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return identity{}, err
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return identity{}, err
	}
	return identity{
		cert: pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:  pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}),
	}, nil
}

// pki holds two authorities, not one, and that matters: Temporal runs its
// authorizer on the frontend only. On the history, matching and worker ports the
// TLS handshake is the whole defence, so an application certificate must not
// verify there.
type pki struct {
	nodeCA, appCA *authority
	system, app   identity
}

func loadPKI(dir string) (*pki, error) {
	p := &pki{}
	var err error
	if p.nodeCA, err = loadAuthority(filepath.Join(dir, "node-ca.pem"), "shenfa node CA"); err != nil {
		return nil, err
	}
	if p.appCA, err = loadAuthority(filepath.Join(dir, "app-ca.pem"), "shenfa application CA"); err != nil {
		return nil, err
	}
	// Internode callers present the server certificate as their client
	// certificate, hence both usages.
	p.system, err = p.nodeCA.issue(systemSubject, x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth)
	if err != nil {
		return nil, err
	}
	p.app, err = p.issueApp()
	return p, err
}

func (p *pki) issueApp() (identity, error) {
	return p.appCA.issue(appSubject, x509.ExtKeyUsageClientAuth)
}

// serverConfig is the TLS section of the Temporal configuration.
func (p *pki) serverConfig() config.RootTLS {
	var (
		encode = base64.StdEncoding.EncodeToString
		nodeCA = encode(p.nodeCA.pem)
		cert   = encode(p.system.cert)
		key    = encode(p.system.key)
		client = config.ClientTLS{ServerName: serverName, RootCAData: []string{nodeCA}}
	)
	group := func(clientCAs ...string) config.GroupTLS {
		return config.GroupTLS{Client: client, Server: config.ServerTLS{
			CertData: cert, KeyData: key, ClientCAData: clientCAs, RequireClientAuth: true,
		}}
	}
	return config.RootTLS{
		Internode:    group(nodeCA),
		Frontend:     group(nodeCA, encode(p.appCA.pem)),
		SystemWorker: config.WorkerTLS{CertData: cert, KeyData: key, Client: client},
	}
}

// clientConfig lets id call a port of this engine.
func (p *pki) clientConfig(id identity) (*tls.Config, error) {
	pair, err := tls.X509KeyPair(id.cert, id.key)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	roots.AddCert(p.nodeCA.cert)
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		ServerName:   serverName,
		RootCAs:      roots,
		Certificates: []tls.Certificate{pair},
	}, nil
}

// claimMapper turns the certificate of a caller into its rights. The subject is
// believed only for the authority that signed it, so that whoever can have an
// application certificate issued cannot become the system by choosing a name.
type claimMapper struct {
	node, app *x509.Certificate
	namespace string
}

func (m claimMapper) GetClaims(info *authorization.AuthInfo) (*authorization.Claims, error) {
	leaf := authorization.PeerCert(info.TLSConnection)
	if leaf == nil {
		return nil, errors.New("no verified client certificate")
	}
	chain := info.TLSConnection.State.VerifiedChains[0]
	root, subject := chain[len(chain)-1], leaf.Subject.CommonName
	claims := &authorization.Claims{Subject: subject, AuthType: "mtls"}
	switch {
	case root.Equal(m.node) && subject == systemSubject:
		claims.System = authorization.RoleAdmin
	case root.Equal(m.app) && subject == appSubject:
		claims.Namespaces = map[string]authorization.Role{m.namespace: authorization.RoleWriter}
	default:
		return nil, errors.New("certificate of an unknown subject: " + subject)
	}
	return claims, nil
}
