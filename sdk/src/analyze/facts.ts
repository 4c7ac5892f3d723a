import type { ArchiveProblem } from '../archive.ts';
import type { SkillManifest } from '../types.ts';
import type { CapabilityEvent, Check, FlowStep, Severity } from '../wire/reports.ts';
import type { FoldedText, Use } from './code/found-uses.ts';
import type { ShellText } from './shell-text.ts';
import type { FileKind } from './source/file-kind.ts';
import type { Place, SourceText } from './source/source-text.ts';
import type { MarkdownPart } from './text/markdown.ts';

/** One file as the rules that read text see it. */
export interface TextFile {
  readonly source: SourceText;
  readonly kind: FileKind;
  readonly bytes: number;
  /** What it holds when it is read as Markdown; several rules do. */
  markdown(): readonly MarkdownPart[];
}

/** A file of which less was seen than should have been. */
export interface Unseen {
  readonly file: string;
  readonly reason: string;
  /** `lexical`: its text was scanned, without its grammar. `nothing`: not even that. */
  readonly seen: 'lexical' | 'nothing';
  readonly why: 'unparsable' | 'too-large' | 'budget' | 'language' | 'binary' | 'archive';
}

/** Everything that was found out about a package; rules only judge it. */
export interface PackageFacts {
  /** Null for a folder without one: then nothing is known to be declared, and only threats count. */
  readonly manifest: SkillManifest | null;
  readonly paths: ReadonlySet<string>;
  readonly uses: readonly Use[];
  readonly folded: readonly FoldedText[];
  readonly shells: readonly ShellText[];
  readonly events: readonly CapabilityEvent[];
  readonly unseen: readonly Unseen[];
  readonly problems: readonly ArchiveProblem[];
  readonly binaries: readonly {
    readonly file: string;
    readonly kind: Extract<FileKind, { kind: 'binary' }>;
    readonly isDisguised: boolean;
  }[];
  /** What source maps say that files of code were made of. */
  readonly originals: ReadonlyMap<string, string>;
  /** Files that tools, hooks and what they load reach. */
  readonly reached: { readonly byTools: ReadonlySet<string>; readonly byHooks: ReadonlySet<string> };
  /** Code that came from a dependency: its own folder, or a bundle's section of one. */
  isDependency(place: Place): boolean;
}

/** One thing that a rule found. */
export interface Hit {
  readonly severity: Severity;
  readonly place: Place;
  /** Says what was found; the same thing at two places has the same message. */
  readonly message: string;
  /** The rule's own fix when left out. */
  readonly fix?: string;
  /** What the id of the finding is made of; the excerpt when left out. */
  readonly evidence?: string;
  readonly flow?: readonly FlowStep[];
  /** Texts that must not be shown in the report: the secrets themselves. */
  readonly secrets?: readonly string[];
}

/** A small package that shows a rule: one file, beside a manifest with these permissions when there are any. */
export interface Sample {
  readonly file: string;
  readonly source: string;
}

/** One rule: one file, one id, one page in `docs/rules`. Rules do not know of each other. */
export interface Rule {
  readonly id: string;
  /** The capability or threat. */
  readonly kind: string;
  /** The row of the security checklist, and how it counts there. */
  readonly check?: Check;
  readonly level?: 'error' | 'warning';
  readonly cwe?: string;
  readonly title: string;
  /** Why it matters, in one or two sentences. */
  readonly why: string;
  readonly fix: string;
  readonly bad: Sample;
  readonly good: Sample;
  /** Called for each file that is text. */
  inText?(file: TextFile): Iterable<Hit>;
  /** Called once. */
  inPackage?(facts: PackageFacts): Iterable<Hit>;
}
