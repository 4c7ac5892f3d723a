/** The current version of the wire, `major.minor`; sent with every request and every answer as `Aegis-Wire`. */
export const WIRE_VERSION = '1.0';
export const WIRE_HEADER = 'aegis-wire';

/** `older`: by more than one minor, or a major; `newer`: by a major; `unreadable`: no version at all. */
export type WireStanding = 'fits' | 'older' | 'newer' | 'unreadable';

/**
 * How the version of a peer stands to one's own. A peer that is newer by minors promises to get along with us; one that
 * is older by one minor we promise to get along with (design.md, Wire). @example wireStanding('1.0', '1.2') // 'older'
 */
export function wireStanding(peer: string, own: string = WIRE_VERSION): WireStanding {
  const theirs = parse(peer);
  const ours = parse(own);
  if (theirs === null || ours === null) return 'unreadable';
  if (theirs.major !== ours.major) return theirs.major < ours.major ? 'older' : 'newer';
  return theirs.minor < ours.minor - 1 ? 'older' : 'fits';
}

/** True when `peer` knows less than `own`, be it by one minor: what it refuses it may just not know yet. */
export function isBehind(peer: string, own: string = WIRE_VERSION): boolean {
  const theirs = parse(peer);
  const ours = parse(own);
  if (theirs === null || ours === null) return false;
  return theirs.major < ours.major || (theirs.major === ours.major && theirs.minor < ours.minor);
}

function parse(version: string): { major: number; minor: number } | null {
  const [, major, minor] = /^(\d{1,4})\.(\d{1,4})$/.exec(version) ?? [];
  return major === undefined || minor === undefined ? null : { major: Number(major), minor: Number(minor) };
}
