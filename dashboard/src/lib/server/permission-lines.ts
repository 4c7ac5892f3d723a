import { describe, type PermissionBlock, type PermissionChange } from '@aegis/skill-sdk/permissions';

/** One permission as a sentence, with where it holds. */
export interface PermissionLine {
  kind: string;
  text: string;
  holds: PermissionChange['holds'];
}

/** A permission set in words. Made on the server: the rules behind it are not sent to every browser. */
export function permissionLines(block: PermissionBlock): PermissionLine[] {
  return describe(block);
}
