import { leafOf } from '@aegis/skill-sdk/audit-export';
import { isIncluded } from '@aegis/skill-sdk/merkle';
import { openCheckpoint } from '@aegis/skill-sdk/signed-note';
import { AuditInclusion } from '@aegis/skill-sdk/wire/audit';
import { KeySet } from '@aegis/skill-sdk/wire/clusters';
import { apiPaths } from './paths.ts';

/** What a check showed, as one line. */
export interface Proved {
  ok: boolean;
  text: string;
}

/** Checks in this browser that an event stands in its log: its hash, the way to the root, the signature over that. */
export async function proveEvent(eventId: string, ask: typeof fetch = fetch): Promise<Proved> {
  const [answer, keyAnswer] = await Promise.all([ask(apiPaths.auditProof(eventId)), ask(apiPaths.keys())]);
  if (!answer.ok || !keyAnswer.ok) return { ok: false, text: 'The registry gave no proof. Try again.' };
  const { seq, leaf, event, proof, checkpoint } = AuditInclusion.parse(await answer.json());
  const { keys } = KeySet.parse(await keyAnswer.json());
  const opened = await openCheckpoint(checkpoint.note, keys);
  if ('problem' in opened) return { ok: false, text: 'The checkpoint is not signed by a key of this registry.' };
  const { size, root } = opened.checkpoint;
  if (leafOf(event) !== leaf) return { ok: false, text: `Event ${seq} is not what was logged.` };
  if (!isIncluded({ seq, leaf, size, root, proof }))
    return { ok: false, text: `Event ${seq} does not lead to the root that was signed.` };
  return { ok: true, text: `As it was logged: event ${seq} of ${size}` };
}
