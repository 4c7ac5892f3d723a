import { join } from 'node:path';

/** Every file of the state folder. Nothing else in the agent spells a name in it. */
export interface StatePaths {
  /** The private key, mode 0600. */
  key: string;
  /** A key that is to follow, until the registry has it; mode 0600. */
  nextKey: string;
  /** Held while a key is replaced. */
  rotation: string;
  /** Cluster id and the pinned public keys of the registry. */
  identity: string;
  /** The desired state that was adopted last. */
  adopted: string;
  /** Tenant documents by digest. */
  documents: string;
  /** Epoch and sequence of the last state that was applied without an error. */
  cursor: string;
  /** Write-ahead spool of blocked requests. */
  outbox: string;
  /** Where other processes of this machine hand in blocked requests. */
  inbox: string;
  /** Verified skill archives by digest, unpacked. */
  packages: string;
  /** What `aegis-agent status` prints. */
  status: string;
  /** How far the gateway's log has been read. */
  journal: string;
  /** Held by the one running agent. */
  lock: string;
}

/** The layout of the state folder. */
export function statePaths(stateDir: string): StatePaths {
  return {
    key: join(stateDir, 'key.json'),
    nextKey: join(stateDir, 'key.next.json'),
    rotation: join(stateDir, 'rotation.json'),
    identity: join(stateDir, 'identity.json'),
    adopted: join(stateDir, 'adopted.json'),
    documents: join(stateDir, 'documents'),
    cursor: join(stateDir, 'cursor.json'),
    outbox: join(stateDir, 'outbox'),
    inbox: join(stateDir, 'inbox'),
    packages: join(stateDir, 'packages'),
    status: join(stateDir, 'status.json'),
    journal: join(stateDir, 'journal.json'),
    lock: join(stateDir, 'lock.json'),
  };
}
