// One GET, for what members tell of themselves: whole or not at all.
import type { Millis } from '@reknit/base';
import { httpAsk } from '../probes/http-ask.js';

export type HttpOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly body: string }
  /** At once: the kernel knows of no listener. */
  | { readonly kind: 'refused' }
  /** The connection itself was not completed in time. */
  | { readonly kind: 'no-answer' }
  /** Connected, then nothing in time, or the connection broke. */
  | { readonly kind: 'silent' };

/** Health and identity are a few hundred bytes; more is not what was asked for. */
const BODY_BYTES_MAX = 64 * 1024;

export async function httpGet(url: string, timeoutMs: Millis): Promise<HttpOutcome> {
  const answer = await httpAsk({ url, timeoutMs, bodyBytesMax: BODY_BYTES_MAX });
  switch (answer.kind) {
    case 'answered':
      return answer.cut ? { kind: 'silent' } : { kind: 'answered', status: answer.status, body: answer.body };
    case 'refused':
      return { kind: 'refused' };
    case 'no-answer':
      return { kind: 'no-answer' };
    case 'silent':
    case 'broken':
      return { kind: 'silent' };
  }
}
