import { moduleFile, type PythonFile } from './files.ts';
import { fileAt, type PythonModule, type Scope } from './scopes.ts';
import { refValue, type Value } from './value.ts';

/** What refs to files of the package begin with: `file:0:tools.net`, seen from file 0. */
export const LINK = 'file:';

/** What imports mean in files that are analysed together. */
export class Links {
  /** Nothing else is analysed with this file. */
  readonly isAlone: boolean;
  private readonly module: PythonModule;
  private readonly paths: readonly string[];
  private readonly known = new Map<string, PythonFile | 'folder' | null>();
  private readonly seen = new Map<number, Set<number>>();
  private readonly lookUp: (name: string, top: Scope, offset: number) => Value;
  private readonly attribute: (base: Value, name: string) => Value;

  constructor(
    module: PythonModule,
    lookUp: (name: string, top: Scope, offset: number) => Value,
    attribute: (base: Value, name: string) => Value,
  ) {
    this.module = module;
    this.isAlone = module.files.length === 1;
    this.paths = module.files.map(({ path }) => path);
    this.lookUp = lookUp;
    this.attribute = attribute;
  }

  /** What an import binds: a file of the package, something that one defines, or a well-known name. */
  imported(ref: string, offset: number): Value {
    const from = this.indexAt(offset);
    const [head = '', ...rest] = ref.replace(/^\.+/, '').split('.');
    if (this.find(from, head) === null) return refValue(ref);
    return rest.reduce((base, name) => this.attribute(base, name), refValue(`${LINK}${from}:${head}`));
  }

  /** `file.name`; null when the file has nothing of that name. */
  member(ref: string, name: string): Value | null {
    const [, from = '', dotted = ''] = ref.split(':');
    const longer = `${dotted}.${name}`;
    if (this.find(Number(from), longer) !== null) return refValue(`${LINK}${from}:${longer}`);
    const file = this.find(Number(from), dotted);
    return file === null || file === 'folder' || !file.top.names.has(name)
      ? null
      : this.lookUp(name, file.top, file.to);
  }

  /** True when the code at one offset can name what stands at another: the same file, or one that it imports. */
  sees(from: number, to: number): boolean {
    if (this.isAlone) return true;
    const [left, right] = [this.indexAt(from), this.indexAt(to)];
    return left === right || this.importsOf(left).has(right);
  }

  private importsOf(index: number): Set<number> {
    const known = this.seen.get(index);
    if (known !== undefined) return known;
    const found = new Set<number>();
    for (const bindings of this.module.files[index]?.top.names.values() ?? []) {
      for (const { kind, ref } of bindings) {
        if (kind !== 'import') continue;
        const labels = ref.replace(/^\.+/, '').split('.');
        labels.forEach((_, at) => {
          const file = this.find(index, labels.slice(0, at + 1).join('.'));
          if (file !== null && file !== 'folder') found.add(this.module.files.indexOf(file));
        });
      }
    }
    this.seen.set(index, found);
    return found;
  }

  private indexAt(offset: number): number {
    const file = fileAt(this.module, offset);
    return file === undefined ? 0 : this.module.files.indexOf(file);
  }

  private find(from: number, dotted: string): PythonFile | 'folder' | null {
    const key = `${from}:${dotted}`;
    const known = this.known.get(key);
    if (known !== undefined) return known;
    const path = moduleFile(this.paths[from] ?? '', dotted, this.paths);
    const folder = `${dotted.replaceAll('.', '/')}/`;
    const isFolder = this.paths.some((other) => other.startsWith(folder) || other.includes(`/${folder}`));
    const found =
      path === null ? (isFolder ? 'folder' : null) : (this.module.files.find((file) => file.path === path) ?? null);
    this.known.set(key, found);
    return found;
  }
}
