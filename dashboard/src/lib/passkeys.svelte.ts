import { AegisError, fromProblem, type Problem, toProblem } from '@aegis/skill-sdk/errors';
import { apiPaths } from './paths.ts';

/** One thing that is done with a passkey: whether it is under way, and what went wrong. */
export class PasskeyState {
  busy = $state(false);
  problem = $state<Problem | null>(null);

  /** True when it was done. */
  async run(task: () => Promise<void>): Promise<boolean> {
    this.busy = true;
    this.problem = null;
    try {
      await task();
      return true;
    } catch (cause) {
      this.problem = toProblem(asError(cause));
      return false;
    } finally {
      this.busy = false;
    }
  }
}

/** Signs in with a passkey alone. */
export async function signInWithPasskey(): Promise<void> {
  await prove(apiPaths.passkeySignIn());
}

/** Proves a passkey for the session that is open. */
export async function proveWithPasskey(): Promise<void> {
  await prove(apiPaths.passkeyProof());
}

/** Makes a passkey on this device and adds it to the account. */
export async function addPasskey({ name, password }: { name: string; password: string }): Promise<void> {
  const path = apiPaths.passkeys();
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(await optionsOf(path, { password }));
  const credential = await navigator.credentials.create({ publicKey });
  await post(path, { name, credential: asJson(credential) });
}

async function prove(path: string): Promise<void> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(await optionsOf(path, {}));
  await post(path, { credential: asJson(await navigator.credentials.get({ publicKey })) });
}

async function optionsOf<T>(path: string, body: unknown): Promise<T> {
  return ((await post(`${path}/options`, body)) as { publicKey: T }).publicKey;
}

function asJson(credential: Credential | null): unknown {
  if (credential instanceof PublicKeyCredential) return credential.toJSON();
  throw new DOMException('No passkey was given', 'NotAllowedError');
}

async function post(path: string, body: unknown): Promise<unknown> {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const value: unknown = await answer.json();
  if (!answer.ok) throw fromProblem(value as Problem);
  return value;
}

/** A browser says the same for "the person said no", "there is none" and "too late", so that pages learn nothing. */
function asError(cause: unknown): AegisError {
  if (cause instanceof AegisError) return cause;
  const name = cause instanceof DOMException ? cause.name : '';
  if (name === 'InvalidStateError')
    return new AegisError('ALREADY_EXISTS', { detail: 'This device holds a passkey of this account already.', cause });
  if (name === 'NotAllowedError')
    return new AegisError('FORBIDDEN', {
      detail: 'The browser gave no passkey: there is none here, or it was not allowed.',
    });
  return new AegisError('INTERNAL', { detail: 'This browser cannot use passkeys here.', cause });
}
