import type { Place } from './source/source-text.ts';
import { type ShellThreat, shellThreats } from './text/shell-threats.ts';

/** A shell text, and what will make somebody run it. */
export class ShellText {
  readonly text: string;
  readonly origin: 'script' | 'hook' | 'fence' | 'inline' | 'code';
  /** The place of an offset in `text`. */
  readonly place: (offset: number) => Place;
  /** The name and the title of the text that it stands in; empty for scripts. */
  readonly about: string;
  private readonly warned: () => boolean;
  private known: readonly ShellThreat[] | null = null;

  /** `warned` tells whether the words around it warn of it; it is asked only when that matters. */
  constructor(
    text: string,
    origin: ShellText['origin'],
    place: (offset: number) => Place,
    warned: () => boolean = () => false,
    about = '',
  ) {
    this.about = about;
    this.text = text;
    this.origin = origin;
    this.place = place;
    this.warned = warned;
  }

  get isWarnedOf(): boolean {
    return this.warned();
  }

  /** What it does that nobody should run unseen. Worked out once for all rules. */
  threats(): readonly ShellThreat[] {
    this.known ??= shellThreats(this.text);
    return this.known;
  }
}
