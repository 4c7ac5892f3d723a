import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto';

/** A certificate with its key, as TLS takes them. */
export interface Certificate {
  key: string;
  cert: string;
}

/** An authority of one run: it signs a certificate for any name that the tool asks for. Its key never leaves the sandbox. */
export interface Authority {
  /** PEM, for the tool's list of trusted authorities. */
  cert: string;
  certificateFor: (name: string) => Certificate;
}

const OID = {
  ecPublicKeySha256: '06082a8648ce3d040302',
  commonName: '0603550403',
  subjectAltName: '0603551d11',
  basicConstraints: '0603551d13',
  keyUsage: '0603551d0f',
  authorityKey: '0603551d23',
  subjectKey: '0603551d0e',
} as const;
/** Long past and far ahead: a sandbox's clock may be anything. */
const VALIDITY = der(0x30, Buffer.concat([time('20200101000000Z'), time('20491231235959Z')]));

/** Makes an authority (RFC 5280) with a P-256 key. */
export function makeAuthority(): Authority {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = name('Local Authority');
  const keyId = idOf(pair.publicKey);
  const cert = sign({ subject: issuer, issuer, publicKey: pair.publicKey, signer: pair.privateKey }, [
    extension(OID.basicConstraints, der(0x30, der(0x01, Buffer.from([0xff]))), true),
    extension(OID.keyUsage, der(0x03, Buffer.from([0x01, 0x06])), true),
    extension(OID.subjectKey, der(0x04, keyId)),
  ]);
  const known = new Map<string, Certificate>();
  return {
    cert,
    certificateFor(host) {
      const made = known.get(host) ?? certificateFor(host, { issuer, keyId, signer: pair.privateKey });
      known.set(host, made);
      return made;
    },
  };
}

function certificateFor(
  host: string,
  { issuer, keyId, signer }: { issuer: Buffer; keyId: Buffer; signer: KeyObject },
): Certificate {
  const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const octets = /^\d+(\.\d+){3}$/.test(host) ? Buffer.from(host.split('.').map(Number)) : null;
  const alternative = octets === null ? der(0x82, Buffer.from(host, 'latin1')) : der(0x87, octets);
  const cert = sign({ subject: name(host.slice(0, 64)), issuer, publicKey: pair.publicKey, signer }, [
    extension(OID.subjectAltName, der(0x30, alternative)),
    extension(OID.authorityKey, der(0x30, der(0x80, keyId))),
  ]);
  return { cert, key: pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() };
}

function sign(
  { subject, issuer, publicKey, signer }: { subject: Buffer; issuer: Buffer; publicKey: KeyObject; signer: KeyObject },
  extensions: Buffer[],
): string {
  const algorithm = der(0x30, Buffer.from(OID.ecPublicKeySha256, 'hex'));
  const serial = randomBytes(16);
  // Positive, and without a leading zero.
  serial[0] = ((serial[0] ?? 0) & 0x3f) | 0x40;
  const body = der(
    0x30,
    Buffer.concat([
      der(0xa0, der(0x02, Buffer.from([2]))),
      der(0x02, serial),
      algorithm,
      issuer,
      VALIDITY,
      subject,
      publicKey.export({ type: 'spki', format: 'der' }),
      der(0xa3, der(0x30, Buffer.concat(extensions))),
    ]),
  );
  const signature = createSign('sha256').update(body).sign(signer);
  const whole = der(0x30, Buffer.concat([body, algorithm, der(0x03, Buffer.concat([Buffer.from([0]), signature]))]));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}

function extension(oid: string, value: Buffer, isCritical = false): Buffer {
  const critical = isCritical ? der(0x01, Buffer.from([0xff])) : Buffer.alloc(0);
  return der(0x30, Buffer.concat([Buffer.from(oid, 'hex'), critical, der(0x04, value)]));
}

function name(common: string): Buffer {
  const attribute = Buffer.concat([Buffer.from(OID.commonName, 'hex'), der(0x0c, Buffer.from(common))]);
  return der(0x30, der(0x31, der(0x30, attribute)));
}

function idOf(publicKey: KeyObject): Buffer {
  return createHash('sha1')
    .update(publicKey.export({ type: 'spki', format: 'der' }))
    .digest();
}

function time(text: string): Buffer {
  return text < '2050' ? der(0x17, Buffer.from(text.slice(2))) : der(0x18, Buffer.from(text));
}

/** Distinguished encoding: tag, length in as few bytes as possible, value. */
function der(tag: number, value: Buffer): Buffer {
  const { length } = value;
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), value]);
  const bytes = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, 0x80 | bytes.length, ...bytes]), value]);
}
