import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the living processes of a group, also of those whose parent is gone (Linux). */
export function processesOf(group: number): string[] {
  return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && isOf(group, pid));
}

function isOf(group: number, pid: string): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program stands in parentheses and may hold anything.
    const [state, , itsGroup] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return Number(itsGroup) === group && state !== 'Z';
  } catch {
    // It ended while we looked.
    return false;
  }
}
