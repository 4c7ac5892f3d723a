import { DurableObject } from 'cloudflare:workers';
import { leafOf } from '@aegis/skill-sdk/audit-export';
import { fromBase64 } from '@aegis/skill-sdk/base64';
import { AUDIT_TILE_LEAVES, CHECKPOINT_EVERY_EVENTS, CHECKPOINT_EVERY_SECONDS } from '@aegis/skill-sdk/limits';
import { append, type Frontier, rootOf } from '@aegis/skill-sdk/merkle';
import { originOf, signCheckpoint } from '@aegis/skill-sdk/signed-note';
import { putCheckpoint } from '../blobs.ts';
import { openDb } from '../db.ts';
import { type Env, parseConfig } from '../env.ts';
import { signingKey } from '../signing.ts';
import { keepCheckpoint, type Leaf, leavesBetween, placeLeaves, waitingEvents } from './log-store.ts';
import { toEvent } from './to-event.ts';

/** Events that get their places in one batch; a batch of D1 may take 30 s, this takes 50 ms. */
const EVENTS_PER_TURN = 500;
const RETRY_MS = 10_000;
const LEAVES_PER_READ = 5000;

interface Signed {
  size: number;
  root: string;
  note: string;
  atMs: number;
}

/** Where the log of a tenant stands, as the object itself remembers it: D1 alone cannot change that. */
export interface LogHead {
  size: number;
  root: string;
  checkpoint: Signed;
}

interface State {
  frontier: Frontier;
  signed: Signed | null;
  /** Leaves that are on their way into D1: after a crash they are put there first, and no others. */
  underway: Leaf[];
}

/**
 * The only one that gives the events of one tenant (or of the platform) their places, so that no two stand at one.
 *
 *   mutation ── batch: rows + event ── trigger: audit_waiting ─┐ commit; nothing after it can be lost
 *                                                              ▼
 *   ring, read or alarm ──► read what waits ──► remember the leaves ──► D1 batch: leaves, tiles, − waiting
 *                                 ▲                                              │
 *                                 └──────────── until nothing waits ◄── remember the new root
 *                                                                                ▼
 *                                               every minute or 1,000 events: sign, D1 and R2
 *
 * Level-triggered: it starts from what waits, never from who rang. Any step may be cut off; the next turn goes on.
 */
export class AuditLog extends DurableObject<Env> {
  private turn: Promise<unknown> = Promise.resolve();

  /** Gives what waits its places, one turn after the other. `sign`: the answer has a checkpoint over all of it. */
  sequence(tenantId: string, sign: boolean): Promise<LogHead> {
    const next = this.turn.then(() => this.work(tenantId, sign));
    this.turn = next.catch(() => undefined);
    return next;
  }

  /** Where the log stood after the last turn, whatever D1 says now; null when there was none. */
  async head(): Promise<{ size: number; root: string } | null> {
    const state = await this.ctx.storage.get<State>('state');
    return state === undefined ? null : { size: state.frontier.size, root: rootOf(state.frontier) };
  }

  override async alarm(): Promise<void> {
    const tenantId = await this.ctx.storage.get<string>('tenantId');
    if (tenantId !== undefined) await this.sequence(tenantId, true);
  }

  private async work(tenantId: string, sign: boolean): Promise<LogHead> {
    try {
      const state = (await this.ctx.storage.get<State>('state')) ?? (await this.adopt(tenantId));
      if (state.underway.length > 0) await this.place(tenantId, state);
      await this.placeWaiting(tenantId, state);
      const isDue = await this.isDue(state);
      const checkpoint = sign || isDue ? await this.sign(tenantId, state) : state.signed;
      return {
        size: state.frontier.size,
        root: rootOf(state.frontier),
        checkpoint: checkpoint ?? (await this.sign(tenantId, state)),
      };
    } catch (error) {
      await this.ctx.storage.setAlarm(Date.now() + RETRY_MS);
      throw error;
    }
  }

  /** What there is when the object is new: nothing, or the log of a registry that was restored without its objects. */
  private async adopt(tenantId: string): Promise<State> {
    const state: State = { frontier: { size: 0, nodes: [] }, signed: null, underway: [] };
    for (;;) {
      const { size } = state.frontier;
      const leaves = await leavesBetween(openDb(this.env.DB), tenantId, size, size + LEAVES_PER_READ);
      for (const { leaf } of leaves) append(state.frontier, leaf);
      if (leaves.length < LEAVES_PER_READ) break;
    }
    await this.ctx.storage.put({ tenantId, state });
    return state;
  }

  private async placeWaiting(tenantId: string, state: State): Promise<void> {
    for (;;) {
      const rows = await waitingEvents(openDb(this.env.DB), tenantId, EVENTS_PER_TURN);
      if (rows.length === 0) return;
      const { size } = state.frontier;
      state.underway = rows.map((row, index) => ({ seq: size + index, eventId: row.id, leaf: leafOf(toEvent(row)) }));
      await this.ctx.storage.put('state', state);
      await this.place(tenantId, state);
    }
  }

  /** Writes the leaves that are underway, unless they got there before a crash. */
  private async place(tenantId: string, state: State): Promise<void> {
    const db = openDb(this.env.DB);
    const { underway } = state;
    const frontier: Frontier = { size: state.frontier.size, nodes: [...state.frontier.nodes] };
    const tiles = underway.flatMap(({ seq, leaf }) =>
      append(frontier, leaf)
        .filter(({ leaves }) => leaves === AUDIT_TILE_LEAVES)
        .map(({ hash }) => ({ tile: Math.floor(seq / AUDIT_TILE_LEAVES), hash })),
    );
    const first = underway[0]?.seq ?? 0;
    const there = await leavesBetween(db, tenantId, first, first + underway.length);
    const isThere = there.length > 0 && JSON.stringify(there) === JSON.stringify(underway);
    if (!isThere) await placeLeaves(db, tenantId, underway, tiles);
    state.frontier = frontier;
    state.underway = [];
    await this.ctx.storage.put('state', state);
  }

  /** Signed every minute or 1,000 events; sets the alarm for what is due later. */
  private async isDue({ frontier, signed }: State): Promise<boolean> {
    if (signed === null) return true;
    if (signed.size === frontier.size) return false;
    const dueAtMs = signed.atMs + CHECKPOINT_EVERY_SECONDS * 1000;
    if (frontier.size - signed.size >= CHECKPOINT_EVERY_EVENTS || Date.now() >= dueAtMs) return true;
    if ((await this.ctx.storage.getAlarm()) === null) await this.ctx.storage.setAlarm(dueAtMs);
    return false;
  }

  private async sign(tenantId: string, state: State): Promise<Signed> {
    const { size } = state.frontier;
    if (state.signed !== null && state.signed.size === size) return state.signed;
    const config = parseConfig(this.env);
    const { privateKey } = await signingKey(config, 'checkpoint');
    const publicKey = fromBase64(config.SIGNING_KEYS.checkpoint.privateJwk.x) ?? new Uint8Array();
    const root = rootOf(state.frontier);
    const note = await signCheckpoint(
      { origin: originOf(config.APP_ORIGIN, tenantId), size, root },
      publicKey,
      (bytes) => crypto.subtle.sign('Ed25519', privateKey, bytes),
    );
    const signed: Signed = { size, root, note, atMs: Date.now() };
    await putCheckpoint(this.env.ARTIFACTS, tenantId, size, note);
    await keepCheckpoint(openDb(this.env.DB), { tenantId, ...signed });
    state.signed = signed;
    await this.ctx.storage.put('state', state);
    return signed;
  }
}
