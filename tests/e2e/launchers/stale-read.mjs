// The demo with clients of which one answers a linearizable read with what the key was before its last write.
import { createClient } from '@reknit/client';
import { runDemo } from 'reknit';

const STALE_AFTER_READS = 200;
let reads = 0;
const olderByKey = new Map();

function tampered(options) {
  const client = createClient(options);
  /** Whoever overwrites a key learns what it was: true before, stale from now on. */
  const put = async (input, callOptions) => {
    const answer = await client.kv.put(input, callOptions);
    if (answer.prevKv !== undefined)
      olderByKey.set(input.key, { header: answer.header, kvs: [answer.prevKv], more: false, count: 1 });
    return answer;
  };
  const range = async (input, callOptions) => {
    const older = olderByKey.get(input.key);
    if (++reads < STALE_AFTER_READS || reads > STALE_AFTER_READS + 100 || older === undefined) {
      return client.kv.range(input, callOptions);
    }
    reads += 1000;
    console.log(`gave an older answer for ${input.key}`);
    const { header } = await client.kv.range(input, callOptions);
    return { ...older, header };
  };
  return { ...client, kv: { ...client.kv, put, range } };
}

process.exit(await runDemo({ once: true, seconds: 2, soakMs: 200, data: process.argv[2] }, { createClient: tampered }));
