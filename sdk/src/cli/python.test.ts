import { chmod } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder, writeFiles } from '../../testing/test-io.ts';
import { findPython, pythonFunction } from './python.ts';

/** A program that answers as a Python of that version does. */
async function fakePython(folder: string, path: string, version: string): Promise<void> {
  await writeFiles(folder, { [path]: `#!/bin/sh\necho "${version}"\necho "$0"\n` });
  await chmod(join(folder, path), 0o755);
}
// What the fake needs itself lies there.
const SHELL = '/bin';

describe('the machine’s Python', () => {
  it('is told to be missing or too old in clear words, with what to do', async () => {
    const skill = await temporaryFolder();
    await expect(findPython(skill, join(skill, 'nothing'))).rejects.toThrow(
      /no Python in PATH\. Wanted 3\.9 or newer: install it/,
    );
    const old = await temporaryFolder();
    await fakePython(old, 'python3', '3 8 19');
    await fakePython(old, 'python', '2 7 18');
    await expect(findPython(skill, old)).rejects.toThrow(/only Python 3\.8\.19/);
  });

  it('is the one of the skill’s .venv, else python3, else python', async () => {
    const bin = await temporaryFolder();
    const skill = await temporaryFolder();
    const path = [bin, SHELL].join(delimiter);
    await fakePython(bin, 'python', '3 12 1');
    await fakePython(bin, 'python3', '3 8 0');
    expect(await findPython(skill, path)).toBe(join(bin, 'python'));
    await fakePython(bin, 'python3', '3 9 0');
    expect(await findPython(skill, path)).toBe(join(bin, 'python3'));
    await fakePython(skill, '.venv/bin/python', '3 13 0');
    expect(await findPython(skill, path)).toBe(join(skill, '.venv/bin/python'));
  });

  it('calls handle, or the function that is named', () => {
    expect(pythonFunction('./handlers/a.py')).toBe('handle');
    expect(pythonFunction('./handlers/a#other')).toBe('other');
  });
});
