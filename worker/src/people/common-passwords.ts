/** Words that people take for a password, in small letters; guessers try them with digits and signs around. */
const WORDS = `password passwort passwd pass word secret geheim login signin admin administrator root superuser
 master welcome willkommen bienvenue letmein letme in open sesame changeme change me default guest user test tester
 testing temp temporary demo hello hallo bonjour iloveyou love you lovely princess prinzessin sunshine monkey dragon
 shadow football fussball baseball basketball hockey soccer superman batman spiderman starwars pokemon naruto minecraft
 qwerty qwertz azerty asdf asdfgh asdfghjkl zxcvbn zxcvbnm qazwsx wsxedc edcrfv abc abcd abcdef abcdefgh abcdefghijkl
 qwertyuiop one two three four five six seven eight nine ten zero spring summer autumn winter january february march
 april may june july august september october november december monday tuesday wednesday thursday friday saturday sunday
 company firma office server database internet computer windows linux ubuntu google facebook apple samsung microsoft
 london berlin paris madrid moscow summertime michael jennifer jordan hunter harley ranger charlie thomas robert daniel
 andrew jessica ashley matthew killer trustno trust no pepper ginger cookie chocolate cheese banana orange purple
 flower freedom whatever access security secure private`.split(/\s+/);
const KNOWN = new Set(WORDS);
const LONGEST = Math.max(...WORDS.map((word) => word.length));
/** What is written for a letter. */
const STANDS_FOR: Record<string, string> = {
  0: 'o',
  1: 'i',
  3: 'e',
  4: 'a',
  5: 's',
  7: 't',
  8: 'b',
  '@': 'a',
  $: 's',
  '!': 'i',
  '€': 'e',
};

/** True when nothing is left of the password but common words, digits, signs, or the order of the alphabet. */
export function isCommon(password: string): boolean {
  const lower = password.normalize('NFKC').toLowerCase();
  const letters = (text: string) => text.replaceAll(/[^\p{L}]/gu, '');
  const spelled = [...lower.replace(/[\d\p{P}\p{S}]+$/u, '')].map((sign) => STANDS_FOR[sign] ?? sign).join('');
  const digitsSpelled = lower.replace(/\d+$/, '').replaceAll(/\d/g, (digit) => STANDS_FOR[digit] ?? digit);
  const readings = [letters(lower), letters(spelled), letters(digitsSpelled)];
  return isRun(lower.replaceAll(/[^\p{L}\d]/gu, '')) || readings.some(isOfWords);
}

/** `abcdefgh…`, `12345678…` and the like, up or down, from end to end. */
function isRun(text: string): boolean {
  const steps = [...text].slice(1).map((sign, index) => sign.charCodeAt(0) - text.charCodeAt(index));
  // After 9 comes 0.
  return steps.every((step) => step === 1 || step === -9) || steps.every((step) => step === -1 || step === 9);
}

/** True when the letters are common words one after the other, at most three of them, or one of them again and again. */
function isOfWords(letters: string): boolean {
  if (letters === '') return false;
  // fewest[n]: the smallest number of words that the first n letters are made of.
  const fewest: number[] = [0];
  for (let end = 1; end <= letters.length; end++) {
    fewest[end] = Number.POSITIVE_INFINITY;
    for (let begin = Math.max(0, end - LONGEST); begin < end; begin++) {
      if (!KNOWN.has(letters.slice(begin, end))) continue;
      fewest[end] = Math.min(fewest[end] ?? Number.POSITIVE_INFINITY, (fewest[begin] ?? Number.POSITIVE_INFINITY) + 1);
    }
  }
  const words = fewest[letters.length] ?? Number.POSITIVE_INFINITY;
  return words <= 3 || (words < Number.POSITIVE_INFINITY && /^(.{2,}?)\1+$/.test(letters));
}
