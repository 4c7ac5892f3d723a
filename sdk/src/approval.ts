import { z } from 'zod';
import { fromBase64, toBase64 } from './base64.ts';
import { canonicalBytes } from './canonical.ts';
import { AegisError, type ErrorCode } from './errors.ts';
import { isSignedBy } from './key-set.ts';
import { PermissionBlock, permissionsDigest } from './permissions.ts';
import type { KeySet } from './wire/clusters.ts';
import { ApprovalEnvelope } from './wire/skills.ts';

/** Who decided; the id stays when the name changes. */
const Reviewer = z.object({ id: z.string(), name: z.string() });

const BasePredicate = z.object({
  permissions: PermissionBlock,
  permissionsDigest: z.string(),
  revision: z.int(),
  reviewer: Reviewer,
  /** RFC 3339, UTC. */
  decidedAt: z.string(),
});
/** What a reviewer agreed to when approving the base permissions of an agent. */
export type BasePredicate = z.infer<typeof BasePredicate>;

const ApprovalPredicate = BasePredicate.extend({
  contentDigest: z.string(),
  /** The reports that were read. */
  reports: z.array(z.object({ kind: z.string(), digest: z.string() })),
});
/** What a reviewer agreed to when approving one version of a skill. */
export type ApprovalPredicate = z.infer<typeof ApprovalPredicate>;

export interface ApprovalSubject {
  tenantId: string;
  name: string;
  version: string;
  /** `sha256:…` of the exact bytes of the archive. */
  archiveDigest: string;
}

export interface BaseSubject {
  tenantId: string;
  agentId: string;
  revision: number;
  permissions: PermissionBlock;
}

/** An Ed25519 private key of WebCrypto and the `kid` under which its public half is published. */
export interface SigningKey {
  kid: string;
  privateKey: CryptoKey;
}

/** in-toto Statement v1, with the one subject that an approval has. */
const Statement = z.object({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.tuple([z.object({ name: z.string(), digest: z.object({ sha256: z.string() }) })]),
  predicateType: z.string(),
  predicate: z.unknown(),
});
type Statement = z.infer<typeof Statement>;

/** Names of our predicates; nothing is ever fetched from there. */
const SKILL_APPROVAL = 'https://aegis.example/skill-approval/v1';
const BASE_APPROVAL = 'https://aegis.example/base-approval/v1';
const PAYLOAD_TYPE = 'application/vnd.in-toto+json';
/** A key change needs two; more only cost time. */
const SIGNATURES_MAX = 4;

/**
 * Signs the approval of one version: a DSSE envelope over an in-toto statement whose subject is
 * `<tenantId>/<name>@<version>` with the archive's sha256. The same input gives the same bytes. Throws INTERNAL when
 * `permissionsDigest` is not that of the permissions.
 */
export async function signApproval(
  subject: ApprovalSubject,
  predicate: ApprovalPredicate,
  key: SigningKey,
): Promise<ApprovalEnvelope> {
  const name = `${subject.tenantId}/${subject.name}@${subject.version}`;
  await assertDigest(predicate);
  return sign({ name, digest: subject.archiveDigest, predicateType: SKILL_APPROVAL, predicate }, key);
}

/**
 * What the reviewer approved, when the envelope is signed by a key of purpose `approval` and covers exactly the
 * expected package; `tenantId` and `contentDigest` are compared when they are given. Throws SIGNATURE_INVALID, or
 * APPROVAL_INVALID saying what differs.
 */
export async function verifyApproval(
  envelope: unknown,
  keys: KeySet,
  expected: { tenantId?: string; name: string; version: string; archiveDigest: string; contentDigest?: string },
): Promise<ApprovalPredicate> {
  const statement = await verifyEnvelope(envelope, keys);
  const [subject] = statement.subject;
  const named = `${expected.name}@${expected.version}`;
  const slash = subject.name.indexOf('/');
  compare('the type', statement.predicateType, SKILL_APPROVAL);
  compare('the skill', subject.name.slice(slash + 1), named);
  if (expected.tenantId !== undefined) compare('the tenant', subject.name.slice(0, slash), expected.tenantId);
  compare('the archive', `sha256:${subject.digest.sha256}`, expected.archiveDigest);
  const predicate = await readPredicate(ApprovalPredicate, statement);
  if (expected.contentDigest !== undefined) compare('the content', predicate.contentDigest, expected.contentDigest);
  return predicate;
}

/**
 * Signs the base permissions of an agent; the subject is `<tenantId>/agents/<agentId>/base@<revision>` with the digest
 * of the permissions. Throws INTERNAL when subject and predicate disagree.
 */
export async function signBase(
  subject: BaseSubject,
  predicate: BasePredicate,
  key: SigningKey,
): Promise<ApprovalEnvelope> {
  await assertDigest(predicate);
  await assertDigest({ permissions: subject.permissions, permissionsDigest: predicate.permissionsDigest });
  if (subject.revision !== predicate.revision) {
    throw new AegisError('INTERNAL', { detail: `revision ${subject.revision} is not ${predicate.revision}` });
  }
  const name = baseName(subject);
  return sign({ name, digest: predicate.permissionsDigest, predicateType: BASE_APPROVAL, predicate }, key);
}

