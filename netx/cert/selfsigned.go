package cert

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"time"
)

// SelfSigned makes a certificate for hosts, which are names or IP addresses, that is valid
// for a day, and a pool for the RootCAs of clients that shall trust it. It is for
// development and tests. It returns an error if there are no hosts or one is empty.
func SelfSigned(hosts ...string) (tls.Certificate, *x509.CertPool, error) {
	var none tls.Certificate
	if len(hosts) == 0 {
		return none, nil, errors.New("cert: SelfSigned without a host")
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return none, nil, fmt.Errorf("cert: %w", err)
	}
	now := time.Now()
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: hosts[0]},
		NotBefore:    now.Add(-time.Hour), // the clock of the client may be behind
		NotAfter:     now.Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		IsCA:         true, BasicConstraintsValid: true,
	}
	for _, host := range hosts {
		switch ip := net.ParseIP(host); {
		case host == "":
			return none, nil, errors.New("cert: SelfSigned with an empty host")
		case ip != nil:
			template.IPAddresses = append(template.IPAddresses, ip)
		default:
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return none, nil, fmt.Errorf("cert: %w", err)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return none, nil, fmt.Errorf("cert: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return none, nil, fmt.Errorf("cert: %w", err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(leaf)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, pool, nil
}
