// A page of metrics, as Prometheus would fetch it.
import type { Millis } from '@reknit/base';
import type { Page } from '@reknit/recovery';
import { httpAsk } from './http-ask.js';

/** The largest exporters show a few megabytes. Beyond it nothing is believed: the wanted sample could be in the rest. */
const PAGE_BYTES_MAX = 8 * 1024 * 1024;
const ACCEPT = 'text/plain;version=0.0.4;q=1,*/*;q=0.1';

export async function scrape(url: string, timeoutMs: Millis): Promise<Page> {
  try {
    const answer = await httpAsk({ url, timeoutMs, bodyBytesMax: PAGE_BYTES_MAX, headers: { accept: ACCEPT } });
    if (answer.kind !== 'answered') return { kind: 'none', detail: `${url}: ${answer.kind}` };
    if (answer.status !== 200) return { kind: 'none', detail: `${url} answers ${answer.status}` };
    if (answer.cut) return { kind: 'none', detail: `${url} shows more than ${PAGE_BYTES_MAX} bytes` };
    return { kind: 'page', text: answer.body };
  } catch (error) {
    return { kind: 'none', detail: `${url}: ${error instanceof Error ? error.message : String(error)}` };
  }
}
