import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

export interface Certificate {
  /** PEM. */
  cert: string;
  key: string;
}

export interface Authority {
  /** The CA's own certificate, PEM. */
  cert: string;
  /** A certificate for those names (and 127.0.0.1), good from a day ago until `untilMs`. */
  issue(names: readonly string[], untilMs?: number): Promise<Certificate>;
}

/** A private CA, made anew for a test. */
export async function makeAuthority(): Promise<Authority> {
  const keys = await newKeys();
  const root = await X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=Office CA',
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + 30 * DAY_MS),
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true)],
  });
  return {
    cert: root.toString('pem'),
    async issue(names, untilMs = Date.now() + DAY_MS) {
      const own = await newKeys();
      const extensions: Extension[] = [
        new SubjectAlternativeNameExtension([
          ...names.map((value) => ({ type: 'dns' as const, value })),
          { type: 'ip', value: '127.0.0.1' },
        ]),
        await AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ];
      const certificate = await X509CertificateGenerator.create({
        serialNumber: '02',
        subject: `CN=${names[0]}`,
        issuer: root.subject,
        notBefore: new Date(Date.now() - DAY_MS),
        notAfter: new Date(untilMs),
        signingAlgorithm: ALGORITHM,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        extensions,
      });
      const der = Buffer.from(await crypto.subtle.exportKey('pkcs8', own.privateKey)).toString('base64');
      const key = `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
      return { cert: certificate.toString('pem'), key };
    },
  };
}

function newKeys(): Promise<CryptoKeyPair> {
  return crypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']) as Promise<CryptoKeyPair>;
}
