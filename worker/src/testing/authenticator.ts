import { createHash } from 'node:crypto';

/** What a person's device does with a passkey, in software: ES256, no attestation (WebAuthn, sections 6.1 and 6.5). */
export interface Authenticator {
  create(options: Options): Promise<Record<string, unknown>>;
  get(options: Options): Promise<Record<string, unknown>>;
}

interface Options {
  publicKey: Record<string, unknown>;
}

const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;
const HAS_CREDENTIAL = 0x40;
const base64url = (bytes: Uint8Array | string) => Buffer.from(bytes).toString('base64url');
const sha256 = (text: string | Uint8Array) => createHash('sha256').update(text).digest();

/** A device at a page of `origin`; `verifies` false: one that asks for no finger, face or code. */
export async function createAuthenticator(origin: string, { verifies = true } = {}): Promise<Authenticator> {
  const pair = (await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])) as CryptoKeyPair;
  const { x = '', y = '' } = (await crypto.subtle.exportKey('jwk', pair.publicKey)) as JsonWebKey;
  const credentialId = crypto.getRandomValues(new Uint8Array(32));
  const cose = Buffer.concat([
    // {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
    Buffer.from([0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20]),
    Buffer.from(x, 'base64url'),
    Buffer.from([0x22, 0x58, 0x20]),
    Buffer.from(y, 'base64url'),
  ]);
  let count = 0;
  const clientData = (type: string, { publicKey }: Options) =>
    JSON.stringify({ type, challenge: publicKey.challenge, origin, crossOrigin: false });
  const authenticatorData = (flags: number, rest: Uint8Array = new Uint8Array()) => {
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(++count);
    const all = USER_PRESENT | (verifies ? USER_VERIFIED : 0) | flags;
    return Buffer.concat([sha256(new URL(origin).hostname), Buffer.from([all]), counter, rest]);
  };
  const credential = { id: base64url(credentialId), rawId: base64url(credentialId), type: 'public-key' };
  return {
    async create(options) {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(credentialId.length);
      const data = authenticatorData(HAS_CREDENTIAL, Buffer.concat([Buffer.alloc(16), length, credentialId, cose]));
      const clientDataJSON = clientData('webauthn.create', options);
      return {
        ...credential,
        clientExtensionResults: {},
        response: {
          clientDataJSON: base64url(clientDataJSON),
          attestationObject: base64url(attestationOf(data)),
          transports: ['internal'],
        },
      };
    },
    async get(options) {
      const data = authenticatorData(0);
      const clientDataJSON = clientData('webauthn.get', options);
      const signed = Buffer.concat([data, sha256(clientDataJSON)]);
      const raw = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, signed);
      return {
        ...credential,
        clientExtensionResults: {},
        response: {
          clientDataJSON: base64url(clientDataJSON),
          authenticatorData: base64url(data),
          signature: base64url(derOf(new Uint8Array(raw))),
        },
      };
    },
  };
}

/** CBOR of {fmt: 'none', attStmt: {}, authData}. */
function attestationOf(data: Uint8Array): Uint8Array {
  const text = (word: string) => Buffer.concat([Buffer.from([0x60 + word.length]), Buffer.from(word)]);
  const head = Buffer.from([0x58, data.length]);
  return Buffer.concat([
    Buffer.from([0xa3]),
    text('fmt'),
    text('none'),
    text('attStmt'),
    Buffer.from([0xa0]),
    text('authData'),
    data.length < 256 ? head : Buffer.from([0x59, data.length >> 8, data.length & 0xff]),
    data,
  ]);
}

/** ASN.1 of the two halves of a signature, as authenticators send it. */
function derOf(raw: Uint8Array): Uint8Array {
  const integer = (bytes: Uint8Array) => {
    const start = bytes.findIndex((byte) => byte !== 0);
    const bare = bytes.subarray(start < 0 ? bytes.length - 1 : start);
    const value = (bare[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.from([0]), bare]) : bare;
    return Buffer.concat([Buffer.from([0x02, value.length]), value]);
  };
  const both = Buffer.concat([integer(raw.subarray(0, 32)), integer(raw.subarray(32))]);
  return Buffer.concat([Buffer.from([0x30, both.length]), both]);
}
