import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { temporaryFolder, writeFiles } from '../../testing/test-io.ts';
import { NO_PERMISSIONS } from '../permissions.ts';
import { describeTools, startTool, type ToolEvent } from './tool-process.ts';

const TOOL = {
  name: 'run',
  description: 'x',
  parameters: [],
  returns: { type: 'object', description: 'x' },
  handler: 'h',
} as const;

async function world(code: string, callMs = 60_000, onStart = () => {}) {
  const folder = await temporaryFolder();
  await writeFiles(folder, { 'h.mjs': code });
  const events: ToolEvent[] = [];
  let output = '';
  const stop = new AbortController();
  const tool = startTool({
    bundle: join(folder, 'h.mjs'),
    exported: 'default',
    manifest: { permissions: NO_PERMISSIONS, tools: [TOOL] },
    tool: 'run',
    packageFiles: {},
    callMs,
    onEvent: (event) => {
      events.push(event);
      if (event.kind === 'started') onStart();
    },
    onOutput: (text) => {
      output += text;
    },
    signal: stop.signal,
  });
  onTestFinished(() => tool.stop());
  return {
    folder,
    tool,
    events,
    stop,
    output: () => output,
    call: () => tool.call({ input: {}, workFolder: folder, env: {} }),
  };
}

describe('the process of a tool', () => {
  it('keeps running between calls, and passes on what the code writes', async () => {
    const { call, output, events } = await world(
      'let n = 0; export default async () => { console.log("hello"); return { n: ++n, pid: process.pid }; };',
    );
    const first = await call();
    const second = await call();
    expect(first.output).toMatchObject({ n: 1 });
    expect(second.output).toMatchObject({ n: 2 });
    expect(output()).toContain('hello');
    expect(events[0]).toEqual({ kind: 'started' });
  });

  it('is killed when a call takes too long, and the next call gets a new one', async () => {
    const { call } = await world('export default async () => { for (;;); };', 200);
    await expect(call()).rejects.toMatchObject({
      code: 'TIMEOUT',
      message: 'It did not end within 0.2 s and was stopped.',
    });
    await expect(call()).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('is killed when the program is interrupted', async () => {
    const onStart = () => stop.abort();
    const { call, stop } = await world('export default async () => { for (;;); };', undefined, onStart);
    await expect(call()).rejects.toThrow(/ended its process \(SIGKILL\)/);
    await expect(call()).rejects.toThrow();
  });

  it('tells a module that cannot be loaded', async () => {
    const { call } = await world('throw new Error("at load")');
    await expect(call()).rejects.toThrow(/Error: at load/);
  });

  it('hands a failed run over with its error, code and calls', async () => {
    const { call } = await world('export default async (params, context) => context.env("SECRET");');
    expect(await call()).toMatchObject({
      output: null,
      error: { code: 'PERMISSION_DENIED' },
      calls: [{ kind: 'env', value: 'SECRET', allowed: false }],
    });
  });

  it('describes exported tools as JSON keeps them', async () => {
    const folder = await temporaryFolder();
    await writeFiles(folder, {
      'a.mjs': 'export const tools = [{ name: "x", run() {} }];',
      'b.mjs': 'export default 1;',
    });
    expect(await describeTools(join(folder, 'a.mjs'))).toEqual([{ name: 'x' }]);
    expect(await describeTools(join(folder, 'b.mjs'))).toBeNull();
  });
});