/** The approved base permissions of an agent, of whatever revision. Throws as `verifyApproval` does. */
export async function verifyBase(
  envelope: unknown,
  keys: KeySet,
  expected: { tenantId: string; agentId: string },
): Promise<BasePredicate> {
  const statement = await verifyEnvelope(envelope, keys);
  compare('the type', statement.predicateType, BASE_APPROVAL);
  const predicate = await readPredicate(BasePredicate, statement);
  const [subject] = statement.subject;
  compare('the agent', subject.name, baseName({ ...expected, revision: predicate.revision }));
  compare('the permissions', `sha256:${subject.digest.sha256}`, predicate.permissionsDigest);
  return predicate;
}

function baseName({ tenantId, agentId, revision }: { tenantId: string; agentId: string; revision: number }): string {
  return `${tenantId}/agents/${agentId}/base@${revision}`;
}

interface Claim {
  name: string;
  digest: string;
  predicateType: string;
  predicate: BasePredicate;
}

async function sign({ name, digest, predicateType, predicate }: Claim, key: SigningKey): Promise<ApprovalEnvelope> {
  const subject: Statement['subject'] = [{ name, digest: { sha256: digest.replace(/^sha256:/, '') } }];
  const payload = canonicalBytes({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate });
  const signature = await crypto.subtle.sign('Ed25519', key.privateKey, preAuthEncoding(payload));
  return {
    payloadType: PAYLOAD_TYPE,
    payload: toBase64(payload),
    signatures: [{ keyid: key.kid, sig: toBase64(new Uint8Array(signature)) }],
  };
}

/** DSSE v1, "PAE": `DSSEv1 <length> <type> <length> <body>`, lengths in bytes. */
function preAuthEncoding(payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = new TextEncoder().encode(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `);
  const encoded = new Uint8Array(head.length + payload.length);
  encoded.set(head);
  encoded.set(payload, head.length);
  return encoded;
}

async function assertDigest({
  permissions,
  permissionsDigest: stated,
}: Pick<BasePredicate, 'permissions' | 'permissionsDigest'>) {
  const digest = await permissionsDigest(permissions);
  if (digest !== stated) throw new AegisError('INTERNAL', { detail: `permissionsDigest ${stated} is not ${digest}` });
}

async function verifyEnvelope(envelope: unknown, keys: KeySet): Promise<Statement> {
  const parsed = ApprovalEnvelope.safeParse(envelope);
  if (!parsed.success) throw refuse('SIGNATURE_INVALID', 'This is no DSSE envelope over an in-toto statement');
  const { payload, signatures } = parsed.data;
  const bytes = fromBase64(payload);
  if (bytes === null) throw refuse('SIGNATURE_INVALID', 'The payload of the envelope is not base64');
  if (signatures.length > SIGNATURES_MAX) {
    throw refuse('SIGNATURE_INVALID', `The envelope has ${signatures.length} signatures, more than ${SIGNATURES_MAX}`);
  }
  const signed = preAuthEncoding(bytes);
  for (const { keyid, sig } of signatures) {
    const key = keys.keys.find(({ kid, purpose }) => kid === keyid && purpose === 'approval');
    if (key !== undefined && (await isSignedBy(key, { signed, signature: fromBase64(sig) })))
      return parseStatement(bytes);
  }
  const kids = signatures.map(({ keyid }) => keyid).join(', ');
  throw refuse('SIGNATURE_INVALID', `No signature by ${kids} verifies with a pinned approval key`);
}

function parseStatement(bytes: Uint8Array): Statement {
  const parsed = Statement.safeParse(parseJson(new TextDecoder().decode(bytes)));
  if (!parsed.success) throw refuse('APPROVAL_INVALID', 'What is signed is no in-toto statement with one subject');
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No JSON; the caller says so in its own words.
    return undefined;
  }
}

/** The predicate, whose permissions must have the digest that it states. */
async function readPredicate<T extends BasePredicate>(schema: z.ZodType<T>, statement: Statement): Promise<T> {
  const parsed = schema.safeParse(statement.predicate);
  if (!parsed.success) throw refuse('APPROVAL_INVALID', 'The signed predicate lacks a field');
  const { permissions, permissionsDigest: stated } = parsed.data;
  compare('the permissions', await permissionsDigest(permissions), stated);
  return parsed.data;
}

function compare(what: string, found: string, wanted: string): void {
  if (found !== wanted)
    throw refuse('APPROVAL_INVALID', `The approval differs in ${what}: found ${found}, wanted ${wanted}`);
}

function refuse(code: ErrorCode, found: string): AegisError {
  return new AegisError(code, { detail: `${found}. Do not use this package; ask an admin of the registry.` });
}
