// An HTTP endpoint as a probe: the status, and where declared the body, say whether it is well.
import { type Millis, unreachable } from '@reknit/base';
import type { ProbeAnswer, ProbeSpec } from '@reknit/recovery';
import { type HttpAnswer, httpAsk } from './http-ask.js';

type HttpProbe = Extract<ProbeSpec, { readonly kind: 'http' }>;

/** A health page says what it has to say at its beginning. */
const BODY_BYTES_MAX = 64 * 1024;

export async function askHttp(probe: HttpProbe, timeoutMs: Millis): Promise<ProbeAnswer> {
  const { url, method, headers } = probe;
  return judge(await httpAsk({ url, method, headers, timeoutMs, bodyBytesMax: BODY_BYTES_MAX }), probe, timeoutMs);
}

function judge(answer: HttpAnswer, probe: HttpProbe, timeoutMs: Millis): ProbeAnswer {
  switch (answer.kind) {
    case 'answered':
      return judgePage(answer, probe);
    case 'refused':
      return { outcome: 'refused', detail: 'connection refused' };
    case 'no-answer':
      return { outcome: 'silent', detail: answer.cause };
    case 'silent':
      return { outcome: 'silent', detail: `connected, and no answer within ${timeoutMs} ms` };
    case 'broken':
      return { outcome: 'bad', detail: `the connection broke: ${answer.cause}` };
    default:
      return unreachable(answer);
  }
}

function judgePage(
  { status, text, body }: Extract<HttpAnswer, { readonly kind: 'answered' }>,
  { expectStatus, expectBody }: HttpProbe,
): ProbeAnswer {
  const said = `${status} ${text}`.trim();
  if (!expectStatus.some(({ from, to }) => status >= from && status <= to)) return { outcome: 'bad', detail: said };
  if (expectBody !== undefined && !new RegExp(expectBody).test(body))
    return { outcome: 'bad', detail: `${said}, but the body does not match ${expectBody}` };
  return { outcome: 'good', detail: said };
}
