/** Characters that words may hold: ASCII, with capitals read as small letters. */
const ALPHABET = 128;

/**
 * Tells which of many words a text holds, in one pass over it however many words there are (Aho and Corasick's
 * automaton). Capitals and small letters of ASCII are the same to it.
 */
export class WordFinder {
  private readonly count: number;
  /** The column of each character; column 0 is every character that no word holds. */
  private readonly columns = new Uint8Array(ALPHABET);
  private readonly width: number;
  /** Where a state goes on each column. States are numbered by where their row begins. */
  private readonly next: Int32Array;
  /** 1 for each state in which a word ends. */
  private readonly isEnd: Uint8Array;
  private readonly ends = new Map<number, readonly number[]>();

  /** Words are ASCII and not empty. */
  constructor(words: readonly string[]) {
    this.count = words.length;
    const spelled = words.map((word) => word.toLowerCase());
    let width = 1;
    for (const word of spelled) {
      for (let at = 0; at < word.length; at++) {
        const code = word.charCodeAt(at);
        if (this.columns[code] !== 0) continue;
        this.columns[code] = width;
        this.columns[String.fromCharCode(code).toUpperCase().charCodeAt(0)] = width;
        width++;
      }
    }
    this.width = width;
    const states = spelled.reduce((sum, word) => sum + word.length, 1);
    this.next = new Int32Array(states * width);
    this.isEnd = new Uint8Array(states * width);
    this.complete(this.plant(spelled));
  }

  /** For each word 1 when the text holds it, else 0. */
  find(text: string): Uint8Array {
    const { columns, next, isEnd } = this;
    const found = new Uint8Array(this.count);
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      state = next[state + (code < ALPHABET ? (columns[code] as number) : 0)] as number;
      if (isEnd[state] === 1) for (const word of this.ends.get(state) ?? []) found[word] = 1;
    }
    return found;
  }

  /** True when the text holds at least one of the words. */
  isIn(text: string): boolean {
    const { columns, next, isEnd } = this;
    let state = 0;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      state = next[state + (code < ALPHABET ? (columns[code] as number) : 0)] as number;
      if (isEnd[state] === 1) return true;
    }
    return false;
  }

  /** The words as a tree; returns how many rows it takes. */
  private plant(words: readonly string[]): number {
    let rows = 1;
    words.forEach((word, index) => {
      let state = 0;
      for (let at = 0; at < word.length; at++) {
        const cell = state + (this.columns[word.charCodeAt(at)] ?? 0);
        if (this.next[cell] === 0) this.next[cell] = rows++ * this.width;
        state = this.next[cell] ?? 0;
      }
      this.end(state, [index]);
    });
    return rows;
  }

  private end(state: number, words: readonly number[]): void {
    if (words.length === 0) return;
    this.ends.set(state, [...(this.ends.get(state) ?? []), ...words]);
    this.isEnd[state] = 1;
  }

  /** Where no word goes on, what was read goes on as the beginning of another. */
  private complete(rows: number): void {
    const shorter = new Int32Array(rows * this.width);
    const queue: number[] = [0];
    for (let state = queue.shift(); state !== undefined; state = queue.shift()) {
      const back = shorter[state] ?? 0;
      if (state !== 0) this.end(state, this.ends.get(back) ?? []);
      for (let column = 1; column < this.width; column++) {
        const target = this.next[state + column] ?? 0;
        const other = state === 0 ? 0 : (this.next[back + column] ?? 0);
        if (target === 0) this.next[state + column] = other;
        else {
          shorter[target] = other;
          queue.push(target);
        }
      }
    }
  }
}
