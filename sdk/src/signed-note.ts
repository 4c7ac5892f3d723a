import { fromBase64, toBase64 } from './base64.ts';
import { isSignedBy, type RegistryKey } from './key-set.ts';

/** What a checkpoint says: the log of that name had so many events and that root. */
export interface Checkpoint {
  /** Which log: `<host of the registry>/audit/<tenant id or platform>`. */
  origin: string;
  size: number;
  /** 64 lower hex digits. */
  root: string;
}

/** The name of a tenant's log in its checkpoints; other log, other name, so that no note passes for another's. */
export function originOf(appOrigin: string, tenantId: string): string {
  return `${new URL(appOrigin).host}/audit/${tenantId}`;
}

/** The text that is signed (C2SP tlog-checkpoint): origin, size and root in base64, a line each. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  const bytes = Uint8Array.from(root.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return `${origin}\n${size}\n${toBase64(bytes)}\n`;
}

/** Signs a checkpoint as a C2SP signed note whose key has the name of the log. `sign` answers 64 bytes of Ed25519. */
export async function signCheckpoint(
  checkpoint: Checkpoint,
  publicKey: Uint8Array,
  sign: (bytes: Uint8Array<ArrayBuffer>) => Promise<ArrayBuffer>,
): Promise<string> {
  const text = checkpointText(checkpoint);
  const signature = new Uint8Array(await sign(utf8(text)));
  const signed = new Uint8Array(4 + signature.length);
  signed.set(await noteKeyId(checkpoint.origin, publicKey));
  signed.set(signature, 4);
  return `${text}\n— ${checkpoint.origin} ${toBase64(signed)}\n`;
}

/** Why a note is not believed. */
export type NoteProblem = 'unreadable' | 'unknown-key' | 'bad-signature';

/** The checkpoint in a note that one of the keys of purpose `checkpoint` signed; lines of other signers are passed over. */
export async function openCheckpoint(
  note: string,
  keys: readonly RegistryKey[],
): Promise<{ checkpoint: Checkpoint; kid: string } | { problem: NoteProblem }> {
  const checkpoint = readCheckpoint(note);
  if (checkpoint === null) return { problem: 'unreadable' };
  const text = checkpointText(checkpoint);
  let problem: NoteProblem = 'unknown-key';
  for (const line of note.slice(text.length + 1).split('\n')) {
    const [dash, name, encoded = ''] = line.split(' ');
    const bytes = fromBase64(encoded);
    if (dash !== '—' || name !== checkpoint.origin || bytes === null || bytes.length !== 68) continue;
    for (const key of keys.filter(({ purpose }) => purpose === 'checkpoint')) {
      const id = await noteKeyId(name, fromBase64(key.x) ?? new Uint8Array());
      if (!id.every((byte, index) => byte === bytes[index])) continue;
      if (await isSignedBy(key, { signed: utf8(text), signature: bytes.slice(4) })) return { checkpoint, kid: key.kid };
      problem = 'bad-signature';
    }
  }
  return { problem };
}

/** What a note says, unchecked; null when it is none that we write. */
export function readCheckpoint(note: string): Checkpoint | null {
  const [origin = '', size = '', root = '', blank, ...signatures] = note.split('\n');
  const bytes = fromBase64(root);
  if (!/^\S+$/.test(origin) || !/^(0|[1-9]\d{0,14})$/.test(size) || bytes?.length !== 32) return null;
  if (blank !== '' || signatures.length < 2 || signatures.at(-1) !== '' || toBase64(bytes) !== root) return null;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return { origin, size: Number(size), root: hex };
}

/** C2SP signed-note: the first four bytes of SHA-256 over name, newline, 0x01 (Ed25519) and the public key. */
export async function noteKeyId(name: string, publicKey: Uint8Array): Promise<Uint8Array> {
  const named = utf8(`${name}\n`);
  const bytes = new Uint8Array(named.length + 1 + publicKey.length);
  bytes.set(named);
  bytes[named.length] = 1;
  bytes.set(publicKey, named.length + 1);
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)).slice(0, 4);
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text) as Uint8Array<ArrayBuffer>;
}
