// Package cert keeps the certificates of servers and clients fresh: a program that renews
// them, such as certbot, writes new files, and the next handshakes use these. No connection
// is interrupted, and no signal is needed.
//
//	pair, err := cert.Load("server.crt", "server.key")
//	if err != nil {
//		return err
//	}
//	listener = tls.NewListener(listener, &tls.Config{GetCertificate: pair.GetCertificate})
//
// It is for files. To get certificates from an authority that speaks ACME, within the
// program, there is golang.org/x/crypto/acme/autocert.
package cert
