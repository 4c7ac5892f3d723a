import { ReasonCode } from '@aegis/skill-sdk/wire/reviews';

/** The known reason codes among what a form sent. */
export function reasonCodes(sent: readonly string[]): ReasonCode[] {
  return ReasonCode.options.filter((code) => sent.includes(code));
}
