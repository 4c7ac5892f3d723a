import { decodeBase64 } from '../code/decode.ts';
import { programOf, type ShellCommand, type ShellPipeline } from './shell.ts';

/** What a variable holds. */
interface Held {
  readonly text: string;
  /** The commands whose output it is, when that is all that it is. */
  readonly inner: readonly ShellPipeline[];
}

const TEXT_LENGTH_MAX = 4096;
const NAMES_MAX = 500;
const VARIABLE = /\$(?:\{(\w{1,60})\}|(\w{1,60}))/g;
const ASSIGNMENT = /^(?:export |local |declare |readonly )?([A-Za-z_]\w{0,59})=([\s\S]*)$/;
/** They hand on all of what they read. What picks one value out of it is another thing. */
const HANDS_ON = /^(?:cat|base64|base32|tar|zip|gzip|xxd|od|hexdump|openssl|tr|curl|wget|iwr|irm|echo|printf|rev)$/;
const FUNCTION =
  /(?:^|[\n;])[ \t]{0,8}(?:function[ \t]{1,4})?(\w{1,60})[ \t]{0,4}(?:\(\))?[ \t]{0,4}\{([^{}]{1,400})\}/g;

/** The variables and functions of one shell text, as far as they are plain. Nothing is run. */
export class ShellValues {
  private readonly held = new Map<string, Held>();
  /** What the first program of each function is. */
  private readonly functions = new Map<string, string>();

  constructor(text: string) {
    for (const [, name = '', body = ''] of text.matchAll(FUNCTION)) {
      const program = /^\s*(?:sudo\s+)?(\w{1,40})\s/.exec(body)?.[1];
      if (program !== undefined && this.functions.size < NAMES_MAX) this.functions.set(name, program);
    }
  }

  /** A pipeline with what its variables hold, and with what its functions start. */
  expand(pipeline: ShellPipeline): ShellPipeline {
    if (this.held.size === 0 && this.functions.size === 0) return pipeline;
    return { offset: pipeline.offset, commands: pipeline.commands.map((command) => this.expandCommand(command)) };
  }

  /** Remembers what a pipeline assigns. */
  note({ commands }: ShellPipeline): void {
    const [command] = commands;
    if (command === undefined || commands.length > 1) return;
    const words = /^(export|local|declare|readonly)$/.test(command.words[0] ?? '')
      ? command.words.slice(1)
      : command.words;
    const [, name, text = ''] = ASSIGNMENT.exec(words[0] ?? '') ?? [];
    if (name === undefined || words.length > 1 || this.held.size >= NAMES_MAX) return;
    const output = command.inner.length === 0 ? null : outputOf(command.inner);
    const inner = output === null && command.inner.every(handsOn) ? command.inner : [];
    if (text.length <= TEXT_LENGTH_MAX) this.held.set(name, { text: output ?? text, inner });
  }

  private expandCommand(command: ShellCommand): ShellCommand {
    const inner = [...command.inner];
    const words = command.words.map((word) =>
      word.includes('$')
        ? word.replace(VARIABLE, (whole, braced: string | undefined, bare: string | undefined) => {
            const held = this.held.get(braced ?? bare ?? '');
            if (held === undefined) return whole;
            inner.push(...held.inner);
            return held.inner.length > 0 ? whole : held.text;
          })
        : word,
    );
    const started = this.functions.get(words[0] ?? '');
    return { ...command, inner, words: started === undefined ? words : [started, ...words.slice(1)] };
  }
}

function handsOn({ commands }: ShellPipeline): boolean {
  return commands.every((command) => HANDS_ON.test(programOf(command).name));
}

/** The text that `echo … | base64 -d` and `printf …` give, where it can be worked out. */
function outputOf(inner: readonly ShellPipeline[]): string | null {
  const [pipeline] = inner;
  const [source, decoder, more] = pipeline?.commands ?? [];
  if (inner.length !== 1 || source === undefined || more !== undefined) return null;
  const { name, args } = programOf(source);
  if (name !== 'echo' && name !== 'printf') return null;
  const text = args.filter((word) => !/^-\w+$/.test(word)).join(' ');
  if (decoder === undefined) return text;
  const isDecoder =
    programOf(decoder).name === 'base64' && decoder.words.some((word) => /^(-d|-D|--decode)$/.test(word));
  return isDecoder ? (decodeBase64(text)?.trim() ?? null) : null;
}
